package nango_test

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// tokenPerConnection returns a client whose server gives each connection the token "<host> <integration> <connection>", and
// the number of requests.
func tokenPerConnection(t testing.TB, opts ...nango.Option) (*nango.Client, *atomic.Int64) {
	t.Helper()
	requests := new(atomic.Int64)
	transport := transportFunc(func(req *http.Request) (*http.Response, error) {
		requests.Add(1)
		id := path.Base(req.URL.Path)
		token := req.URL.Host + " " + req.URL.Query().Get("provider_config_key") + " " + id
		return exchange(200, fmt.Sprintf(`{"connection_id":%q,"credentials":{"type":"API_KEY","apiKey":%q}}`, id, token)).Respond(req), nil
	})
	client, err := nango.New(apiKey, append(opts, nango.WithHTTPClient(&http.Client{Transport: transport}))...)
	require.NoError(t, err)
	return client, requests
}

func tokenText(t *testing.T, client *nango.Client, integrationID, connectionID string) string {
	t.Helper()
	token, err := client.Connection(integrationID, connectionID).Token(t.Context(), &nango.TokenParams{MaxAge: time.Hour})
	require.NoError(t, err)
	return token.Value.Reveal()
}

// Copies of a client share its tokens, unless they ask another server. Each connection has its own.
func TestTokenCacheIsShared(t *testing.T) {
	client, requests := tokenPerConnection(t)
	same, err := client.With(nango.WithUserAgent("x/1"), nango.WithAttemptTimeout(time.Second))
	require.NoError(t, err)
	elsewhere, err := client.With(nango.WithBaseURL("https://nango.example.com"))
	require.NoError(t, err)
	for range 2 {
		assert.Equal(t, "api.nango.dev github c", tokenText(t, client, "github", "c"))
		assert.Equal(t, "api.nango.dev github c", tokenText(t, same, "github", "c"))
		assert.EqualValues(t, 1, requests.Load())
	}
	for range 2 {
		assert.Equal(t, "nango.example.com github c", tokenText(t, elsewhere, "github", "c"))
		assert.EqualValues(t, 2, requests.Load())
	}
	for range 2 {
		assert.Equal(t, "api.nango.dev github d", tokenText(t, client, "github", "d"))
		assert.Equal(t, "api.nango.dev slack c", tokenText(t, client, "slack", "c"))
		assert.EqualValues(t, 4, requests.Load())
	}
	same.Connection("github", "c").ForgetToken()
	tokenText(t, client, "github", "c")
	assert.EqualValues(t, 5, requests.Load(), "the copy emptied the cache of both")
	other, others := tokenPerConnection(t)
	tokenText(t, other, "github", "c")
	assert.EqualValues(t, 1, others.Load(), "another client has another cache")
}

// The cache keeps the 4096 connections that were used last.
func TestTokenCacheIsBounded(t *testing.T) {
	client, requests := tokenPerConnection(t)
	ask := func(n int) int64 {
		before := requests.Load()
		tokenText(t, client, "github", fmt.Sprint("c", n))
		return requests.Load() - before
	}
	for n := range 4096 {
		require.EqualValues(t, 1, ask(n))
	}
	assert.Zero(t, ask(0), "it fits, and is now the last one used")
	assert.EqualValues(t, 1, ask(4096), "one too many")
	assert.Zero(t, ask(0))
	assert.Zero(t, ask(2))
	assert.EqualValues(t, 1, ask(1), "it was used the longest time ago")
	assert.Zero(t, ask(4096))
}

// A token from the cache costs no memory, and neither does the handle.
func TestTokenCacheAllocates(t *testing.T) {
	client, requests := tokenPerConnection(t)
	ctx := t.Context()
	ask := func() {
		token, err := client.Connection("github", "c").Token(ctx, &nango.TokenParams{MaxAge: time.Hour})
		if err != nil || token.Value.IsZero() {
			t.Fatal(token, err)
		}
	}
	ask()
	assert.Zero(t, testing.AllocsPerRun(1000, ask))
	assert.EqualValues(t, 1, requests.Load())
}

// Printing a client shows neither tokens nor the ids of connections.
func TestTokenCacheIsSilent(t *testing.T) {
	client, _ := tokenPerConnection(t)
	tokenText(t, client, marker, marker)
	requireSilent(t, "client", client)
	requireSilent(t, "client", *client)
	assert.NotContains(t, strings.ToLower(fmt.Sprintf("%+v", client.Connection("a", "b"))), marker)
}

func BenchmarkTokenCacheHit(b *testing.B) {
	client, _ := tokenPerConnection(b)
	ctx := b.Context()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := client.Connection("github", "c").Token(ctx, &nango.TokenParams{MaxAge: time.Hour}); err != nil {
				b.Error(err)
			}
		}
	})
}
