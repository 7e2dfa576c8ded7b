package nango

import (
	"context"
	"fmt"
	"time"
)

// TokenParams are the options of [ConnectionHandle.Token] and [ConnectionHandle.RawTokenResponse]. They need the scope
// environment:connections:read_credentials; without it the server responds with 403.
type TokenParams struct {
	// MaxAge lets Token return a token from the client's cache, if the client asked for that token at most MaxAge ago.
	// With zero, Token asks the server. Nango advises not to keep a token for more than five minutes. A longer MaxAge
	// saves little, and until it is over the client does not notice that a connection was deleted or repaired. Only
	// Token takes a MaxAge, and not together with ForceRefresh or RefreshGitHubAppJWT.
	MaxAge time.Duration
	// ForceRefresh refreshes the token now, even if it has not expired (force_refresh). Use it after the provider
	// refused the token with 401; with MaxAge, use [ConnectionHandle.InvalidateToken] instead. Many OAuth2 providers
	// give no refresh token. Then ForceRefresh does nothing and is not an error: the server returns the same token. If
	// the provider refuses that token too, the customer has to reconnect ([ConnectionHandle.Reconnect]).
	ForceRefresh bool
	// RefreshGitHubAppJWT makes a new JWT of a GitHub App connection (refresh_github_app_jwt_token).
	RefreshGitHubAppJWT bool
}

// Token returns the token that authorises calls to the provider. It works for OAuth2 and GitHub App access tokens, for
// client-credentials, JWT, two-step, signature and Bill.com tokens, and for API keys. The server refreshes a token that
// expires within 15 minutes. Do not store the token for longer than a call or two; ask Token again.
//
// Each call asks the server, unless [TokenParams.MaxAge] allows a token from the client's cache. Then:
//
//   - The token is at most MaxAge old, counted from the start of the request for it, and expires in more than five
//     minutes. Otherwise Token asks the server. Many calls at once share one request. It runs until its last caller's
//     context ends, with the context values and the client of the first caller, and for at most the time that all
//     attempts may take: three minutes by default.
//   - An error that matches [ErrRefreshFailed] is returned again for 30 s, because for that time the server does not
//     refresh. A token that is still young enough is returned all the same. No other error is kept.
//   - The client has one cache of at most 4096 connections, those that were used last. It shares the cache with the
//     clients that [Client.With] made from it, but not with those of another base URL.
//   - Deleting or importing the connection and forced refreshes empty the cache for it, if they are calls of a client
//     with this cache. For what happens elsewhere, see [ConnectionHandle.ForgetToken].
//
// If the provider responds to a token with 401, call [ConnectionHandle.InvalidateToken], or without a cache, call Token
// with ForceRefresh. Then try once more. If a refresh fails, the error matches [ErrRefreshFailed].
//
// If the connection has no credentials, the error is [ErrNoCredentials]. If the credentials are not a single token
// (BASIC, OAUTH1, TBA, AWS_SIGV4 and unknown types), the error matches [ErrNoToken]: use [ConnectionHandle.Get], or
// call the provider through [ConnectionHandle.Proxy].
//
// GET /connections/{connectionId} (getConnection). Node: getToken.
func (h *ConnectionHandle) Token(ctx context.Context, params *TokenParams) (AccessToken, error) {
	p := deref(params)
	switch {
	case p.MaxAge < 0:
		return AccessToken{}, &ArgumentError{Name: "MaxAge", Reason: "is negative"}
	case p.MaxAge == 0:
		return accessToken(h.credentials(ctx, p))
	case p.ForceRefresh, p.RefreshGitHubAppJWT:
		return AccessToken{}, &ArgumentError{Name: "MaxAge", Reason: "is set together with ForceRefresh or RefreshGitHubAppJWT, which ask the server"}
	}
	return h.client.config.tokens().token(ctx, h, p.MaxAge)
}

// RawTokenResponse returns the last response of the provider's token endpoint, as JSON. After an import it returns the
// imported data. Some types of credentials never have such a response (BASIC, API_KEY, TBA, JWT and SIGNATURE): the
// error then matches [ErrNoToken]. If the connection has no credentials, the error is [ErrNoCredentials].
//
// GET /connections/{connectionId} (getConnection). Node: getRawTokenResponse.
func (h *ConnectionHandle) RawTokenResponse(ctx context.Context, params *TokenParams) (SecretJSON, error) {
	p := deref(params)
	if p.MaxAge != 0 {
		return SecretJSON{}, &ArgumentError{Name: "MaxAge", Reason: "is set, but the cache holds tokens only"}
	}
	credentials, err := h.credentials(ctx, p)
	if err != nil {
		return SecretJSON{}, err
	}
	raw := rawOf(credentials)
	if raw.IsZero() {
		return SecretJSON{}, noToken(credentials)
	}
	return raw, nil
}

// InvalidateToken tells the client's cache that the provider refused token with 401. The next [ConnectionHandle.Token]
// with a MaxAge then asks the server for a forced refresh (force_refresh). InvalidateToken itself makes no request.
//
// It compares the values of the tokens, and does nothing if the cache holds another one: a late 401 of an old token
// does not discard its successor. For 30 s after a forced refresh it does nothing either, because a connection without
// a refresh token keeps its token, and the provider would refuse that again. So if the next Token returns the same
// token, a new attempt is of no use, and the customer has to reconnect ([ConnectionHandle.Reconnect]).
func (h *ConnectionHandle) InvalidateToken(token AccessToken) {
	h.client.config.tokens().invalidate(h.key(), token)
}

// ForgetToken removes the connection from the client's cache of tokens, and the response to a request that is under way
// does not get into it. The next [ConnectionHandle.Token] asks the server. ForgetToken itself makes no request.
//
// Call it for each webhook of type auth. They tell of connections that were repaired (override), that can no longer
// refresh their tokens (refresh), and that were deleted (deletion). A webhook reaches one process only, and the server
// sends none when a refresh succeeds again after failures. So keep MaxAge short all the same.
func (h *ConnectionHandle) ForgetToken() {
	h.client.config.tokens().forget(h.key())
}

func (h *ConnectionHandle) key() tokenKey { return tokenKey{h.integrationID, h.connectionID} }

func (h *ConnectionHandle) credentials(ctx context.Context, p TokenParams) (Credentials, error) {
	return credentialsOf(h.Get(ctx, &GetConnectionParams{ForceRefresh: p.ForceRefresh, RefreshGitHubAppJWT: p.RefreshGitHubAppJWT}))
}

// credentialsOf takes the results of [ConnectionHandle.Get].
func credentialsOf(connection *Connection, err error) (Credentials, error) {
	if err != nil {
		return nil, err
	}
	if connection.Credentials == nil {
		return nil, ErrNoCredentials
	}
	return connection.Credentials, nil
}

// accessToken takes the results of credentialsOf.
func accessToken(credentials Credentials, err error) (AccessToken, error) {
	if err != nil {
		return AccessToken{}, err
	}
	token, ok := tokenOf(credentials)
	if !ok || token.Value.IsZero() {
		return AccessToken{}, noToken(credentials)
	}
	return token, nil
}

func noToken(credentials Credentials) error {
	return fmt.Errorf("%w: the credentials are of the type %s", ErrNoToken, printable(credentials.Type(), maxCode))
}
