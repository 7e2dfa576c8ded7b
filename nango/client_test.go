package nango

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewChecksTheKey(t *testing.T) {
	for _, key := range []string{
		"", " ", "\n", testKey + "\n", " " + testKey, testKey + " ", "Bearer " + testKey, "bearer " + testKey,
		"a\x00b", "a\tb", "a\x7fb", "clé", "a b", "Bearer ",
	} {
		_, err := New(key)
		refused, ok := err.(*ArgumentError)
		require.True(t, ok, "%q: %v", key, err)
		assert.Equal(t, "API key", refused.Name)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), testKey)
	}
	for _, key := range []string{testKey, "nango_sbx_v1_eyJhbGciOiJIUzI1NiJ9.e30.c2ln_-", "Bearer"} {
		_, err := New(key)
		assert.NoError(t, err, key)
	}
}

func TestClientNeverShowsItsKey(t *testing.T) {
	client := testClient(t, always(200, found), WithUserAgent("x/1"))
	for _, form := range []any{client, *client, &client, []*Client{client}, struct{ c *Client }{client}, client.Generated(), *client.Generated(), client.config} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			assert.NotContains(t, fmt.Sprintf(verb, form), testKey)
		}
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "c", form)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "c", form)
		assert.NotContains(t, out.String(), testKey)
		if encoded, err := json.Marshal(form); err == nil {
			assert.NotContains(t, string(encoded), testKey)
		}
	}
	t.Run("nor does a response", func(t *testing.T) {
		resp, err := get(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, "/connections/conn-1", resp.Request.URL.Path)
		assert.Empty(t, resp.Request.Header)
		assert.NotContains(t, fmt.Sprintf("%+v", resp.Request.Context()), testKey)
	})
}

func TestUserAgent(t *testing.T) {
	assert.Regexp(t, regexp.MustCompile(`^nango-go/\d+\.\d+\.\d+ \(\w+/\w+; go1\.\d+\)$`), ownUserAgent())
	assert.NotContains(t, ownUserAgent(), "nango-cli")
}

func TestClientIsSafeForConcurrentUse(t *testing.T) {
	client := testClient(t, func(*http.Request) (*http.Response, error) { return reply(200, found), nil })
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			out, err := decode[map[string]any](get(t.Context(), client))
			assert.NoError(t, err)
			assert.Equal(t, &map[string]any{"connection_id": "a", "success": true}, out)
			_, err = client.With(WithUserAgent("y/2"))
			assert.NoError(t, err)
		})
	}
	group.Wait()
}

func TestGeneratedIsACopy(t *testing.T) {
	client := testClient(t, always(200, found))
	client.Generated().Server = "https://elsewhere.test/"
	assert.Equal(t, testBase+"/", client.Generated().Server)
}
