package nango

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWithBaseURL(t *testing.T) {
	for input, want := range map[string]string{
		"https://api.nango.dev":                "https://api.nango.dev",
		"https://api.nango.dev/":               "https://api.nango.dev",
		"https://api.nango.dev///":             "https://api.nango.dev",
		"HTTPS://API.nango.dev:443":            "https://api.nango.dev",
		"http://localhost:3003":                "http://localhost:3003",
		"http://[::1]:3003/":                   "http://[::1]:3003",
		"https://gw.example/nango":             "https://gw.example/nango",
		"https://gw.example/a/b%2Fc/":          "https://gw.example/a/b%2Fc",
		"":                                     "",
		"api.nango.dev":                        "",
		"//api.nango.dev":                      "",
		"/nango":                               "",
		"ftp://api.nango.dev":                  "",
		"https://":                             "",
		"https://:3003":                        "",
		"mailto:a@b.c":                         "",
		"https://user:hunter2@api.nango.dev":   "",
		"https://api.nango.dev?x=1":            "",
		"https://api.nango.dev?":               "",
		"https://api.nango.dev#x":              "",
		"https://api.nango.dev/#":              "",
		"https://gw.example//nango":            "",
		"https://gw.example/nango//v1":         "",
		"https://gw.example/./nango":           "",
		"https://gw.example/nango/..":          "",
		"https://gw.example/a%2f%2E%2e/b":      "",
		"https://gw.example/a/..;x/b":          "",
		"https://gw.example/a..b/;v=1/...":     "https://gw.example/a..b/;v=1/...",
		"https://user:hunter2@api.nango.dev:x": "",
		"https://api nango.dev":                "",
	} {
		t.Run(input, func(t *testing.T) {
			client, err := New(testKey, WithBaseURL(input))
			if want == "" {
				refused, ok := err.(*ArgumentError)
				require.True(t, ok, "%v", err)
				assert.Equal(t, "base URL", refused.Name)
				assert.NotContains(t, err.Error(), "hunter2")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, want, client.config.baseURL.String())
			assert.Equal(t, want+"/", client.Generated().Server)
		})
	}
	t.Run("a path under the base, never with two slashes", func(t *testing.T) {
		for _, base := range []string{"https://nango.test", "https://nango.test/", "https://nango.test/gw//"} {
			var sent string
			client := testClient(t, func(req *http.Request) (*http.Response, error) {
				sent = req.URL.String()
				return reply(200, found), nil
			}, WithBaseURL(base))
			_, err := get(t.Context(), client)
			require.NoError(t, err)
			assert.Equal(t, strings.TrimRight(base, "/")+"/connections/conn-1?provider_config_key=github", sent)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opt := range map[string]Option{
		"HTTP client":     WithHTTPClient(nil),
		"attempt timeout": WithAttemptTimeout(-1),
		"retry policy":    WithRetry(RetryPolicy{MaxAttempts: -1}),
		"logger":          WithLogger(nil),
		"observer":        WithObserver(Observer{}),
		"user agent":      WithUserAgent(" "),
		"option":          nil,
	} {
		_, err := New(testKey, opt)
		refused, ok := err.(*ArgumentError)
		require.True(t, ok, "%s: %v", name, err)
		assert.Equal(t, name, refused.Name)
	}
	for _, policy := range []RetryPolicy{{BaseDelay: -1}, {MaxDelay: -1}, {MaxRetryAfter: -1}} {
		_, err := New(testKey, WithRetry(policy))
		assert.Equal(t, &ArgumentError{Name: "retry policy", Reason: "has a negative field"}, err)
	}
	for _, product := range []string{"", "a\nb", "a\x00", "nango-cli/0.71.4", "x Nango-CLI/1"} {
		_, err := New(testKey, WithUserAgent(product))
		assert.IsType(t, &ArgumentError{}, err, product)
	}
}

func TestOptionDefaults(t *testing.T) {
	defaults := RetryPolicy{MaxAttempts: 3, BaseDelay: 500 * time.Millisecond, MaxDelay: 8 * time.Second, MaxRetryAfter: 30 * time.Second}
	client, err := New(testKey)
	require.NoError(t, err)
	assert.Equal(t, defaults, client.config.retry)
	assert.Equal(t, time.Minute, client.config.attemptTimeout)
	assert.Equal(t, "https://api.nango.dev", client.config.baseURL.String())
	assert.Same(t, sharedClient(), client.config.httpClient)

	client, err = New(testKey, WithRetry(RetryPolicy{MaxAttempts: 1, MaxDelay: time.Second}), WithAttemptTimeout(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, RetryPolicy{1, 500 * time.Millisecond, time.Second, 30 * time.Second}, client.config.retry)
	assert.Equal(t, time.Hour, client.config.attemptTimeout)

	client, err = client.With(WithRetry(RetryPolicy{}), WithAttemptTimeout(0))
	require.NoError(t, err)
	assert.Equal(t, defaults, client.config.retry, "the zero policy is the default")
	assert.Equal(t, time.Minute, client.config.attemptTimeout, "so is no time limit")
}

func TestWithCopies(t *testing.T) {
	var agents []string
	server := func(req *http.Request) (*http.Response, error) {
		agents = append(agents, req.Header.Get("Authorization")+" "+req.Header.Get("User-Agent"))
		return reply(200, found), nil
	}
	first := testClient(t, server, WithUserAgent("one/1"))
	observed := 0
	second, err := first.With(WithUserAgent("two/2"), WithObserver(Observer{CallEnd: func(context.Context, CallResult) { observed++ }}), WithLogger(slog.Default()))
	require.NoError(t, err)
	for _, client := range []*Client{first, second, first} {
		_, err := get(t.Context(), client)
		require.NoError(t, err)
	}
	prefix := "Bearer " + testKey + " " + ownUserAgent()
	assert.Equal(t, []string{prefix + "; one/1", prefix + "; two/2", prefix + "; one/1"}, agents)
	assert.Equal(t, 1, observed)
	assert.Nil(t, first.config.logger)

	_, err = first.With(WithAttemptTimeout(-1))
	assert.IsType(t, &ArgumentError{}, err)
}
