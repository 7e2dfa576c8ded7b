// Package bench measures calls of package nango beside the same calls written by hand with net/http and encoding/json, and
// beside the generated client, and webhooks received with package webhook beside those received by hand. None of them touches
// a network: what is compared is the work on this side.
//
//	go test -run '^$' -bench . -count 10 ./test/bench | go run ./test/bench/ratio
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

const (
	baseURL = "https://api.nango.dev"
	apiKey  = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
)

// recorded is an HTTP client that gets the response of a recording to everything, without a network.
type recorded struct{ exchange *recordings.Exchange }

func (a recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	return a.exchange.Respond(req), nil
}

func clientOf(b *testing.B, recording string) *http.Client {
	b.Helper()
	exchange, err := recordings.Load(recording)
	if err != nil {
		b.Fatal(err)
	}
	return &http.Client{Transport: recorded{exchange}}
}

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

// getByHand is what a program without a client library does.
func getByHand(ctx context.Context, client *http.Client, integrationID, connectionID string) (*plainConnection, error) {
	query := url.Values{"provider_config_key": {integrationID}}
	target := baseURL + "/connections/" + url.PathEscape(connectionID) + "?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "by-hand/1")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", resp.StatusCode, body)
	}
	connection := new(plainConnection)
	return connection, json.Unmarshal(body, connection)
}

func BenchmarkGet(b *testing.B) {
	httpClient := clientOf(b, "connections/get-oauth2")
	b.Run("by-hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			connection, err := getByHand(b.Context(), httpClient, "gh-oauth2", "conn-oauth2-1")
			if err != nil || connection.Credentials.AccessToken != "gho_abc" {
				b.Fatal(connection, err)
			}
		}
	})
	b.Run("generated", func(b *testing.B) {
		authorize := func(_ context.Context, req *http.Request) error {
			req.Header.Set("Authorization", "Bearer "+apiKey)
			return nil
		}
		client, err := gen.NewClientWithResponses(baseURL, gen.WithHTTPClient(httpClient), gen.WithRequestEditorFn(authorize))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			result, err := client.GetConnectionWithResponse(b.Context(), "conn-oauth2-1", &gen.GetConnectionParams{ProviderConfigKey: "gh-oauth2"})
			if err != nil || result.JSON200 == nil || len(result.JSON200.Credentials) == 0 {
				b.Fatal(result, err)
			}
		}
	})
	b.Run("nango", func(b *testing.B) {
		client, err := nango.New(apiKey, nango.WithHTTPClient(httpClient))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			connection, err := client.Connection("gh-oauth2", "conn-oauth2-1").Get(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			if c, ok := connection.Credentials.(*nango.OAuth2Credentials); !ok || c.AccessToken.Reveal() != "gho_abc" {
				b.Fatal(connection)
			}
		}
	})
}
