package nango

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/dotpath"
)

func TestEveryOperationIsFound(t *testing.T) {
	for i := range gen.Operations {
		want := &gen.Operations[i]
		for _, id := range []string{"id", "a%2Fb", "a b@{}", "..."} {
			path := filled(want.Path, url.PathEscape(id))
			if id == "a%2Fb" {
				path = filled(want.Path, id)
			}
			op, err := findOperation(routes(), want.Method, path)
			require.NoError(t, err, path)
			assert.Same(t, want, op, path)
		}
	}
}

// filled returns a path template with id for each of its parameters.
func filled(template, id string) string {
	segments := strings.Split(template, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = id
		}
	}
	return strings.Join(segments, "/")
}

func TestFind(t *testing.T) {
	for _, test := range []struct{ name, method, path, want string }{
		{"fixed segments beat parameters", "POST", "/connections/metadata", "setConnectionMetadata"},
		{"fixed segments beat parameters", "POST", "/integrations/quickstart", "createQuickstartIntegration"},
		{"fixed segments beat parameters", "POST", "/functions/deployments/bundle/preview", "previewBundle"},
		{"the method counts", "DELETE", "/connections/metadata", "deleteConnection"},
		{"the method counts", "GET", "/connections/metadata", "getConnection"},
		{"a slash at the end", "GET", "/environment-variables/", "listEnvironmentVariables"},
		{"a slash at the end", "GET", "/connections/abc/", "getConnection"},
		{"two slashes at the end", "GET", "/connections/abc//", "getConnection"},
		{"an escaped slash", "GET", "/connections/a%2Fb", "getConnection"},
		{"the proxy at any depth", "GET", "/proxy/a/b/c", "proxyGet"},
		{"the proxy with empty segments", "POST", "/proxy//a//b/...", "proxyPost"},
		{"the bare proxy", "PUT", "/proxy", "proxyPut"},
		{"the bare proxy", "PATCH", "/proxy/", "proxyPatch"},
		{"the proxy, HEAD", "HEAD", "/proxy/a", "proxyGet"},
		{"the proxy, other methods", "TRACE", "/proxy/a", ""},
		{"unknown paths", "GET", "/config/github", ""},
		{"unknown methods", "PUT", "/connections", ""},
		{"unknown methods", "OPTIONS", "/connections/a", ""},
		{"not quite the proxy", "GET", "/proxyfoo/a", ""},
	} {
		t.Run(test.name+" "+test.method+" "+test.path, func(t *testing.T) {
			op, err := findOperation(routes(), test.method, test.path)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(op.ID))
			if test.want == "" {
				assert.Equal(t, &gen.Operation{Retry: gen.RetryNever, Timeout: gen.TimeoutShort}, op)
			}
		})
	}
}

func TestIDsThatChangeThePathAreRefused(t *testing.T) {
	for _, op := range gen.Operations {
		segments := strings.Split(op.Path, "/")
		for i, segment := range segments {
			name, ok := strings.CutPrefix(segment, "{")
			if name = strings.TrimSuffix(name, "}"); !ok || op.Proxied {
				continue
			}
			for id, reason := range map[string]string{
				"": "is empty", ".": dotpath.Reason, "..": dotpath.Reason, "%2E%2E": dotpath.Reason, ".%2e": dotpath.Reason,
				"a%2F..%2Fb": dotpath.Reason, "a%5c%252e": dotpath.Reason, "..;x": dotpath.Reason,
			} {
				if id == "" && i == len(segments)-1 {
					continue // only a slash at the end is left, and building a request refuses the id before
				}
				t.Run(string(op.ID)+" "+name+"="+id, func(t *testing.T) {
					path := slices.Clone(strings.Split(filled(op.Path, "id"), "/"))
					path[i] = id
					_, err := findOperation(routes(), op.Method, strings.Join(path, "/"))
					refused, ok := err.(*ArgumentError)
					require.True(t, ok, "%v", err)
					assert.Equal(t, name, refused.Name)
					assert.True(t, strings.HasPrefix(refused.Reason, reason), refused.Reason)
				})
			}
		}
	}
	for path, reason := range map[string]string{
		"": "holds an empty segment", "/": "holds an empty segment", "//": "holds an empty segment", "/unknown//x": "holds an empty segment",
		"/functions/../x": dotpath.Reason, "/unknown/%2e": dotpath.Reason, "/unknown/a%2f..": dotpath.Reason,
		"/proxy/..": dotpath.Reason, "/proxy/a/./b": dotpath.Reason, "/proxy/%252e%252E/": dotpath.Reason, "/proxy/a%2f..%5cb": dotpath.Reason,
	} {
		_, err := findOperation(routes(), "GET", path)
		refused, ok := err.(*ArgumentError)
		require.True(t, ok, "%s: %v", path, err)
		assert.Equal(t, "path", refused.Name)
		assert.True(t, strings.HasPrefix(refused.Reason, reason), refused.Reason)
	}
}

