package nango_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// arrival is a request as the provider gets it.
type arrival struct {
	Method, Host, URI string
	Header            http.Header
	Body              string
}

// providerAPI is a provider behind a server in memory. It refuses a request without the customer's token.
type providerAPI struct {
	t       *testing.T
	srv     *nangotest.Server
	respond http.HandlerFunc // nil for an empty 200
	mu      sync.Mutex
	seen    []arrival
}

// The definitions of the providers that tests use: without and with headers.
var (
	plainProvider  = nangotest.Provider{Name: "plain", AuthMode: "OAUTH2", BaseURL: "https://api.test/v1"}
	headedProvider = nangotest.Provider{
		Name: "headed", AuthMode: "API_KEY", BaseURL: "https://api.test/v1",
		Definition: map[string]any{"proxy": map[string]any{"headers": map[string]any{
			"X-Key": "${apiKey}", "X-Version": "${connectionConfig.version} || 7", "Accept": "application/${connectionConfig.kind}", "X-Static": "s",
		}}},
	}
)

// provide serves a provider with an integration and a connection, both called "c".
func provide(t *testing.T, p nangotest.Provider) *providerAPI {
	t.Helper()
	a := &providerAPI{t: t, srv: nangotest.Start(t)}
	a.srv.AddProvider(p)
	a.srv.AddIntegration(nangotest.Integration{ID: "c", Provider: p.Name})
	credentials := nango.Credentials(&nango.OAuth2Credentials{AccessToken: nango.NewSecret("real-token"), RefreshToken: nango.NewSecret("r")})
	if p.AuthMode == "API_KEY" {
		credentials = &nango.APIKeyCredentials{APIKey: nango.NewSecret("real-token")}
	}
	a.srv.AddConnection(nangotest.Connection{IntegrationID: "c", ConnectionID: "c", Credentials: credentials})
	a.srv.HandleProxy("c", a)
	return a
}

func (a *providerAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	assert.NoError(a.t, err)
	a.mu.Lock()
	a.seen = append(a.seen, arrival{r.Method, r.Host, r.RequestURI, r.Header, string(body)})
	a.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer real-token" && r.Header.Get("X-Key") != "real-token" {
		w.WriteHeader(http.StatusUnauthorized)
	} else if a.respond != nil {
		a.respond(w, r)
	}
}

func (a *providerAPI) client(params *nango.TransportParams, opts ...nango.Option) *http.Client {
	return a.srv.Client(opts...).Connection("c", "c").HTTPClient(params)
}

// last returns the only request that has arrived since the last call.
func (a *providerAPI) last() arrival {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	require.Len(a.t, a.seen, 1)
	got := a.seen[0]
	a.seen = nil
	return got
}

func (a *providerAPI) nothing() {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	assert.Empty(a.t, a.seen)
	a.seen = nil
}

// ok sends a request that must succeed, and returns the body of the response.
func ok(t *testing.T, client *http.Client, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func request(t *testing.T, method, url, body string, header ...string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, r)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return req
}

// tracked is a body that counts how often it was closed.
type tracked struct {
	io.Reader
	mu     sync.Mutex
	closed int
}

func (b *tracked) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	return nil
}

