package nango

import (
	"context"
	"fmt"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// ConnectionHandle has every call that concerns one connection. It is cheap to make, holds no state of its own and is safe for
// concurrent use.
type ConnectionHandle struct {
	client        *Client
	integrationID string
	connectionID  string
}

// Connection returns a handle for a connection: the integration's id (provider_config_key) and the connection's id. It makes
// no request and never fails; ids that cannot be sent fail at the first call.
func (c *Client) Connection(integrationID, connectionID string) *ConnectionHandle {
	return &ConnectionHandle{client: c, integrationID: integrationID, connectionID: connectionID}
}

// IntegrationID returns the integration's id.
func (h *ConnectionHandle) IntegrationID() string { return h.integrationID }

// ConnectionID returns the connection's id.
func (h *ConnectionHandle) ConnectionID() string { return h.connectionID }

// check refuses ids that would turn the request into another one.
func (h *ConnectionHandle) check() error {
	if err := checkID("integrationID", h.integrationID); err != nil {
		return err
	}
	return checkID("connectionID", h.connectionID)
}

// checkHeaders is check for operations that carry the ids in headers.
func (h *ConnectionHandle) checkHeaders() error {
	if err := checkHeaderID("integrationID", h.integrationID); err != nil {
		return err
	}
	return checkHeaderID("connectionID", h.connectionID)
}

// GetConnectionParams are the options of [ConnectionHandle.Get]. All three need the scope
// environment:connections:read_credentials; without it the server responds with 403.
type GetConnectionParams struct {
	// ForceRefresh refreshes the credentials now, whatever their expiry says (force_refresh). It has no effect on OAuth2
	// connections without a refresh token.
	ForceRefresh bool
	// IncludeRefreshToken returns the refresh token too (refresh_token). It refreshes nothing.
	IncludeRefreshToken bool
	// RefreshGitHubAppJWT makes a new JWT of a GitHub App connection (refresh_github_app_jwt_token).
	RefreshGitHubAppJWT bool
}

// Get returns the connection with its credentials. The server refreshes credentials that expire within 15 minutes and marks
// the connection as fetched. A refresh that fails is an error that matches [ErrRefreshFailed]; its payload holds the
// connection without credentials. A connection or an integration that does not exist is an error that matches [ErrNotFound].
//
// GET /connections/{connectionId} (getConnection). Node: getConnection.
func (h *ConnectionHandle) Get(ctx context.Context, params *GetConnectionParams) (*Connection, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	p := deref(params)
	return decode[Connection](h.client.gen.GetConnection(ctx, gen.PathID(h.connectionID), &gen.GetConnectionParams{
		ProviderConfigKey:        h.integrationID,
		ForceRefresh:             optional(p.ForceRefresh),
		RefreshToken:             optional(p.IncludeRefreshToken),
		RefreshGithubAppJwtToken: optional(p.RefreshGitHubAppJWT),
	}))
}

// TokenParams are the options of [ConnectionHandle.Token] and [ConnectionHandle.RawTokenResponse]. They need the scope
// environment:connections:read_credentials; without it the server responds with 403.
type TokenParams struct {
	// ForceRefresh refreshes the token now, say after the provider refused it with 401, whatever its expiry says
	// (force_refresh). Without a refresh token, as many OAuth2 providers give none, it does nothing and is no error: the same token
	// comes back. If the provider refuses that one too, the customer has to connect again ([ConnectionHandle.Reconnect]).
	ForceRefresh bool
	// RefreshGitHubAppJWT makes a new JWT of a GitHub App connection (refresh_github_app_jwt_token).
	RefreshGitHubAppJWT bool
}

// Token returns the token that authorises calls to the provider, fresh from the server on each call: OAuth2 and GitHub App
// access tokens, client-credentials, JWT, two-step, signature and Bill.com tokens, and API keys. Do not keep it for longer
// than a call or two; the server refreshes it within 15 minutes of its expiry.
//
// Where the provider responds to a token with 401, ask once more with ForceRefresh. A refresh that fails is an error that matches
// [ErrRefreshFailed].
//
// A connection without credentials is [ErrNoCredentials]. Credentials that are no single token (BASIC, OAUTH1, TBA,
// AWS_SIGV4 and unknown types) are [ErrNoToken]: use [ConnectionHandle.Get], or call through [ConnectionHandle.Proxy].
//
// GET /connections/{connectionId} (getConnection). Node: getToken.
func (h *ConnectionHandle) Token(ctx context.Context, params *TokenParams) (AccessToken, error) {
	credentials, err := h.credentials(ctx, params)
	if err != nil {
		return AccessToken{}, err
	}
	token, ok := tokenOf(credentials)
	if !ok || token.Value.IsZero() {
		return AccessToken{}, fmt.Errorf("%w: the credentials are of the type %s", ErrNoToken, printable(credentials.Type(), maxCode))
	}
	return token, nil
}

// RawTokenResponse returns what the provider's token endpoint last returned, as JSON; after an import that is what was imported.
// Credentials that never carry it (BASIC, API_KEY, TBA, JWT and SIGNATURE) are [ErrNoToken], a connection without credentials is
// [ErrNoCredentials].
//
// GET /connections/{connectionId} (getConnection). Node: getRawTokenResponse.
func (h *ConnectionHandle) RawTokenResponse(ctx context.Context, params *TokenParams) (SecretJSON, error) {
	credentials, err := h.credentials(ctx, params)
	if err != nil {
		return SecretJSON{}, err
	}
	raw := rawOf(credentials)
	if raw.IsZero() {
		return SecretJSON{}, fmt.Errorf("%w: the credentials are of the type %s", ErrNoToken, printable(credentials.Type(), maxCode))
	}
	return raw, nil
}

func (h *ConnectionHandle) credentials(ctx context.Context, params *TokenParams) (Credentials, error) {
	p := deref(params)
	connection, err := h.Get(ctx, &GetConnectionParams{ForceRefresh: p.ForceRefresh, RefreshGitHubAppJWT: p.RefreshGitHubAppJWT})
	if err != nil {
		return nil, err
	}
	if connection.Credentials == nil {
		return nil, ErrNoCredentials
	}
	return connection.Credentials, nil
}

// UpdateConnectionParams are the changes of [ConnectionHandle.Update]; what is nil stays as it is.
type UpdateConnectionParams struct {
	// Tags replace all tags; an empty map that is not nil clears them.
	Tags map[string]string
	// WebhookURLOverride replaces the environment's webhook URLs; a pointer to "" clears the override.
	WebhookURLOverride *string
	// EndUser replaces the end user, and the tags with those derived from it.
	//
	// Deprecated: use Tags.
	EndUser *EndUserParams
}

// Update changes the connection's tags and webhook override. A connection or an integration that does not exist is an error
// that matches [ErrNotFound].
//
// PATCH /connections/{connectionId} (updateConnection). Node: patchConnection.
func (h *ConnectionHandle) Update(ctx context.Context, params *UpdateConnectionParams) error {
	if err := h.check(); err != nil {
		return err
	}
	p := deref(params)
	return checkResponse(h.client.gen.UpdateConnection(ctx, gen.PathID(h.connectionID),
		&gen.UpdateConnectionParams{ProviderConfigKey: h.integrationID},
		gen.UpdateConnectionRequest{
			Tags:               optionalMap(p.Tags),
			WebhookURLOverride: p.WebhookURLOverride,
			EndUser:            p.EndUser.body(),
		}))
}

// Delete deletes the connection, after the integration's pre-deletion functions have run. A connection that does not exist
// is an error that matches [ErrNotFound].
//
// DELETE /connections/{connectionId} (deleteConnection). Node: deleteConnection.
func (h *ConnectionHandle) Delete(ctx context.Context) error {
	if err := h.check(); err != nil {
		return err
	}
	return checkResponse(h.client.gen.DeleteConnection(ctx, gen.PathID(h.connectionID), &gen.DeleteConnectionParams{ProviderConfigKey: h.integrationID}))
}

// SetMetadata replaces the connection's whole metadata; see [ConnectionService.SetMetadata].
//
// POST /connections/metadata (setConnectionMetadata). Node: setMetadata.
func (h *ConnectionHandle) SetMetadata(ctx context.Context, metadata any) error {
	return h.client.Connections.SetMetadata(ctx, h.integrationID, []string{h.connectionID}, metadata)
}

// MergeMetadata sets top-level keys of the connection's metadata; see [ConnectionService.MergeMetadata].
//
// PATCH /connections/metadata (mergeConnectionMetadata). Node: updateMetadata.
func (h *ConnectionHandle) MergeMetadata(ctx context.Context, metadata any) error {
	return h.client.Connections.MergeMetadata(ctx, h.integrationID, []string{h.connectionID}, metadata)
}

// Metadata returns the connection's metadata as a T, decoded by encoding/json's rules (numbers in an any are json.Number); the
// zero T where there is none. It reads the whole connection, with the side effects of [ConnectionHandle.Get]; a list by
// ConnectionID shows the metadata without any ([ConnectionSummary]).
//
// GET /connections/{connectionId} (getConnection). Node: getMetadata.
func Metadata[T any](ctx context.Context, h *ConnectionHandle) (T, error) {
	var metadata T
	connection, err := h.Get(ctx, nil)
	if err != nil || connection.Metadata == nil {
		return metadata, err
	}
	if err := jsonx.UnmarshalCaller(connection.Metadata, &metadata); err != nil {
		return *new(T), fmt.Errorf("nango: the connection's metadata does not fit %T: %w", metadata, err)
	}
	return metadata, nil
}
