package clients_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

const (
	token       = "the-customers-token"
	placeholder = "placeholder"
)

// provider is the API of a provider. It knows its requests in advance, byte for byte, and fails the test for any other.
type provider struct {
	t       *testing.T
	chunked bool
	public  bool // it takes requests without a token, and no others
	mu      sync.Mutex
	known   map[string][]*exchange // by request line
	seen    int
}

// exchange is a request that a provider knows, and its response.
type exchange struct {
	line     string // "POST /repos/o/r/issues"
	body     string // of the request
	header   http.Header
	check    func(*testing.T, *http.Request, string) // in place of body
	status   int
	response string // the body of the response
}

// on adds an exchange. Several of one request line are for as many requests, in turn; the last one repeats.
func (p *provider) on(e exchange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[e.line] = append(p.known[e.line], &e)
}

func (p *provider) next(line string) *exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	list := p.known[line]
	if len(list) == 0 {
		return nil
	}
	if len(list) > 1 {
		p.known[line] = list[1:]
	}
	return list[0]
}

func (p *provider) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	assert.NoError(p.t, err)
	body, line := string(data), r.Method+" "+r.RequestURI
	for name, values := range r.Header {
		assert.NotContains(p.t, strings.Join(values, " "), placeholder, "%s: %s", line, name)
	}
	assert.NotContains(p.t, r.RequestURI+body, placeholder, line)
	want := "Bearer " + token
	if p.public {
		want = ""
	}
	if !assert.Equal(p.t, want, r.Header.Get("Authorization"), line) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	e := p.next(line)
	if !assert.NotNil(p.t, e, "%s is not expected", line) {
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	if e.check != nil {
		e.check(p.t, r, body)
	} else {
		assert.Equal(p.t, e.body, body, line)
	}
	for name, values := range e.header {
		w.Header()[name] = values
	}
	if e.status == 0 {
		e.status = http.StatusOK
	}
	if p.chunked && e.status != http.StatusNoContent {
		w.WriteHeader(e.status)
		_ = http.NewResponseController(w).Flush()
	} else if e.status != http.StatusNoContent && e.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(e.response)))
		w.WriteHeader(e.status)
	} else {
		w.WriteHeader(e.status)
	}
	_, _ = io.WriteString(w, e.response)
}

// setting is a server with a provider behind it, and the connection "c" of the integration "c".
type setting struct {
	t               *testing.T
	srv             *nangotest.Server
	client          *nango.Client
	api             *provider
	headed, chunked bool
	forwards        bool // the server forwards the headers of all successes
}

// with returns a setting whose provider has a base URL, behind the newest server.
func with(t *testing.T, baseURL string, headed, chunked bool) *setting {
	t.Helper()
	s := &setting{t: t, srv: nangotest.Start(t), headed: headed, chunked: chunked, forwards: true}
	p := nangotest.Provider{Name: "p", AuthMode: "OAUTH2", BaseURL: baseURL}
	credentials := nango.Credentials(&nango.OAuth2Credentials{AccessToken: nango.NewSecret(token)})
	if headed {
		p.AuthMode = "API_KEY"
		p.Definition = map[string]any{"proxy": map[string]any{"headers": map[string]any{"authorization": "Bearer ${apiKey}"}}}
		credentials = &nango.APIKeyCredentials{APIKey: nango.NewSecret(token)}
	}
	s.srv.AddProvider(p)
	s.srv.AddIntegration(nangotest.Integration{ID: "c", Provider: "p"})
	s.srv.AddConnection(nangotest.Connection{IntegrationID: "c", ConnectionID: "c", Credentials: credentials})
	s.api = s.provider(false)
	s.srv.HandleProxy("c", s.api)
	s.client = s.srv.Client()
	return s
}

// each runs a test in all settings.
func each(t *testing.T, baseURL string, test func(t *testing.T, s *setting)) {
	for _, headed := range []bool{false, true} {
		for _, chunked := range []bool{false, true} {
			name := map[bool]string{false: "without headers", true: "with headers"}[headed] + ", " + map[bool]string{false: "a length", true: "chunked"}[chunked]
			t.Run(name, func(t *testing.T) { test(t, with(t, baseURL, headed, chunked)) })
			t.Run(name+", older server", func(t *testing.T) {
				s := with(t, baseURL, headed, chunked)
				s.srv.SetRelease(nangotest.RecordedRelease)
				s.forwards = false
				test(t, s)
			})
		}
	}
}

func (s *setting) provider(public bool) *provider {
	return &provider{t: s.t, chunked: s.chunked, public: public, known: map[string][]*exchange{}}
}

// host serves a host beside that of the provider's API. A public one takes no token.
func (s *setting) host(name string, public bool) *provider {
	p := s.provider(public)
	s.srv.HandleHost(name, p)
	return p
}

func (s *setting) http(params *nango.TransportParams) *http.Client {
	return s.client.Connection("c", "c").HTTPClient(params)
}

// keepsHeaders reports whether the headers of a success arrive.
func (s *setting) keepsHeaders() bool { return s.chunked || s.forwards }

// arrives returns the text of JSON with percent signs as it reaches the provider.
func (s *setting) arrives(text string) string {
	if !s.headed {
		return text
	}
	return strings.NewReplacer("%", `\u0025`, "&", `\u0026`, "=", `\u003d`).Replace(text)
}

func requireLoosePercent(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, nango.ErrLoosePercent)
}

const jsonType = "application/json; charset=utf-8"

func jsonHeader(more ...string) http.Header {
	header := http.Header{"Content-Type": {jsonType}}
	for i := 0; i < len(more); i += 2 {
		header.Set(more[i], more[i+1])
	}
	return header
}
