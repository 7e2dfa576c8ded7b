package nango

import (
	"encoding/json"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Connection is what one customer authorised for one integration, with all its data. Encoded as JSON it shows no
// secret: Config is masked and Credentials are left out.
type Connection struct {
	// InternalID is Nango's own number for the connection. The API takes ConnectionID and IntegrationID instead.
	InternalID    int64             `json:"id"`
	ConnectionID  string            `json:"connection_id"`
	IntegrationID string            `json:"provider_config_key"`
	Provider      string            `json:"provider"`
	Errors        []ConnectionError `json:"errors"`
	EndUser       *EndUser          `json:"end_user"`
	// Tags are your own labels; the server changes their keys to lower case.
	Tags map[string]string `json:"tags"`
	// Metadata is your own data, a JSON object. Before you set it, it is {} if you imported the connection, and nil if
	// the customer authorised it. [Metadata] decodes it.
	Metadata json.RawMessage `json:"metadata"`
	// Config holds the settings that the provider needs for this connection, such as a subdomain (connection_config).
	// It can have any keys, and it can hold secrets.
	Config SecretJSON `json:"connection_config"`
	// WebhookURLOverride replaces the environment's webhook URLs for this connection; empty if there is none.
	WebhookURLOverride string    `json:"webhook_url_override"`
	CreatedAt          time.Time `json:"created_at"`
	UpdatedAt          time.Time `json:"updated_at"`
	LastFetchedAt      time.Time `json:"last_fetched_at"` // zero if never
	// Credentials is nil in three cases, because the server sends {} for each of them: the connection has no
	// authentication, the key lacks the scope environment:connections:read_credentials, or the connection is the
	// payload of an error.
	Credentials Credentials `json:"-"`
}

// UnmarshalJSON decodes a connection as the API sends it.
func (c *Connection) UnmarshalJSON(data []byte) error {
	type plain Connection
	wire := struct {
		*plain      `json:",embed"`
		Credentials json.RawMessage `json:"credentials"`
	}{plain: (*plain)(c)}
	if err := jsonx.UnmarshalLenient(data, &wire); err != nil {
		return err
	}
	c.Metadata = nullToNil(c.Metadata)
	c.Credentials = decodeCredentials(wire.Credentials)
	return nil
}

// ConnectionSummary is a connection as lists show it: without credentials and configuration.
type ConnectionSummary struct {
	// InternalID is Nango's own number for the connection. The API takes ConnectionID and IntegrationID instead.
	InternalID    int64             `json:"id"`
	ConnectionID  string            `json:"connection_id"`
	IntegrationID string            `json:"provider_config_key"`
	Provider      string            `json:"provider"`
	Errors        []ConnectionError `json:"errors"`
	EndUser       *EndUser          `json:"end_user"`
	Tags          map[string]string `json:"tags"`
	// Metadata is your own data, as in [Connection].
	Metadata  json.RawMessage `json:"metadata"`
	CreatedAt time.Time       `json:"created"`
}

// UnmarshalJSON decodes a list's entry as the API sends it.
func (c *ConnectionSummary) UnmarshalJSON(data []byte) error {
	type plain ConnectionSummary
	err := jsonx.UnmarshalLenient(data, (*plain)(c))
	c.Metadata = nullToNil(c.Metadata)
	return err
}

// nullToNil makes JSON's null the same as an absent value.
func nullToNil(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}
