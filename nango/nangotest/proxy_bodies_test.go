package nangotest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// provided is a server with a connection to a provider of its own or of the catalogue.
func provided(t *testing.T, integration nangotest.Integration, definition map[string]any) (*nangotest.Server, *upstream) {
	t.Helper()
	srv, u := nangotest.Start(t), &upstream{}
	srv.AddProvider(nangotest.Provider{Name: "acme", AuthMode: "API_KEY", BaseURL: "https://acme.example", Definition: definition})
	integration.ID = "acme"
	srv.AddIntegration(integration)
	srv.AddConnection(nangotest.Connection{IntegrationID: "acme", ConnectionID: "c1", Credentials: &nango.APIKeyCredentials{APIKey: nango.NewSecret("k")}})
	srv.HandleProxy("acme", u)
	return srv, u
}

// Which providers a loose percent sign stops at is said by their definitions, and by integrations that name a key.
func TestProxyReadsBodiesAsForms(t *testing.T) {
	proxyWith := func(key string, value map[string]any) map[string]any {
		return map[string]any{"proxy": map[string]any{key: value}}
	}
	named := map[string]string{"keyName": "X-Key", "baseUrl": "https://acme.example"}
	for name, test := range map[string]struct {
		integration nangotest.Integration
		definition  map[string]any
		reads       bool
	}{
		"nothing":                    {nangotest.Integration{Provider: "acme"}, nil, false},
		"a query of the definition":  {nangotest.Integration{Provider: "acme"}, proxyWith("query", map[string]any{"key": "${apiKey}"}), false},
		"headers of the definition":  {nangotest.Integration{Provider: "acme"}, proxyWith("headers", map[string]any{"x-key": "${apiKey}"}), true},
		"no headers, but said so":    {nangotest.Integration{Provider: "acme"}, proxyWith("headers", map[string]any{}), true},
		"the catalogue":              {nangotest.Integration{Provider: "sendgrid"}, nil, true},
		"a generic API":              {nangotest.Integration{Provider: "private-api-generic", Config: named}, nil, true},
		"a generic API with a query": {nangotest.Integration{Provider: "private-api-generic", Config: map[string]string{"keyName": "key", "keyPlacement": "query"}}, nil, true},
		"a generic API without key":  {nangotest.Integration{Provider: "private-api-generic"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			srv, u := provided(t, test.integration, test.definition)
			octets := http.Header{"Content-Type": {"application/octet-stream"}, "Nango-Proxy-Content-Type": {"text/plain"}}
			send := func(method, target, body string, header http.Header) (int, []arrived) {
				u.seen = nil
				resp, text := proxy(t, srv, method, target, body, header)
				if resp.StatusCode == 500 && method != "HEAD" {
					assert.Contains(t, text, `"code":"generic_error_support"`)
				}
				return resp.StatusCode, u.seen
			}
			for _, body := range []string{"100% sure", "%zz", "a=%E4", "%", "%c3=%a4", "\xff%"} {
				for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
					status, seen := send(method, "/a", body, octets)
					if test.reads && method != "DELETE" {
						assert.Equal(t, 500, status, "%s %q", method, body)
						assert.Empty(t, seen)
						continue
					}
					require.Equal(t, 200, status, "%s %q", method, body)
					assert.Equal(t, body, seen[0].body)
				}
			}
			for _, body := range []string{"a=%C3%A4&b=100%25+sure", "\xff\x00", "no sign"} {
				status, seen := send("POST", "/a", body, octets)
				require.Equal(t, 200, status)
				assert.Equal(t, body, seen[0].body)
			}
			status, _ := send("POST", "/a", `{"a":"100%"}`, http.Header{"Content-Type": {"application/json"}})
			assert.Equal(t, 200, status, "what is parsed is not read again")
			for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
				status, _ := send(method, "/a?q=%25", "", nil)
				assert.Equal(t, 200, status)
				status, _ = send(method, "/%ff", "", nil)
				assert.Equal(t, 500, status, "a path of no UTF-8 is for nobody")
			}
			if name != "a query of the definition" && name != "a generic API with a query" { // which are written anew
				status, _ := send("GET", "/a?q=%E4", "", nil)
				assert.Equal(t, map[bool]int{true: 500, false: 200}[test.reads], status)
			}
		})
	}
}

