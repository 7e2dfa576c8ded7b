package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

var (
	uuid     = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	duration = regexp.MustCompile(` +[0-9.]+(µs|ms|s)\n`)
)

// In the bubble it is the beginning of 2000, and nothing but waiting takes time.
func TestOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var out bytes.Buffer
		require.NoError(t, run(ctx, &out, environment(nil)))
		assert.Equal(t, ``+
			"NANGO_API_KEY is not set, so this runs offline: on a Nango server in this process, with a customer who connects.\n"+
			"connect session      expires 00:30:00 UTC                                         0s\n"+
			"wait for connection  .....github ID                                                    50ms\n"+
			"token                [redacted], expires 01:00:00 UTC                             0s\n"+
			"proxied call         GET /user: an object of 3 keys                               0s\n"+
			"webhook              verified: creation of a connection; sync issues, 25 added    0s\n"+
			"record pages         3 pages, 25 records, 0 to remove, cursor of 96 bytes         0s\n"+
			"action               echo returned 41 bytes of JSON                               0s\n"+
			"Next: set NANGO_API_KEY and NANGO_INTEGRATION to run it on your own Nango. The recipes in README.md have the code of each step.\n",
			uuid.ReplaceAllString(out.String(), fmt.Sprintf("%-36s", "ID")))
	})
}

// undated leaves out what differs from run to run.
func undated(lines string) string {
	return uuid.ReplaceAllString(duration.ReplaceAllString(lines, "\n"), "ID")
}

// customer is someone who follows the link that the program prints.
type customer struct {
	*nangotest.Server
	bytes.Buffer
}

func (c *customer) Write(line []byte) (int, error) {
	if _, token, found := strings.Cut(strings.TrimSpace(string(line)), "open this link to connect: http://localhost:3009/?session_token="); found {
		_, err := c.Authorize(token, nangotest.Authorization{})
		return len(line), err
	}
	return c.Buffer.Write(line)
}

func TestOnline(t *testing.T) {
	srv := nangotest.Start(t)
	srv.SetTime(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "private-api-basic"})
	srv.AddAction(nangotest.Action{IntegrationID: "crm", Name: "count", Run: echo})
	srv.HandleProxy("crm", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"path":%q}`, r.URL)
	}))
	settings := map[string]string{"NANGO_API_KEY": srv.Key(), "NANGO_HOST": srv.Listen(), "NANGO_INTEGRATION": "crm"}

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out := &customer{Server: srv}
	require.NoError(t, run(ctx, out, environment(settings)))
	assert.Equal(t, ``+
		"connect session      expires 12:30:00 UTC\n"+
		"wait for connection  crm ID\n"+
		"token                skipped: nango: the credentials hold no single token: the credentials are of the type BASIC\n"+
		"proxied call         skipped: set NANGO_PROXY_PATH\n"+
		"webhook              skipped: Nango sends them to a URL of yours\n"+
		"record pages         skipped: set NANGO_MODEL\n"+
		"action               skipped: set NANGO_ACTION\n"+
		"Next: the recipes in README.md have the code of each step.\n",
		undated(out.String()))

	settings["NANGO_PROXY_PATH"], settings["NANGO_MODEL"], settings["NANGO_ACTION"] = "/deals?a=1", "Deal", "count"
	out.Reset()
	require.NoError(t, run(ctx, out, environment(settings)))
	assert.Contains(t, undated(out.String()), ``+
		"proxied call         GET /deals?a=1: an object of 1 keys\n"+
		"webhook              skipped: Nango sends them to a URL of yours\n"+
		"record pages         1 pages, 0 records, 0 to remove, cursor of 0 bytes\n"+
		"action               count returned 41 bytes of JSON\n")
}

func TestSettings(t *testing.T) {
	err := run(t.Context(), io.Discard, environment(map[string]string{"NANGO_API_KEY": "key"}))
	assert.EqualError(t, err, "set NANGO_INTEGRATION to the id of an integration of the environment")
	err = run(t.Context(), io.Discard, environment(map[string]string{"NANGO_API_KEY": "key", "NANGO_HOST": "nowhere"}))
	_, refused := err.(*nango.ArgumentError)
	assert.True(t, refused, err)
}

func TestFailedStep(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := run(t.Context(), io.Discard, environment(map[string]string{
		"NANGO_API_KEY": "key", "NANGO_HOST": server.URL, "NANGO_INTEGRATION": "crm",
	}))
	assert.ErrorContains(t, err, "connect session: nango: POST /connect/sessions: 404")
}
