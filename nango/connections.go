package nango

import (
	"context"
	"iter"
	"regexp"
	"strings"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// ConnectionService lists, imports and waits for connections. For a single connection, use [Client.Connection].
type ConnectionService struct{ client *Client }

// ListConnectionsParams filters and pages a list of connections. A connection must match all filters.
type ListConnectionsParams struct {
	// ConnectionID matches exactly, in any integration.
	ConnectionID string
	// IntegrationIDs selects the connections of these integrations.
	IntegrationIDs []string
	// Tags selects the connections that have all of these tags. The server changes keys to lower case; values match
	// exactly.
	Tags map[string]string
	// Search is a part of the connection id, or of the end user's name or e-mail address. Upper and lower case are the
	// same.
	Search string
	// EndUserID selects the connections of this end user.
	//
	// Deprecated: use Tags with the key end_user_id.
	EndUserID string
	// EndUserOrganizationID selects the connections of this organization.
	//
	// Deprecated: use Tags with the key organization_id.
	EndUserOrganizationID string
	// PageSize is the number of connections per request, 1 to 2000; 0 means 1000.
	PageSize int
	// Page is the number of the page that List returns, or that All begins with. The first page is 0.
	Page int
}

const (
	defaultConnectionPageSize = 1000
	maxConnectionPageSize     = 2000
)

// ConnectionPage is one page of a list of connections.
type ConnectionPage struct {
	Connections []*ConnectionSummary
	// More is true if the page is full, so there may be another page. The server sends no total and no other hint.
	More bool
}

// List returns one page of connections, newest first. It makes exactly one request. The server reads from a replica of
// its database, which can be a little behind.
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
	}](jsonx.Unmarshal, resp, err) // strict: without a broken entry, a full page would look like the last
	if err != nil {
		return nil, err
	}
	return &ConnectionPage{Connections: out.Connections, More: len(out.Connections) >= *p.Limit}, nil
}

// All iterates over the connections, newest first. It requests pages as the loop needs them. An error is the last pair.
// Each new loop starts from the beginning.
//
// The server counts pages by position. If connections are deleted while the loop runs, it skips others; if new ones are
// made, it returns some twice. So if you want to delete connections, collect them all first. If a page has no new
// connections, the loop ends with an error: a server that ignores the page number would make it endless.
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

// ImportConnectionParams describes a connection for which you already have credentials.
type ImportConnectionParams struct {
	IntegrationID string
	// ConnectionID is an id of your choice. If it is empty, the server makes a UUID.
	ConnectionID string
	// Credentials must match the auth mode of the integration.
	Credentials ImportCredentials
	// Metadata is your own data: any value that encodes to a JSON object, or nil.
	Metadata any
	// Config holds the settings that the provider needs (connection_config), such as a subdomain: any value that
	// encodes to a JSON object, or nil. TBA needs accountId. To give the connection its own OAuth scopes, set
	// oauth_scopes_override to a list.
	Config             any
	Tags               map[string]string
	WebhookURLOverride string
	// Deprecated: use Tags.
	EndUser *EndUserParams
}

// connectionIDRule is the server's rule for ids in all operations except the import, which accepts any id. An imported
// connection with an id outside the rule could be neither read nor deleted.
var connectionIDRule = regexp.MustCompile(`^[a-zA-Z0-9,.;:=+~[\]|@${}"'\\/_ -]{1,255}$`)

// Import stores a connection. If a connection with the same two ids exists, Import overwrites it. Metadata, config,
// tags and webhook override that you leave out are then emptied. The result includes the refresh token.
//
// The syncs of the connection exist up to a second later. Until then, triggering them fails with the code
// no_syncs_found. [ConnectionHandle.RunSync] waits for them.
//
// For some types of credentials, the server checks them with the provider. If that fails, the code is
// connection_test_failed or connection_validation_failed. If the integration does not exist, the error matches
// [ErrNotFound].
//
// POST /connections (importConnection). Not in the Node SDK.
func (s *ConnectionService) Import(ctx context.Context, params ImportConnectionParams) (*Connection, error) {
	// An id that a header cannot carry is refused here too, because many calls could not reach the connection.
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
	connection, err := decode[Connection](s.client.gen.ImportConnection(ctx, body))
	s.client.Connection(params.IntegrationID, params.ConnectionID).ForgetToken() // even after an error: the server may have stored it
	return connection, err
}

// SetMetadata replaces the whole metadata of each connection. The metadata is any value that encodes to a JSON object.
// Integers beyond 2^53 lose digits on the server. If one of the connections does not exist, the server changes nothing,
// and the error matches [ErrNotFound].
//
// POST /connections/metadata (setConnectionMetadata). Node: setMetadata.
func (s *ConnectionService) SetMetadata(ctx context.Context, integrationID string, connectionIDs []string, metadata any) error {
	body, err := metadataBody(integrationID, connectionIDs, metadata)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.SetConnectionMetadata(ctx, body))
}

// MergeMetadata sets top-level keys of the metadata of each connection. The other keys do not change. It replaces
// nested objects as a whole. It stores null as a value, so null does not remove a key. Integers beyond 2^53 lose digits
// on the server. If one of the connections does not exist, the server changes nothing, and the error matches
// [ErrNotFound].
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
