package nangotest_test

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// upstream is a provider that remembers what it was sent.
type upstream struct {
	response http.HandlerFunc // nil says {}
	seen     []arrived
}

type arrived struct {
	line   string // method, target and host
	header map[string]string
	body   string
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	header := map[string]string{}
	for name, values := range r.Header {
		header[strings.ToLower(name)] = strings.Join(values, "|")
	}
	u.seen = append(u.seen, arrived{r.Method + " " + r.RequestURI + " " + r.Host, header, string(body)})
	if u.response != nil {
		u.response(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{}"))
}

// acme is a server with one connection to a provider's API.
func acme(t *testing.T) (*nangotest.Server, *upstream) {
	srv, u := nangotest.Start(t), &upstream{}
	srv.AddIntegration(nangotest.Integration{ID: "acme", Provider: "private-api-bearer"})
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "acme", ConnectionID: "c1", Credentials: &nango.APIKeyCredentials{APIKey: nango.NewSecret("sk-1")},
	})
	srv.HandleProxy("acme", u)
	return srv, u
}

// proxy makes a call of the proxy as nobody should have to: header by header.
func proxy(t *testing.T, srv *nangotest.Server, method, target, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://nango.test", strings.NewReader(body))
	require.NoError(t, err)
	req.URL.Opaque = "/proxy" + target // which net/http sends as it is
	req.Header = http.Header{
		"Authorization": {"Bearer " + srv.Key()}, "Provider-Config-Key": {"acme"}, "Connection-Id": {"c1"}, "User-Agent": nil,
	}
	maps.Copy(req.Header, header)
	client := srv.HTTPClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(text)
}

// usual are the headers that reach a provider without anyone asking for them.
func usual(more ...string) map[string]string {
	header := map[string]string{
		"accept": "application/json, text/plain, */*", "accept-encoding": "gzip, compress, deflate, br", "user-agent": "axios/1.18.0",
		"connection": "keep-alive", "authorization": "Bearer sk-1",
	}
	for i := 0; i < len(more); i += 2 {
		if header[more[i]] = more[i+1]; more[i+1] == "" {
			delete(header, more[i])
		}
	}
	return header
}

func TestProxyTarget(t *testing.T) {
	srv, u := acme(t)
	for target, want := range map[string]string{
		"/a%2Fb/c%20d?x=1&x=2&y=%7Bz%7D&q=a+b": "/a%2Fb/c%20d?x=1&x=2&y=%7Bz%7D&q=a+b",
		"":                                     "/",
		"/":                                    "/",
		"//a//b/":                              "/a//b/",
		"/a/../b/./c/..":                       "/b/",
		"/a|b[0]?c[]=1":                        "/a|b[0]?c[]=1",
		"/https://my-private-api/v1?x":         "/v1?x",
		"/https://my-private-api.evil/v1":      "/.evil/v1", // the base's text is removed wherever it stands
		"/https://elsewhere/v1":                "/https://elsewhere/v1",
		"/k/${apiKey}/${nothing}":              "/k/sk-1/$%7Bnothing%7D",
		"/k/$%7BapiKey%7D":                     "/k/$%7BapiKey%7D",
		"/connectionConfig":                    "/connection_config",
	} {
		u.seen = nil
		proxy(t, srv, "GET", target, "", nil)
		assert.Equal(t, []arrived{{"GET " + want + " my-private-api", usual(), ""}}, u.seen, target)
	}
}

func TestProxyBaseURLOverride(t *testing.T) {
	srv, u := acme(t)
	elsewhere := &upstream{}
	srv.HandleHost("http://10.0.0.7:4010", elsewhere)
	header := http.Header{"Base-Url-Override": {"http://10.0.0.7:4010/v1/"}}
	var want []arrived
	for target, path := range map[string]string{
		"/a?b": "/v1/a?b", "": "/v1", "/http://10.0.0.7:4010/v1/a": "/v1/a", "/http://10.0.0.7:4010/v1?a": "/v1/?a",
		"/http://10.0.0.7:4010/v11": "/v1/http://10.0.0.7:4010/v11", "/https://my-private-api/a": "/v1/https://my-private-api/a",
	} {
		proxy(t, srv, "GET", target, "", header)
		want = append(want, arrived{"GET " + path + " 10.0.0.7:4010", usual(), ""})
	}
	assert.Equal(t, want, elsewhere.seen)
	proxy(t, srv, "GET", "/a", "", http.Header{"Base-Url-Override": {""}})
	proxy(t, srv, "GET", "/b", "", http.Header{"Base-Url-Override": {"https://MY-private-api/"}})
	assert.Equal(t, []arrived{{"GET /a my-private-api", usual(), ""}, {"GET /b my-private-api", usual(), ""}}, u.seen)
}

