package bench

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

// plainConnection is a connection as a program of its own would declare it.
type plainConnection struct {
	ID                 int64             `json:"id"`
	ConnectionID       string            `json:"connection_id"`
	ProviderConfigKey  string            `json:"provider_config_key"`
	Provider           string            `json:"provider"`
	Errors             []plainError      `json:"errors"`
	EndUser            *plainEndUser     `json:"end_user"`
	Tags               map[string]string `json:"tags"`
	Metadata           json.RawMessage   `json:"metadata"`
	ConnectionConfig   json.RawMessage   `json:"connection_config"`
	WebhookURLOverride *string           `json:"webhook_url_override"`
	CreatedAt          time.Time         `json:"created_at"`
	UpdatedAt          time.Time         `json:"updated_at"`
	LastFetchedAt      *time.Time        `json:"last_fetched_at"`
	Credentials        plainCredentials  `json:"credentials"`
}

type plainError struct {
	Type  string `json:"type"`
	LogID string `json:"log_id"`
}

type plainEndUser struct {
	ID          string            `json:"id"`
	Email       string            `json:"email"`
	DisplayName string            `json:"display_name"`
	Tags        map[string]string `json:"tags"`
}

type plainCredentials struct {
	Type         string          `json:"type"`
	AccessToken  string          `json:"access_token"`
	RefreshToken string          `json:"refresh_token"`
	ExpiresAt    *time.Time      `json:"expires_at"`
	Raw          json.RawMessage `json:"raw"`
}

const accessToken = "gho_abc"

// work is the work of a side, as a function of where the requests go.
type work = func(testing.TB) func() error

func getByHand(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		target, query := of(tb), url.Values{"provider_config_key": {integrationID}}
		return func() error {
			var connection plainConnection
			err := target.get(tb.Context(), "/connections/"+url.PathEscape(connectionID), query, &connection)
			return expect(err, connection.Credentials.AccessToken == accessToken)
		}
	}
}

func getGenerated(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		client := of(tb).generated(tb)
		return func() error {
			result, err := client.GetConnectionWithResponse(tb.Context(), connectionID, &gen.GetConnectionParams{ProviderConfigKey: integrationID})
			return expect(err, err == nil && result.JSON200 != nil && len(result.JSON200.Credentials) > 0)
		}
	}
}

func get(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		client := of(tb).nango(tb)
		return func() error {
			connection, err := client.Connection(integrationID, connectionID).Get(tb.Context(), nil)
			if err != nil {
				return err
			}
			credentials, ok := connection.Credentials.(*nango.OAuth2Credentials)
			return expect(nil, ok && credentials.AccessToken.Reveal() == accessToken)
		}
	}
}

func tokenByHand(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		target, query := of(tb), url.Values{"provider_config_key": {integrationID}}
		return func() error {
			var connection struct{ Credentials plainCredentials }
			err := target.get(tb.Context(), "/connections/"+url.PathEscape(connectionID), query, &connection)
			return expect(err, connection.Credentials.AccessToken == accessToken)
		}
	}
}

func token(of func(testing.TB) target, maxAge time.Duration) work {
	return func(tb testing.TB) func() error {
		connection := of(tb).connection(tb)
		return func() error {
			token, err := connection.Token(tb.Context(), &nango.TokenParams{MaxAge: maxAge})
			return expect(err, token.Value.Reveal() == accessToken)
		}
	}
}

// plainSummary is a connection of a list.
type plainSummary struct {
	ID                int64             `json:"id"`
	ConnectionID      string            `json:"connection_id"`
	ProviderConfigKey string            `json:"provider_config_key"`
	Provider          string            `json:"provider"`
	Errors            []plainError      `json:"errors"`
	EndUser           *plainEndUser     `json:"end_user"`
	Tags              map[string]string `json:"tags"`
	Metadata          json.RawMessage   `json:"metadata"`
	Created           time.Time         `json:"created"`
}

func listByHand(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		target := of(tb)
		return func() error {
			var page struct{ Connections []plainSummary }
			err := target.get(tb.Context(), "/connections", nil, &page)
			return expect(err, len(page.Connections) == listLength && page.Connections[7].ConnectionID != "")
		}
	}
}

func listGenerated(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		client := of(tb).generated(tb)
		return func() error {
			result, err := client.ListConnectionsWithResponse(tb.Context(), &gen.ListConnectionsParams{})
			return expect(err, err == nil && result.JSON200 != nil && len(result.JSON200.Connections) == listLength)
		}
	}
}

func list(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		client := of(tb).nango(tb)
		return func() error {
			page, err := client.Connections.List(tb.Context(), nil)
			return expect(err, err == nil && len(page.Connections) == listLength && page.Connections[7].ConnectionID != "")
		}
	}
}