func TestCheckID(t *testing.T) {
	for _, id := range []string{"a", "a/b", "...", "%2", "é", "a b", "-", "{x}"} {
		assert.NoError(t, checkID("connectionID", id), id)
	}
	assert.EqualError(t, checkID("connectionID", ""), "nango: connectionID is empty")
	for _, id := range []string{".", "..", "%2e", "a/../b", `..\a`} {
		assert.Equal(t, &ArgumentError{Name: "connectionID", Reason: dotpath.Reason}, checkID("connectionID", id))
	}
	for _, id := range []string{"a\n", "\x00", "a\u0085b", "\x7f"} {
		assert.Equal(t, &ArgumentError{Name: "connectionID", Reason: "holds a control character"}, checkID("connectionID", id))
	}
}

func TestHeadersOfEveryRequest(t *testing.T) {
	var sent http.Header
	client := testClient(t, func(req *http.Request) (*http.Response, error) {
		sent = req.Header
		return reply(200, found), nil
	})
	request := func(header http.Header) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), "GET", testBase+"/connect/session", nil)
		require.NoError(t, err)
		req.Header = header
		return req
	}
	t.Run("the key, the media type, the user agent and nothing else", func(t *testing.T) {
		_, err := client.Generated().Client.Do(request(nil))
		require.NoError(t, err)
		assert.Equal(t, http.Header{
			"Authorization": {"Bearer " + testKey}, "Accept": {"application/json"}, "User-Agent": {ownUserAgent()},
		}, sent)
	})
	t.Run("headers of the request stay, a session's token as well", func(t *testing.T) {
		own := http.Header{"Authorization": {"Bearer session"}, "Accept": {"*/*"}, "User-Agent": {"mine"}, "X-Async": {"true"}}
		_, err := client.Generated().Client.Do(request(own))
		require.NoError(t, err)
		assert.Equal(t, own, sent)
	})
	t.Run("the caller's request is not changed", func(t *testing.T) {
		req := request(http.Header{"X-Async": {"true"}})
		before := *req
		_, err := client.Generated().Client.Do(req)
		require.NoError(t, err)
		assert.Equal(t, http.Header{"X-Async": {"true"}}, req.Header)
		assert.Equal(t, before.URL.String(), req.URL.String())
		assert.Nil(t, req.Context().Value(callKey{}))
	})
}

func TestTheKeyStaysBelowTheBaseURL(t *testing.T) {
	client := testClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return reply(200, found), nil
	}, WithBaseURL(testBase+"/gw"))
	for _, target := range []string{
		"https://evil.test/gw/connections", "http://nango.test/gw/connections", "https://nango.test:8443/gw/connections",
		"https://nango.test.evil.test/gw/connections", "https://nango.test/connections", "https://nango.test/gwx/connections",
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", target, nil)
		require.NoError(t, err)
		_, err = client.Generated().Client.Do(req)
		assert.Equal(t, &ArgumentError{Name: "request", Reason: "is not for a URL below the base URL of the client"}, err, target)
	}
}