// A query of the definition makes the server write the whole query anew.
func TestProxyWritesQueriesAnew(t *testing.T) {
	srv, u := provided(t, nangotest.Integration{Provider: "acme"}, map[string]any{"proxy": map[string]any{"query": map[string]any{"key": "${apiKey}"}}})
	proxy(t, srv, "GET", "/a?x=a%20b~(%28%E4&key=mine&y=100%", "", nil)
	require.Len(t, u.seen, 1)
	assert.Equal(t, "GET /a?x=a+b%7E%28%28%EF%BF%BD&key=k&y=100%25 acme.example", u.seen[0].line)
}

// What the server makes of a multipart form, part by part.
func TestProxyRebuildsForms(t *testing.T) {
	srv, u := acme(t)
	part := func(header, body string) string {
		return "--BB\r\nContent-Disposition: " + header + "\r\n\r\n" + body + "\r\n"
	}
	for _, test := range []struct{ name, sent, arrives string }{ // nothing arrives of what is refused
		{"a field", part(`form-data; name="a"`, "1"), part(`form-data; name="a"`, "1")},
		{"files behind fields", part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: a/b", "1") + part(`form-data; name="a"`, "2"),
			part(`form-data; name="a"`, "2") + part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: a/b", "1")},
		{"numbers first", part(`form-data; name="b"`, "1") + part(`form-data; name="2"`, "2") + part(`form-data; name="1"`, "3"),
			part(`form-data; name="1"`, "3") + part(`form-data; name="2"`, "2") + part(`form-data; name="b"`, "1")},
		{"a file without a type", part(`form-data; name="f"; filename="1"`, "\xff"), part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: text/plain", "\xff")},
		{"a type with a parameter", part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: Text/CSV; charset=utf-8", "1"),
			part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: text/csv", "1")},
		{"a field's type", part("form-data; name=\"a\"\r\nContent-Type: application/json", "{}"), part(`form-data; name="a"`, "{}")},
		{"a field of bytes", part(`form-data; name="a"`, "\xff\xfe"), part(`form-data; name="a"`, "\ufffd\ufffd")},
		{"a folder", part("form-data; name=\"f\"; filename=\"d/1\"\r\nContent-Type: a/b", "1"), part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: a/b", "1")},
		{"names not ASCII", part("form-data; name=\"ä\"; filename=\"ü\"\r\nContent-Type: a/b", "1"), part("form-data; name=\"Ã¤\"; filename=\"Ã¼\"\r\nContent-Type: a/b", "1")},
		{"an extended file name", part("form-data; name=\"f\"; filename*=UTF-8''%C3%BC\r\nContent-Type: a/b", "1"), part("form-data; name=\"f\"; filename=\"ü\"\r\nContent-Type: a/b", "1")},
		{"an empty file name", part(`form-data; name="f"; filename=""`, "1"), part(`form-data; name="f"`, "1")},
		{"bytes without a file name", part("form-data; name=\"f\"\r\nContent-Type: application/octet-stream", "1") + part(`form-data; name="a"`, "2"), part(`form-data; name="a"`, "2")},
		{"another disposition", part("attachment; name=\"f\"", "1") + part(`form-data; name="a"`, "2"), part(`form-data; name="a"`, "2")},
		{"a name with a quote", part(`form-data; name="a\"b"; filename="c\"d"`, "1"), part("form-data; name=\"a%22b\"; filename=\"c%22d\"\r\nContent-Type: text/plain", "1")},
		{"a type with braces", part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: a/{b}", "1"), part("form-data; name=\"f\"; filename=\"1\"\r\nContent-Type: text/plain", "1")},
		{"a name twice", part(`form-data; name="a"`, "1") + part(`form-data; name="a"`, "2"), ""},
		{"brackets", part(`form-data; name="a[b]"`, "1"), ""},
		{"no name", part(`form-data`, "1"), ""},
		{"a long field", part(`form-data; name="a"`, strings.Repeat("x", 1<<20)), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			u.seen = nil
			resp, _ := proxy(t, srv, "POST", "/a", test.sent+"--BB--\r\n", http.Header{
				"Content-Type": {"multipart/form-data; boundary=BB"}, "Nango-Proxy-Content-Type": {"multipart/form-data"},
			})
			if test.arrives == "" {
				assert.Equal(t, 500, resp.StatusCode)
				assert.Empty(t, u.seen)
				return
			}
			require.Equal(t, 200, resp.StatusCode)
			_, boundary, ok := strings.Cut(u.seen[0].header["content-type"], "multipart/form-data; boundary=")
			require.True(t, ok)
			assert.Equal(t, test.arrives+"--BB--\r\n", strings.ReplaceAll(u.seen[0].body, boundary, "BB"))
		})
	}
}

// URL and headers of over 16 KiB get a 431, and nothing else.
func TestLongHeads(t *testing.T) {
	srv, u := acme(t)
	resp, body := proxy(t, srv, "GET", "/a", "", http.Header{"Nango-Proxy-X-A": {strings.Repeat("x", 16<<10)}})
	assert.Equal(t, 431, resp.StatusCode)
	assert.Empty(t, body)
	resp, _ = proxy(t, srv, "GET", "/"+strings.Repeat("x", 16<<10), "", nil)
	assert.Equal(t, 431, resp.StatusCode)
	assert.Empty(t, u.seen)
	resp, _ = proxy(t, srv, "GET", "/"+strings.Repeat("x", 8<<10), "", http.Header{"Nango-Proxy-X-A": {strings.Repeat("x", 7<<10)}})
	assert.Equal(t, 200, resp.StatusCode)
}

// How the provider frames a success decides what is left of it, and so does the server's release.
func TestProxyFraming(t *testing.T) {
	srv, u := acme(t)
	for _, version := range []string{nangotest.RecordedRelease, "0.71.6", "0.71.7", "0.71.10"} {
		srv.SetRelease(version)
		testProxyFraming(t, srv, u, version == "0.71.7" || version == "0.71.10")
	}
}

func testProxyFraming(t *testing.T, srv *nangotest.Server, u *upstream, keepsHeaders bool) {
	t.Helper()
	for _, status := range []int{200, 201, 202, 203, 204, 206, 207, 226, 300, 304, 404} {
		for framing, prepare := range map[string]func(w http.ResponseWriter){
			"length":     func(http.ResponseWriter) {},
			"chunked":    nil, // below, since it writes
			"attachment": func(w http.ResponseWriter) { w.Header().Set("Content-Disposition", "attachment; filename=a") },
			"neither":    func(w http.ResponseWriter) { w.Header().Set("Transfer-Encoding", "identity") },
		} {
			u.response = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Link", "<n>; rel=next")
				if prepare != nil {
					prepare(w)
				}
				w.WriteHeader(status)
				if prepare == nil {
					w.(http.Flusher).Flush()
				}
				_, _ = w.Write([]byte("body"))
			}
			resp, _ := proxy(t, srv, "GET", "/a", "", nil)
			bodiless := status == 204 || status == 304
			kept := status >= 300 || framing == "attachment" || framing == "chunked" && !bodiless
			want, link := status, "<n>; rel=next"
			if !kept {
				if !keepsHeaders {
					link = ""
				}
				if status != 204 {
					want = 200
				}
			}
			assert.Equal(t, want, resp.StatusCode, "%d %s", status, framing)
			assert.Equal(t, link, resp.Header.Get("Link"), "%d %s", status, framing)
		}
	}
}

// A form that the server wrote is read after the first attempt, so that a second one never ends.
func TestProxyNeverRetriesAForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, u := acme(t)
		u.response = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		body := "--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--BB--\r\n"
		req, err := http.NewRequestWithContext(ctx, "POST", "http://nango.test/proxy/a", strings.NewReader(body))
		require.NoError(t, err)
		req.Header = http.Header{
			"Authorization": {"Bearer " + srv.Key()}, "Provider-Config-Key": {"acme"}, "Connection-Id": {"c1"}, "Retries": {"3"},
			"Content-Type": {"multipart/form-data; boundary=BB"}, "Nango-Proxy-Content-Type": {"multipart/form-data"},
		}
		_, err = srv.HTTPClient().Do(req)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		synctest.Wait()
		assert.Len(t, u.seen, 1)
	})
}
