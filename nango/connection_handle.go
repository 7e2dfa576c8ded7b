package nango

import (
	"context"
	"fmt"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// ConnectionHandle has the methods for one connection. It is cheap to make, has no state of its own and is safe for
// concurrent use.
type ConnectionHandle struct {
	client        *Client
	integrationID string
	connectionID  string
}

// Connection returns a handle for the connection with the given ids. The API calls integrationID provider_config_key.
// The method makes no request and never fails; if an id cannot be sent, the first call returns the error.
func (c *Client) Connection(integrationID, connectionID string) *ConnectionHandle {
	return &ConnectionHandle{client: c, integrationID: integrationID, connectionID: connectionID}
}

// IntegrationID returns the integration's id.
func (h *ConnectionHandle) IntegrationID() string { return h.integrationID }

// ConnectionID returns the connection's id.
func (h *ConnectionHandle) ConnectionID() string { return h.connectionID }

// check refuses ids that would change the meaning of the request.
func (h *ConnectionHandle) check() error {
	if err := checkID("integrationID", h.integrationID); err != nil {
		return err
	}
	return checkID("connectionID", h.connectionID)
}

// checkHeaders is check for operations that send the ids in headers.
func (h *ConnectionHandle) checkHeaders() error {
	if err := checkHeaderID("integrationID", h.integrationID); err != nil {
		return err
	}
	return checkHeaderID("connectionID", h.connectionID)
}

// GetConnectionParams are the options of [ConnectionHandle.Get]. All three need the scope
// environment:connections:read_credentials; without it the server responds with 403.
type GetConnectionParams struct {
	// ForceRefresh refreshes the credentials now, even if they have not expired (force_refresh). It has no effect on
	// OAuth2 connections without a refresh token.
	ForceRefresh bool
	// IncludeRefreshToken returns the refresh token too (refresh_token). It does not refresh the credentials.
	IncludeRefreshToken bool
	// RefreshGitHubAppJWT makes a new JWT of a GitHub App connection (refresh_github_app_jwt_token).
	RefreshGitHubAppJWT bool
}

// Get returns the connection with its credentials. The server first refreshes credentials that expire within 15
// minutes, and updates LastFetchedAt. If the refresh fails, the error matches [ErrRefreshFailed]; its payload holds the
// connection without credentials. If the connection or the integration does not exist, the error matches [ErrNotFound].
//
// GET /connections/{connectionId} (getConnection). Node: getConnection.
func (h *ConnectionHandle) Get(ctx context.Context, params *GetConnectionParams) (*Connection, error) {
	p := deref(params)
	connection, err := h.get(ctx, p)
	if err == nil && p.ForceRefresh {
		h.client.config.tokens().refreshed(h.key(), time.Now())
	}
	return connection, err
}

// get is Get without an effect on the cache of tokens, which uses it.
func (h *ConnectionHandle) get(ctx context.Context, p GetConnectionParams) (*Connection, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	return decode[Connection](h.client.gen.GetConnection(ctx, gen.PathID(h.connectionID), &gen.GetConnectionParams{
		ProviderConfigKey:        h.integrationID,
		ForceRefresh:             optional(p.ForceRefresh),
		RefreshToken:             optional(p.IncludeRefreshToken),
		RefreshGithubAppJwtToken: optional(p.RefreshGitHubAppJWT),
	}))
}

// UpdateConnectionParams are the changes of [ConnectionHandle.Update]. A field that is nil changes nothing.
type UpdateConnectionParams struct {
	// Tags replace all tags; an empty map that is not nil removes them.
	Tags map[string]string
	// WebhookURLOverride replaces the environment's webhook URLs; a pointer to "" removes the override.
	WebhookURLOverride *string
	// EndUser replaces the end user. The tags that the server derives from it replace the connection's tags.
	//
	// Deprecated: use Tags.
	EndUser *EndUserParams
}

// Update changes the connection's tags and webhook override. If the connection or the integration does not exist, the
// error matches [ErrNotFound].
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

// Delete deletes the connection. The server first runs the integration's pre-deletion functions. If the connection does
// not exist, the error matches [ErrNotFound].
//
// DELETE /connections/{connectionId} (deleteConnection). Node: deleteConnection.
func (h *ConnectionHandle) Delete(ctx context.Context) error {
	if err := h.check(); err != nil {
		return err
	}
	err := checkResponse(h.client.gen.DeleteConnection(ctx, gen.PathID(h.connectionID), &gen.DeleteConnectionParams{ProviderConfigKey: h.integrationID}))
	h.ForgetToken() // even after an error: the server may have deleted it
	return err
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

// Metadata returns the connection's metadata as a T, or the zero T if there is none. The metadata is decoded by
// encoding/json's rules (numbers in an any are json.Number). Metadata reads the whole connection, with the side effects
// of [ConnectionHandle.Get]. To read metadata without side effects, use [ConnectionService.List] with a ConnectionID.
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