func TestProxyHeaders(t *testing.T) {
	srv, u := acme(t)
	proxy(t, srv, "GET", "/", "", http.Header{
		"Accept": {"text/plain"}, "User-Agent": {"me"}, "Cookie": {"a=b"}, "X-Mine": {"lost"},
		"Nango-Proxy-X-Mine": {"first", "last"}, "nango-proxy-accept": {"text/csv"}, "NANGO-PROXY-Host": {"other.example"},
	})
	proxy(t, srv, "GET", "/", "", http.Header{"Nango-Proxy-Authorization": {"Bearer mine"}, "Nango-Proxy-User-Agent": {"me"}})
	assert.Equal(t, []arrived{
		{"GET / other.example", usual("x-mine", "last", "accept", "text/csv"), ""},
		{"GET / my-private-api", usual("authorization", "Bearer mine", "user-agent", "me"), ""},
	}, u.seen)
}

const form = "--B\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n" +
	"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--B--\r\n"

// What a body becomes depends on two content types: the request's own, and the one that is meant for the provider.
func TestProxyBodies(t *testing.T) {
	boundary := regexp.MustCompile(`-{26}[0-9a-f]{24}`)
	for _, tt := range []struct{ name, method, own, proxied, body, wantType, want string }{
		{"no content type", "POST", "", "", "lost", "application/x-www-form-urlencoded", ""},
		{"no body", "PUT", "", "", "", "application/x-www-form-urlencoded", ""},
		{"JSON of no bytes", "PUT", "application/json", "", "", "application/json", "{}"},
		{"nothing to delete with", "DELETE", "", "", "", "", ""},
		{"JSON is written again", "POST", "application/json", "", ` { "b" : 9007199254740993, "2":[1.0,1e21,true,null], "1":"\u00fc\u2028</", "b":0.10 } `,
			"application/json", "{\"1\":\"ü\u2028</\",\"2\":[1,1e+21,true,null],\"b\":0.1}"},
		{"JSON of another name", "PATCH", "application/json; charset=utf-8", "application/merge-patch+json", `[1, 2]`, "application/merge-patch+json", `[1,2]`},
		{"JSON as a form", "POST", "application/json", "application/x-www-form-urlencoded", `{"a":[1,"x y"],"b":{"c":null,"d":[{"e":true}]}}`,
			"application/x-www-form-urlencoded", "a%5B%5D=1&a%5B%5D=x+y&b%5Bc%5D=&b%5Bd%5D%5B0%5D%5Be%5D=true"},
		{"form", "POST", "application/x-www-form-urlencoded", "", "a=1&b=x+y&a=2&c[d]=3&e[]=4&f[1]=5&g", "application/json",
			`{"a":["1","2"],"b":"x y","c":{"d":"3"},"e":["4"],"f":["5"],"g":""}`},
		{"form as a form", "POST", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "a=1&a=2&b=~*", "application/x-www-form-urlencoded", "a%5B%5D=1&a%5B%5D=2&b=%7E*"},
		{"multipart loses files", "POST", "multipart/form-data; boundary=B", "", form, "application/json", `{"k":"v"}`},
		{"multipart with a boundary for the provider loses files", "POST", "multipart/form-data; boundary=B", "multipart/form-data; boundary=B", form,
			"multipart/form-data; boundary=#", "--#\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--#--\r\n"},
		{"multipart is built again", "POST", "multipart/form-data; boundary=B", "multipart/form-data", form,
			"multipart/form-data; boundary=#", strings.ReplaceAll(form, "--B", "--#")},
		{"JSON as multipart", "POST", "application/json", "multipart/form-data", `{"k":"v","n":1.0}`, "multipart/form-data; boundary=#",
			"--#\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--#\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--#--\r\n"},
		{"octets", "POST", "application/octet-stream", "", "\x00\xff", "application/x-www-form-urlencoded", "\x00\xff"},
		{"octets to delete with", "DELETE", "application/octet-stream", "", "x", "", "x"},
		{"the envelope", "POST", "application/octet-stream", "application/json", `{"n":9007199254740993, "f":1.0}`, "application/json", `{"n":9007199254740993, "f":1.0}`},
		{"the envelope with a form", "PUT", "application/octet-stream", "multipart/related; boundary=B", form, "multipart/related; boundary=B", form},
		{"octets as multipart", "POST", "application/octet-stream", "multipart/form-data", "A", "multipart/form-data; boundary=#",
			"--#\r\nContent-Disposition: form-data; name=\"0\"\r\n\r\n65\r\n--#--\r\n"},
		{"JSON with a suffix is raw", "POST", "application/vnd.api+json", "", `{ "a": 1 }`, "application/x-www-form-urlencoded", `{ "a": 1 }`},
		{"a type of no family", "POST", "x-other/x-3dmf", "", "lost", "application/x-www-form-urlencoded", ""},
		{"families are told by their letters", "POST", "Text/plain", "", "lost", "application/x-www-form-urlencoded", ""},
		{"GET", "GET", "application/json", "", `{"a":1}`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, u := acme(t)
			header := http.Header{}
			for name, value := range map[string]string{"Content-Type": tt.own, "Nango-Proxy-Content-Type": tt.proxied} {
				if value != "" {
					header.Set(name, value)
				}
			}
			resp, _ := proxy(t, srv, tt.method, "/x", tt.body, header)
			require.Equal(t, http.StatusOK, resp.StatusCode)
			require.Len(t, u.seen, 1)
			delete(u.seen[0].header, "content-length")
			u.seen[0].body = boundary.ReplaceAllString(u.seen[0].body, "#")
			if kind, ok := u.seen[0].header["content-type"]; ok {
				u.seen[0].header["content-type"] = boundary.ReplaceAllString(kind, "#")
			}
			assert.Equal(t, arrived{tt.method + " /x my-private-api", usual("content-type", tt.wantType), tt.want}, u.seen[0])
		})
	}
}

