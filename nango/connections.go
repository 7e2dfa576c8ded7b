package nango

import (
	"context"
	"iter"
	"regexp"
	"strings"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// ConnectionService lists, imports and waits for connections. For everything about one connection see [Client.Connection].
type ConnectionService struct{ client *Client }

// ListConnectionsParams narrows and pages a list of connections. All filters have to match.
type ListConnectionsParams struct {
	// ConnectionID is matched exactly, in any integration.
	ConnectionID string
	// IntegrationIDs keeps the connections of these integrations.
	IntegrationIDs []string
	// Tags keeps the connections that have all of these. Keys are lower-cased by the server, values are exact.
	Tags map[string]string
	// Search is a part of the connection id or of the end user's name or e-mail, without regard to case.
	Search string
	// EndUserID keeps the connections of this end user.
	//
	// Deprecated: use Tags with the key end_user_id.
	EndUserID string
	// EndUserOrganizationID keeps the connections of this organization.
	//
	// Deprecated: use Tags with the key organization_id.
	EndUserOrganizationID string
	// PageSize is the number of connections per request, 1 to 2000; 0 means 1000.
	PageSize int
	// Page is the zero-based page that List fetches, or with which All begins.
	Page int
}

const (
	defaultConnectionPageSize = 1000
	maxConnectionPageSize     = 2000
)

// ConnectionPage is one page of a list of connections.
type ConnectionPage struct {
	Connections []*ConnectionSummary
	// More is true when the page is full, so that there may be another. The server gives no total and no other sign.
	More bool
}

// List returns one page of connections, newest first, with exactly one request. The server reads from a replica of its
// database, which can lag a little behind.
//
// GET /connections (listConnections). Node: listConnections.
func (s *ConnectionService) List(ctx context.Context, params *ListConnectionsParams) (*ConnectionPage, error) {
	p, err := params.query()
	if err != nil {
		return nil, err
	}
	resp, err := s.client.gen.ListConnections(ctx, p)
	out, err := decodeWith[struct {
		Connections []*ConnectionSummary `json:"connections"`
	}](jsonx.Unmarshal, resp, err) // an entry left out would make a full page look like the last
	if err != nil {
		return nil, err
	}
	return &ConnectionPage{Connections: out.Connections, More: len(out.Connections) >= *p.Limit}, nil
}

// All iterates over the connections, newest first, fetching pages as needed. An error is the last pair. Each range starts
// over.
//
// The server counts pages by position: connections that are deleted while the loop runs make it skip others, and new ones
// make it show some twice. Collect first what you mean to delete. A page that brings nothing new ends the loop with an error, since a
// server that ignores the page's number would go round for ever.
//
// GET /connections (listConnections). Node: listConnections, one page.
func (s *ConnectionService) All(ctx context.Context, params *ListConnectionsParams) iter.Seq2[*ConnectionSummary, error] {
	start := deref(params)
	start.IntegrationIDs, start.Tags = append([]string(nil), start.IntegrationIDs...), copyMap(start.Tags)
	return func(yield func(*ConnectionSummary, error) bool) {
		seen := map[string]bool{}
		for p := start; ; p.Page++ {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			page, err := s.List(ctx, &p)
			if err == nil && page.More {
				err = addPage(seen, "GET /connections", page.Connections, func(c *ConnectionSummary) string { return c.IntegrationID + "\n" + c.ConnectionID })
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, connection := range page.Connections {
				if !yield(connection, nil) {
					return
				}
			}
			if !page.More {
				return
			}
		}
	}
}

func (params *ListConnectionsParams) query() (*gen.ListConnectionsParams, error) {
	p := deref(params)
	if p.PageSize == 0 {
		p.PageSize = defaultConnectionPageSize
	}
	switch {
	case p.PageSize < 0 || p.PageSize > maxConnectionPageSize:
		return nil, &ArgumentError{Name: "PageSize", Reason: "must be from 1 to 2000"}
	case p.Page < 0:
		return nil, &ArgumentError{Name: "Page", Reason: "must not be negative"}
	}
	for _, id := range p.IntegrationIDs {
		if id == "" || strings.Contains(id, ",") {
			return nil, &ArgumentError{Name: "IntegrationIDs", Reason: "holds an empty id or one with a comma"}
		}
	}
	q := &gen.ListConnectionsParams{
		ConnectionID:          optional(p.ConnectionID),
		IntegrationID:         optional(strings.Join(p.IntegrationIDs, ",")),
		Search:                optional(p.Search),
		EndUserID:             optional(p.EndUserID),
		EndUserOrganizationID: optional(p.EndUserOrganizationID),
		Limit:                 &p.PageSize,
		Page:                  optional(p.Page),
	}
	if len(p.Tags) > 0 {
		q.Tags = &p.Tags
	}
	return q, nil
}

// ImportConnectionParams is a connection whose credentials you hold already.
type ImportConnectionParams struct {
	IntegrationID string
	// ConnectionID is the id of your choice; the server makes a UUID where it is empty.
	ConnectionID string
	// Credentials must be of the integration's auth mode.
	Credentials ImportCredentials
	// Metadata is data of your own: anything that encodes to a JSON object, or nil.
	Metadata any
	// Config is what the provider needs to know (connection_config), such as a subdomain: anything that encodes to a JSON
	// object, or nil. TBA needs accountId. OAuth scopes of the connection's own are a list here (oauth_scopes_override).
	Config             any
	Tags               map[string]string
	WebhookURLOverride string
	// Deprecated: use Tags.
	EndUser *EndUserParams
}

// connectionIDRule is the server's for every other operation. The import itself takes any id, and one outside the rule
// could then be neither read nor deleted.
var connectionIDRule = regexp.MustCompile(`^[a-zA-Z0-9,.;:=+~[\]|@${}"'\\/_ -]{1,255}$`)

// Import stores a connection. One that exists under the same pair of ids is overwritten, and what is left out here is then
// emptied: metadata, config, tags and webhook override. The result includes the refresh token.
//
// The connection has its syncs up to a second later; until then triggering them fails with the code no_syncs_found
// ([ConnectionHandle.RunSync] waits for them).
//
// Credentials of types that the provider can check are checked: the code is then connection_test_failed or
// connection_validation_failed. An unknown integration is an error that matches [ErrNotFound].
//
// POST /connections (importConnection). Not in the Node SDK.
func (s *ConnectionService) Import(ctx context.Context, params ImportConnectionParams) (*Connection, error) {
	// What headers cannot carry is refused here too: many calls could not reach the connection.
	if err := checkHeaderID("IntegrationID", params.IntegrationID); err != nil {
		return nil, err
	}
	if id := params.ConnectionID; id != "" {
		if err := checkHeaderID("ConnectionID", id); err != nil {
			return nil, err
		}
		if !connectionIDRule.MatchString(id) {
			return nil, &ArgumentError{Name: "ConnectionID", Reason: "is too long or holds a character that would make the connection unreachable"}
		}
	}
	if params.Credentials == nil {
		return nil, &ArgumentError{Name: "Credentials", Reason: "are missing; use ImportNone for an integration without authentication"}
	}
	credentials, err := encodeImport(params.Credentials)
	if err != nil {
		return nil, err
	}
	body := gen.ImportConnectionRequest{
		ProviderConfigKey:  params.IntegrationID,
		ConnectionID:       optional(params.ConnectionID),
		Credentials:        credentials,
		Tags:               optionalMap(params.Tags),
		WebhookURLOverride: optional(params.WebhookURLOverride),
		EndUser:            params.EndUser.body(),
	}
	if body.Metadata, err = optionalObject("Metadata", params.Metadata); err != nil {
		return nil, err
	}
	if body.ConnectionConfig, err = optionalObject("Config", params.Config); err != nil {
		return nil, err
	}
	return decode[Connection](s.client.gen.ImportConnection(ctx, body))
}

// SetMetadata replaces the whole metadata of each connection. The metadata is anything that encodes to a JSON object; integers
// beyond 2^53 lose digits on the server. If one of the connections does not exist nothing is changed, and the error matches
// [ErrNotFound].
//
// POST /connections/metadata (setConnectionMetadata). Node: setMetadata.
func (s *ConnectionService) SetMetadata(ctx context.Context, integrationID string, connectionIDs []string, metadata any) error {
	body, err := metadataBody(integrationID, connectionIDs, metadata)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.SetConnectionMetadata(ctx, body))
}

// MergeMetadata sets the top-level keys of metadata on each connection and keeps the others. Nested objects are replaced,
// and null is stored as a value: it does not remove the key. Integers beyond 2^53 lose digits on the server. If one of the
// connections does not exist nothing is changed, and the error matches [ErrNotFound].
//
// PATCH /connections/metadata (mergeConnectionMetadata). Node: updateMetadata.
func (s *ConnectionService) MergeMetadata(ctx context.Context, integrationID string, connectionIDs []string, metadata any) error {
	body, err := metadataBody(integrationID, connectionIDs, metadata)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.MergeConnectionMetadata(ctx, body))
}

func metadataBody(integrationID string, connectionIDs []string, metadata any) (gen.MetadataRequest, error) {
	if err := checkID("integrationID", integrationID); err != nil {
		return gen.MetadataRequest{}, err
	}
	if len(connectionIDs) == 0 {
		return gen.MetadataRequest{}, &ArgumentError{Name: "connectionIDs", Reason: "is empty; the server would do nothing and report success"}
	}
	for _, id := range connectionIDs {
		if err := checkID("connectionID", id); err != nil {
			return gen.MetadataRequest{}, err
		}
	}
	raw, err := encodeObject("metadata", metadata)
	return gen.MetadataRequest{ProviderConfigKey: integrationID, ConnectionID: connectionIDs, Metadata: raw}, err
}
