package nango_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

// backEnd keeps what reaches it.
type backEnd struct {
	mu       sync.Mutex
	requests []string
}

func (b *backEnd) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, req.Method+" "+req.URL.EscapedPath())
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{}`)
}

func (b *backEnd) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.requests
	b.requests = nil
	return taken
}

// serveBehindGateway returns the base URL of a server behind a gateway that treats paths as nginx does with
//
//	location /api/ { proxy_pass http://nango/; }
//
// It decodes a path, so many times, resolves its dots, merges its slashes and encodes it anew.
func serveBehindGateway(t *testing.T, passes int) (baseURL string, back *backEnd) {
	t.Helper()
	back = &backEnd{}
	server := httptest.NewServer(back)
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		below, _ := normalised(r.In.URL, passes)
		r.Out.URL = &url.URL{Scheme: target.Scheme, Host: target.Host, Path: below, RawQuery: r.In.URL.RawQuery}
	}}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, ok := normalised(req.URL, passes); !ok {
			http.Error(w, "no such location", http.StatusNotFound)
			return
		}
		forward.ServeHTTP(w, req)
	}))
	t.Cleanup(gateway.Close)
	return gateway.URL + "/api", back
}

// normalised returns what the gateway makes of a path, below its location.
func normalised(u *url.URL, passes int) (string, bool) {
	decoded := u.EscapedPath()
	for range passes {
		next, err := url.PathUnescape(decoded)
		if err != nil {
			return "", false
		}
		decoded = next
	}
	clean := path.Clean("/" + decoded)
	if strings.HasSuffix(decoded, "/") && clean != "/" {
		clean += "/"
	}
	below, ok := strings.CutPrefix(clean, "/api/")
	return "/" + below, ok
}

// escapedTimes percent-encodes the dots and slashes of a text so many times.
func escapedTimes(text string, times int) string {
	for i := range times {
		if i == 0 {
			text = strings.NewReplacer(".", "%2e", "/", "%2F").Replace(text)
		} else {
			text = strings.ReplaceAll(text, "%", "%25")
		}
	}
	return text
}

// Behind a gateway that decodes and normalises paths, no id and no proxied path leads to another endpoint.
func TestNothingLeadsAstrayBehindAGateway(t *testing.T) {
	for passes := 1; passes <= 3; passes++ {
		t.Run(strconv.Itoa(passes)+" passes", func(t *testing.T) {
			base, back := serveBehindGateway(t, passes)
			resp, err := http.Get(base + "/connections/" + escapedTimes("mine/../victim", passes))
			require.NoError(t, err)
			resp.Body.Close()
			require.Equal(t, []string{"GET /connections/victim"}, back.take(), "the gateway is one that leads astray")

			client, err := nango.New(apiKey, nango.WithBaseURL(base), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
			require.NoError(t, err)
			for times := range 4 {
				for name, err := range attacks(t.Context(), client, func(text string) string { return escapedTimes(text, times) }) {
					requirePathRefused(t, err, name)
					assert.Empty(t, back.take(), "%s, encoded %d times", name, times)
				}
			}
		})
	}
}

// attacks returns the errors of calls with what may come from someone else: a customer, a webhook, a form.
func attacks(ctx context.Context, c *nango.Client, encode func(string) string) map[string]error {
	const variables, rotation = "../../environment-variables", "../../environment/webhook-signing-key/rotate"
	victim := c.Connection("github", encode("mine/../victim"))
	h := c.Connection("github", "conn")
	proxied := func(method, path string) error {
		return failed(h.Proxy(ctx, nango.ProxyRequest{Method: method, Path: path}))
	}
	return map[string]error{
		"token":               failed(victim.Token(ctx, nil)),
		"get":                 failed(victim.Get(ctx, nil)),
		"delete":              victim.Delete(ctx),
		"update":              victim.Update(ctx, nil),
		"delete integration":  c.Integrations.Delete(ctx, encode("mine/../victim")),
		"function":            failed(c.Functions.Get(ctx, nango.FunctionRef{IntegrationID: "i", Name: encode("../../victim"), Type: nango.FunctionSync})),
		"action's result":     failed(nango.ActionResult[any](ctx, c.AsyncAction(encode("../environment-variables")))),
		"proxied":             proxied("GET", "/repos/"+url.PathEscape(encode(variables))),
		"proxied, plain":      proxied("GET", "/repos/"+encode(variables)),
		"proxied, posted":     proxied("POST", "/repos/"+url.PathEscape(encode(rotation))),
		"generated":           failed(c.Generated().GetActionResult(ctx, gen.PathID(encode("../environment-variables")))),
		"generated, proxied":  failed(c.Generated().ProxyGet(ctx, encode(variables), &gen.ProxyGetParams{})),
		"one's own, proxied":  ownRequest(ctx, c, "proxy/repos/"+encode(variables)),
		"one's own":           ownRequest(ctx, c, "connections/"+encode("mine/../victim")),
		"one's own, anywhere": ownRequest(ctx, c, "unknown/"+encode("../environment-variables")),
	}
}

// Behind the same gateway ordinary ids and paths arrive below their endpoint. Slashes are its own affair: it cuts ids at
// them and merges them.
func TestOrdinaryPathsBehindAGateway(t *testing.T) {
	base, back := serveBehindGateway(t, 1)
	client, err := nango.New(apiKey, nango.WithBaseURL(base), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	for id, want := range map[string]string{
		"conn-1": "conn-1", "user name": "user%20name", "日本": "%E6%97%A5%E6%9C%AC", "50% off": "50%25%20off", "a;b": "a;b", "...": "...", "..a": "..a",
		"．．/x": "%EF%BC%8E%EF%BC%8E/x", "a?b#c": "a%3Fb%23c", `a\b`: "a%5Cb", "a/b": "a/b", "a//b": "a/b", "/a": "a", specialID: "user+x@ex.com/a%7C%5B1%5D%7B2%7D",
	} {
		h := client.Connection("github", id)
		_, _ = h.Get(t.Context(), nil)
		_ = h.Delete(t.Context())
		_, _ = client.Integrations.Get(t.Context(), id, nil)
		_, _ = nango.ActionResult[any](t.Context(), client.AsyncAction(id))
		_, _ = client.Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{Path: "/repos/" + url.PathEscape(id)})
		assert.Equal(t, []string{
			"GET /connections/" + want, "DELETE /connections/" + want, "GET /integrations/" + want, "GET /action/" + want, "GET /proxy/repos/" + want,
		}, back.take(), id)
	}
}