func TestProxyBodiesThatBreakTheServer(t *testing.T) {
	for _, tt := range []struct{ name, method, own, proxied, body, code string }{
		{"multipart/related", "POST", "multipart/related; boundary=B", "", form, "generic_error_support"},
		{"multipart without an end", "POST", "multipart/form-data; boundary=B", "", "--B\r\n", "generic_error_support"},
		{"no body to make multipart of", "GET", "", "multipart/form-data", "", "generic_error_support"},
		{"a list in multipart", "POST", "application/json", "multipart/form-data", `{"a":[1]}`, "generic_error_support"},
		{"a truth value in multipart", "POST", "application/json", "multipart/form-data", `{"a":true}`, "generic_error_support"},
		{"a single value", "POST", "application/json", "", `"text"`, "invalid_json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, u := acme(t)
			header := http.Header{"Content-Type": {tt.own}}
			if tt.proxied != "" {
				header.Set("Nango-Proxy-Content-Type", tt.proxied)
			}
			_, body := proxy(t, srv, tt.method, "/x", tt.body, header)
			assert.Contains(t, body, `"code":"`+tt.code+`"`)
			assert.Empty(t, u.seen)
		})
	}
}

func TestProxySuccess(t *testing.T) {
	fixed := http.Header{"X-Request-Id": {"r"}, "X-Correlation-Id": {"c"}, "Mcp-Session-Id": {"m"}, "Link": {"<next>"}, "Location": {"/new"}}
	for _, tt := range []struct {
		name     string
		response http.HandlerFunc
		status   int
		header   http.Header
		body     string
	}{
		{"201 becomes 200", func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), fixed)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{ "n": 1.0 }`))
		}, 200, http.Header{
			"Content-Type": {"application/json"}, "X-Request-Id": {"r"}, "X-Correlation-Id": {"c"}, "Mcp-Session-Id": {"m"},
			"Content-Length": {"12"}, "Etag": {`W/"c-oZGC8UjTBw4KZkDJDPhHg/VO430"`},
		}, `{ "n": 1.0 }`},
		{"no content type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = w.Write([]byte(strings.Repeat("x", 5000)))
		}, 200, http.Header{"Content-Type": {"application/octet-stream"}, "Content-Length": {"5000"}, "Etag": {`W/"1388-wGih9U13lltCinlpElMTzimruTs"`}}, strings.Repeat("x", 5000)},
		{"204", func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), fixed)
			w.WriteHeader(http.StatusNoContent)
		}, 204, http.Header{}, ""},
		{"compressed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write([]byte("a,b"))
			z.Close()
		}, 200, http.Header{"Content-Type": {"text/csv"}, "Content-Length": {"3"}, "Etag": {`W/"3-XYsSQbBITdIMLP7Kb2kr7PurXRg"`}}, "a,b"},
		{"streamed", func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), fixed)
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusPartialContent)
			w.(http.Flusher).Flush()
			_, _ = w.Write([]byte("one"))
		}, 206, http.Header{
			"Content-Type": {"text/plain"}, "X-Request-Id": {"r"}, "X-Correlation-Id": {"c"}, "Mcp-Session-Id": {"m"}, "Link": {"<next>"}, "Location": {"/new"},
		}, "one"},
		{"a download", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Disposition", `Attachment; filename="a"`)
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte("one"))
		}, 201, http.Header{"Content-Type": {"text/plain"}, "Content-Disposition": {`Attachment; filename="a"`}, "Content-Length": {"3"}}, "one"},
		{"a failure keeps all but bytes that are no text", func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), http.Header{"Link": {"<next>"}, "Content-Type": {"text/plain; a=b; charset=latin1"}, "Retry-After": {"7"}, "X-Ratelimit-Limit": {"9"}})
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte("a\xff\xfe"))
		}, 429, http.Header{
			"Link": {"<next>"}, "Content-Type": {"text/plain; a=b; charset=utf-8"}, "Retry-After": {"7"}, "X-Ratelimit-Limit": {"9"}, "Content-Length": {"7"},
			"Etag": {`W/"7-AjsojFGREVcudSlrKN3YtLtXiFg"`},
		}, "a\ufffd\ufffd"},
		{"a failure does not stream", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusBadGateway)
			w.(http.Flusher).Flush()
			_, _ = w.Write([]byte("one"))
		}, 502, http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Content-Length": {"3"}, "Etag": {`W/"3-/gW83NxJKAEngaXxoqd8u1OY4QY"`}}, "one"},
		{"304 is none of a cache's", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"theirs"`)
			w.WriteHeader(http.StatusNotModified)
		}, 304, http.Header{"Etag": {`"theirs"`}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, u := acme(t)
			srv.SetRelease("0.71.6") // the last that drops headers
			srv.SetRateLimit(0)
			u.response = tt.response
			resp, body := proxy(t, srv, "GET", "/", "", nil)
			resp.Header.Del("Date")
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.header, resp.Header)
			assert.Equal(t, tt.body, body)
		})
	}
}

