package nango_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/percent"
	"github.com/nango-go/sdk/nango"
)

// dotSpellings are texts with a dot segment: in front, in the middle, at the end and alone, plain and encoded up to three
// times, beside slashes and backslashes, and with a parameter.
func dotSpellings() []string {
	dots := []string{".", "..", "%2e", ".%2E", "%2e%2E", "%252e%252E", "%25252e.", "%%32e%2%65"}
	slashes := []string{"/", `\`, "%2f", "%5C", "%252F", "%255c", "%25252f", "//"}
	parameters := []string{";", ";x=1", "%3bx", "%253B"}
	var all []string
	for _, dot := range dots {
		all = append(all, dot)
		for _, slash := range slashes {
			all = append(all, dot+slash+"victim", "mine"+slash+dot+slash+"victim", "mine"+slash+dot)
		}
		for _, parameter := range parameters {
			all = append(all, "mine/"+dot+parameter+"/victim")
		}
	}
	return all
}

// harmless are texts that look like those but have no dot segment.
var harmless = []string{
	"..a", "a..", "...", "....", "a..b", ".a", "a.", ".a/b.", "a/.../b", "a//b", "/a", "a/", `a\b`, "a;b", "a;..", "a;.;b", "a%3b..",
	"．．", "a/．．/b", "．", "%ef%bc%8e", "%EF%BC%8E%EF%BC%8E/x", "‥", "…", "․․", "%c0%ae%c0%ae", "50%25", "a%2520b", "%2e%2ea", "a%2e%2e", "%252e.%2e", "日本/ü",
	"50%", "%", "%%", "%zz", "a%zz", "..%", "%2", "..%2",
}

// pathUsers are the ways on which a text becomes part of a path.
var pathUsers = map[string]func(ctx context.Context, c *nango.Client, text string) error{
	"an id": func(ctx context.Context, c *nango.Client, text string) error {
		return failed(c.Connection("github", text).Get(ctx, nil))
	},
	"an id of the generated client": func(ctx context.Context, c *nango.Client, text string) error {
		return failed(c.Generated().GetConnection(ctx, gen.PathID(text), &gen.GetConnectionParams{ProviderConfigKey: "github"}))
	},
	"a proxied path": func(ctx context.Context, c *nango.Client, text string) error {
		if percent.Loose(text) {
			text = strings.ReplaceAll(text, "%", "%25") // which are refused for themselves
		}
		return failed(c.Connection("github", "conn").Proxy(ctx, nango.ProxyRequest{Path: "/repos/" + text}))
	},
	"an escaped segment of a proxied path": func(ctx context.Context, c *nango.Client, text string) error {
		return failed(c.Connection("github", "conn").Proxy(ctx, nango.ProxyRequest{Path: "/repos/" + url.PathEscape(text) + "/issues"}))
	},
	"a path of the generated client": func(ctx context.Context, c *nango.Client, text string) error {
		return failed(c.Generated().ProxyGet(ctx, "repos/"+text, &gen.ProxyGetParams{}))
	},
	"a request of one's own": func(ctx context.Context, c *nango.Client, text string) error {
		return ownRequest(ctx, c, "connections/"+url.PathEscape(text))
	},
	"a request of one's own to the proxy": func(ctx context.Context, c *nango.Client, text string) error {
		return ownRequest(ctx, c, "proxy/"+url.PathEscape(text))
	},
	"a request of one's own to an unknown path": func(ctx context.Context, c *nango.Client, text string) error {
		return ownRequest(ctx, c, "unknown/"+url.PathEscape(text))
	},
}

func ownRequest(ctx context.Context, c *nango.Client, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Generated().Server+path, nil)
	if err != nil {
		return err
	}
	return failed(c.Generated().Client.Do(req))
}

func TestDotsInPaths(t *testing.T) {
	spellings := dotSpellings()
	require.Greater(t, len(spellings), 200)
	for name, use := range pathUsers {
		t.Run(name, func(t *testing.T) {
			transport := &targets{}
			client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transport}))
			require.NoError(t, err)
			for _, text := range spellings {
				requirePathRefused(t, use(t.Context(), client, text), text)
				require.Empty(t, transport.sent, "%q", text)
			}
			for _, text := range harmless {
				transport.sent = nil
				err := use(t.Context(), client, text)
				require.Len(t, transport.sent, 1, "%q: %v", text, err)
			}
		})
	}
}

func requirePathRefused(t *testing.T, err error, text string) {
	t.Helper()
	if refused, ok := errors.AsType[*nango.ArgumentError](err); ok {
		assert.Equal(t, hasDots, refused.Reason, "%q", text)
		return
	}
	require.ErrorIs(t, err, gen.ErrPathID, "%q", text)
}