func (b *tracked) closes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// A request that went through Nango is the one that went straight to the provider.
func TestTransportCarriesRequests(t *testing.T) {
	binary := "\x00\xff%zz&=\r\n" + strings.Repeat("x", 70_000)
	for name, tt := range map[string]struct {
		method, path, body string
		header             []string
	}{
		"GET":                   {"GET", "/v1/items?b=2&a=1&a=3", "", []string{"Accept", "application/xml", "User-Agent", "cli/1", "If-None-Match", `"e"`}},
		"HEAD":                  {"HEAD", "/v1/items", "", nil},
		"escapes":               {"GET", "/v1/a%2Fb/%20c/'x';,@:$%7Bx%7D?q=%20%2B+~()*&$f=?&e=", "", nil},
		"outside of the base":   {"GET", "/v2/items?x=1", "", nil},
		"the base alone":        {"GET", "/v1", "", nil},
		"a slash behind it":     {"GET", "/v1/", "", nil},
		"a query behind it":     {"GET", "/v1?x=1", "", nil},
		"a slash and a query":   {"GET", "/v1/?x=1", "", nil},
		"beside the base":       {"GET", "/v10/items", "", nil},
		"two slashes":           {"GET", "/v1//items//x/", "", nil},
		"the root":              {"GET", "/", "", nil},
		"POST":                  {"POST", "/v1/items", `{"a":12345678901234567890,"p":"1 < 2"}`, []string{"Content-Type", "application/json", "If-Match", `"m"`}},
		"PUT":                   {"PUT", "/v1/items", "text", []string{"Content-Type", "text/plain; charset=latin1"}},
		"PATCH":                 {"PATCH", "/v1/items", "a=1&b=%20+x", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		"DELETE with a body":    {"DELETE", "/v1/items", binary, []string{"Content-Type", "application/x"}},
		"a type without a body": {"GET", "/v1/items", "", []string{"Content-Type", "application/json"}},
		"headers":               {"GET", "/v1/items", "", []string{"X-Empty", "", "X-Umlaut", "ä", "Range", "bytes=0-1", "Traceparent", "00-1", "Mcp-Session-Id", "s", "Accept-Encoding", "identity"}},
	} {
		for _, p := range []nangotest.Provider{plainProvider, headedProvider} {
			t.Run(p.Name+" "+name, func(t *testing.T) {
				a := provide(t, p)
				ok(t, a.client(nil), request(t, tt.method, "https://api.test"+tt.path, tt.body, tt.header...))
				got := a.last()
				want := arrival{tt.method, "api.test", tt.path, http.Header{}, tt.body}
				for i := 0; i < len(tt.header); i += 2 {
					want.Header.Set(tt.header[i], tt.header[i+1])
				}
				for name := range got.Header {
					if addedByNango[name] && want.Header[name] == nil {
						delete(got.Header, name)
					}
				}
				assert.Equal(t, want, got)
			})
		}
	}
}

// addedByNango are the headers that Nango, its HTTP library and the definition add to a request for the provider.
var addedByNango = map[string]bool{
	"Authorization": true, "X-Key": true, "X-Version": true, "X-Static": true, "Accept": true, "Accept-Encoding": true, "User-Agent": true,
	"Connection": true, "Content-Length": true, "Content-Type": true,
}

// A body that a provider without headers gets is the body that was sent, whatever it is.
func TestTransportCarriesBodiesToProvidersWithoutHeaders(t *testing.T) {
	a := provide(t, plainProvider)
	client := a.client(nil)
	for contentType, body := range map[string]string{
		"application/json":                  "{ \"a\": \"100% sure\", \"b\": 9007199254740993 }",
		"multipart/form-data; boundary=b":   "--b\r\nContent-Disposition: form-data; name=\"ä[]\"\r\nX-A: 1\r\n\r\n%\r\n--b--\r\n",
		"multipart/related; boundary=b":     "--b\r\n\r\n%zz\r\n--b--\r\n",
		"application/x-www-form-urlencoded": "a=%E4&b=%",
		"image/png":                         "\x89PNG\x00\xff%zz",
	} {
		ok(t, client, request(t, "POST", "https://api.test/v1/x", body, "Content-Type", contentType))
		got := a.last()
		assert.Equal(t, body, got.Body, contentType)
		assert.Equal(t, []string{contentType}, got.Header["Content-Type"])
	}
	ok(t, client, request(t, "POST", "https://api.test/v1/x?q=%E4&r=100%&s=%zz", "no type"))
	got := a.last()
	assert.Equal(t, "no type", got.Body)
	assert.Equal(t, "application/octet-stream", got.Header.Get("Content-Type"))
	assert.Equal(t, "/v1/x?q=%E4&r=100%&s=%zz", got.URI)
}

// The caller's request is as it was, and the response names it.
func TestTransportLeavesTheRequestAlone(t *testing.T) {
	a := provide(t, headedProvider)
	body := &tracked{Reader: bytes.NewReader([]byte(`{"a":"%"}`))}
	req := request(t, "POST", "https://user:pw@api.test/v1/x?q=%20", "", "Authorization", "placeholder", "Cookie", "a=1", "Content-Type", "application/json")
	req.Body, req.ContentLength = body, 9
	before := req.Clone(t.Context())
	resp, err := a.srv.Client().Connection("c", "c").Transport(&nango.TransportParams{Rewrite: func(_, out *http.Request) error {
		out.Header.Set("X-New", "1")
		out.URL.RawQuery = "changed=1"
		return nil
	}}).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Same(t, req, resp.Request)
	assert.Equal(t, before.Header, req.Header)
	assert.Equal(t, before.URL, req.URL)
	assert.Same(t, body, req.Body)
	assert.EqualValues(t, 9, req.ContentLength)
	assert.Equal(t, 1, body.closes())
	got := a.last()
	assert.Equal(t, "/v1/x?changed=1", got.URI)
	assert.Equal(t, "1", got.Header.Get("X-New"))
	assert.Equal(t, `{"a":"\u0025"}`, got.Body)
}

// Nango would replace these words, also where they are only similar to its placeholders.
func TestTransportProtectsPlaceholders(t *testing.T) {
	a := provide(t, plainProvider)
	ok(t, a.client(nil), request(t, "GET", "https://api.test/v1/connectionConfig/${accessToken}?next=https://api.test/v1/x&q=${accessToken}&c=connectionConfig", ""))
	got, err := url.ParseRequestURI(a.last().URI)
	require.NoError(t, err)
	assert.Equal(t, "/v1/connectionConfig/${accessToken}", got.Path)
	assert.Equal(t, url.Values{"next": {"https://api.test/v1/x"}, "q": {"${accessToken}"}, "c": {"connectionConfig"}}, got.Query())
}

// A request that a server has received can be sent on as it is.
func TestTransportCarriesReceivedRequests(t *testing.T) {
	a := provide(t, plainProvider)
	received := httptest.NewRequestWithContext(t.Context(), "", "https://api.test/v1/x", http.NoBody)
	received.Method = "" // GET
	received.TransferEncoding = []string{"chunked"}
	var host string
	var encoding []string
	seen := roundTrip(func(r *http.Request) (*http.Response, error) {
		host, encoding = r.Host, r.TransferEncoding
		return a.srv.HTTPClient().Transport.RoundTrip(r)
	})
	handle := a.srv.Client(nango.WithHTTPClient(&http.Client{Transport: seen})).Connection("c", "c")
	resp, err := handle.Transport(nil).RoundTrip(received)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Empty(t, host, "Nango has a host of its own")
	assert.Empty(t, encoding)
	assert.Equal(t, "GET", a.last().Method)
}