func TestProxyCredentials(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddProvider(nangotest.Provider{Name: "templated", AuthMode: "API_KEY", BaseURL: "https://${connectionConfig.region}.example", Definition: map[string]any{
		"proxy": map[string]any{
			"headers": map[string]any{
				"x-key": "${apiKey}", "x-region": "${connectionConfig.region}", "x-none": "${connectionConfig.none}", "user-agent": "template",
				"x-basic": "Basic ${base64(${apiKey}:)}", "x-either": "${credentials.none} || ${credentials.apiKey}",
			},
			"query": map[string]any{"key": "${apiKey}", "none": "${nothing}"},
			"body":  map[string]any{"key": "${apiKey}", "nested": map[string]any{"none": "${nothing}"}},
		},
	}})
	srv.AddIntegration(nangotest.Integration{ID: "templated", Provider: "templated"})
	srv.AddIntegration(nangotest.Integration{ID: "basic", Provider: "private-api-basic"})
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	for integration, credentials := range map[string]nango.Credentials{
		"templated": &nango.APIKeyCredentials{APIKey: nango.NewSecret("k")},
		"basic":     &nango.BasicCredentials{Username: nango.NewSecret("ann"), Password: nango.NewSecret("ü:")},
		"github":    &nango.OAuth2Credentials{AccessToken: nango.NewSecret("gho")},
	} {
		srv.AddConnection(nangotest.Connection{IntegrationID: integration, ConnectionID: "c1", Credentials: credentials, Config: map[string]any{"region": "eu"}})
	}
	for integration, want := range map[string]arrived{
		"templated": {"POST /a?a=b+c&key=k eu.example", usual("authorization", "", "content-length", "23", "content-type", "application/json",
			"x-key", "k", "x-region", "eu", "user-agent", "template", "x-basic", "Basic azo=", "x-either", "k"), `{"key":"k","mine":true}`},
		"basic": {"POST /a?a=b+c&key=mine my-private-api", usual("content-length", "26", "content-type", "application/json", "user-agent", "me",
			"authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("ann:ü:"))), `{"key":"mine","mine":true}`},
		"github": {"POST /a?a=b+c&key=mine api.github.com", usual("content-length", "26", "content-type", "application/json", "user-agent", "me",
			"authorization", "Bearer gho"), `{"key":"mine","mine":true}`},
	} {
		u := &upstream{}
		srv.HandleProxy(integration, u)
		_, err := srv.Client().Connection(integration, "c1").Proxy(t.Context(), nango.ProxyRequest{
			Method: "POST", Path: "/a?a=b+c&key=mine", JSON: map[string]any{"key": "mine", "mine": true}, PlainJSON: true,
			Header: http.Header{"User-Agent": {"me"}},
		})
		require.NoError(t, err)
		assert.Equal(t, []arrived{want}, u.seen)
	}
}
