package nangooauth

import (
	"context"
	"time"

	"golang.org/x/oauth2"

	"github.com/nango-go/sdk/nango"
)

const (
	// defaultMaxAge is how long Nango advises to keep a token.
	defaultMaxAge = 5 * time.Minute
	// reuse is how long package oauth2 may return a token again without asking the source.
	reuse = time.Minute
	// minMaxAge leaves oauth2 a token that is valid: to oauth2 a token has expired ten seconds before its Expiry.
	minMaxAge = time.Minute
)

// TokenSourceParams are the options of [TokenSource].
type TokenSourceParams struct {
	// MaxAge is how old a token may become, all in all; zero means five minutes. It is at least a minute.
	MaxAge time.Duration
}

// TokenSource returns a source of the connection's tokens. It is safe for concurrent use.
//
// The Expiry of a token is not when the provider ends it, but when to ask the source again: at most a minute later.
// Without an Expiry, [oauth2.ReuseTokenSource], which [oauth2.NewClient] and most libraries put around a source, would
// keep a token for ever, and the tokens of many providers never expire. So with such a wrapper too, a token is used for
// no longer than MaxAge.
//
// The method Token has no context. Its request takes at most as long as the client allows for all attempts, see
// [nango.ConnectionHandle.Token]. Values that cannot be used are an [*nango.ArgumentError] of Token. A token of package
// oauth2 is a plain text, so do not print it.
//
// A source does not learn that the provider refused a token. Call [nango.ConnectionHandle.InvalidateToken] after a 401,
// or use [HTTPClient].
func TokenSource(connection *nango.ConnectionHandle, params *TokenSourceParams) oauth2.TokenSource {
	s := source{connection: connection, maxAge: defaultMaxAge}
	if params != nil && params.MaxAge != 0 {
		s.maxAge = params.MaxAge
	}
	return s
}

// source gives out the tokens of a connection.
type source struct {
	connection *nango.ConnectionHandle
	maxAge     time.Duration
}

// Token returns the token of the connection, with an Expiry.
func (s source) Token() (*oauth2.Token, error) {
	if s.maxAge < minMaxAge {
		return nil, &nango.ArgumentError{Name: "MaxAge", Reason: "is less than a minute"}
	}
	held := min(s.maxAge/2, reuse)
	s.maxAge -= held
	token, err := s.get(context.Background())
	if err != nil {
		return nil, err
	}
	expiry := time.Now().Add(held)
	if !token.ExpiresAt.IsZero() && token.ExpiresAt.Before(expiry) {
		expiry = token.ExpiresAt
	}
	return &oauth2.Token{AccessToken: token.Value.Reveal(), TokenType: "Bearer", Expiry: expiry}, nil
}

func (s source) get(ctx context.Context) (nango.AccessToken, error) {
	if s.connection == nil {
		return nango.AccessToken{}, &nango.ArgumentError{Name: "connection", Reason: "is nil"}
	}
	return s.connection.Token(ctx, &nango.TokenParams{MaxAge: s.maxAge})
}
