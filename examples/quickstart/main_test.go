package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/replay"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestOffline(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, environment(nil)))
	requireLines(t, out.String(),
		`connect session      expires 14:13:38 UTC`,
		`wait for connection  canvas 35510e37-0817-4506-ae08-7867687a565c`,
		`token                \[redacted\], expires 14:43:38 UTC`,
		`proxied call         GET /echo/hello\?a=1: an object of 4 keys`,
		`record pages         3 pages, 25 records, cursor of 96 bytes`,
		`action               echo returned 59 bytes of JSON`,
		`webhook              verified: sync fetch-items of conn-none-1, 25 added`)
}

func TestOnline(t *testing.T) {
	transport, err := replay.NewTransport("connect/sessions-create-for-oauth", "connections/list-oauth-user",
		"connections/get-oauth-flow-created-metadata-null")
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Bearer 0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7eb", r.Header.Get("Authorization"))
		resp, err := transport.RoundTrip(r)
		if !assert.NoError(t, err) {
			return
		}
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		w.WriteHeader(resp.StatusCode)
		io.Copy(w, resp.Body)
	}))
	defer server.Close()

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, environment(map[string]string{
		"NANGO_API_KEY": "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7eb", "NANGO_HOST": server.URL, "NANGO_INTEGRATION": "canvas",
	})))
	link, rest, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	assert.Regexp(t, `^open this link to connect: http://localhost:3009/\?session_token=nango_connect_session_`, string(link))
	requireLines(t, string(rest),
		`connect session      expires 14:13:38 UTC`,
		`wait for connection  canvas 35510e37-0817-4506-ae08-7867687a565c`,
		`token                \[redacted\], expires 14:43:38 UTC`,
		`proxied call         skipped: set NANGO_PROXY_PATH`,
		`record pages         skipped: set NANGO_MODEL`,
		`action               skipped: set NANGO_ACTION`,
		`webhook              skipped: Nango sends them to a URL of yours`)
}

func TestSettings(t *testing.T) {
	err := run(t.Context(), io.Discard, environment(map[string]string{"NANGO_API_KEY": "key"}))
	assert.EqualError(t, err, "set NANGO_INTEGRATION to the id of an integration of the environment")
}

func TestFailedStep(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := run(t.Context(), io.Discard, environment(map[string]string{
		"NANGO_API_KEY": "key", "NANGO_HOST": server.URL, "NANGO_INTEGRATION": "canvas",
	}))
	assert.ErrorContains(t, err, "connect session: nango: POST /connect/sessions: 404")
}

// requireLines checks each line: what it says, and that it ends in a duration.
func requireLines(t *testing.T, text string, want ...string) {
	t.Helper()
	lines := regexp.MustCompile(`\n`).Split(text, -1)
	require.Len(t, lines, len(want)+1, text)
	for i, pattern := range want {
		assert.Regexp(t, `^`+pattern+` +[0-9.]+(µs|ms|s)$`, lines[i])
	}
}
