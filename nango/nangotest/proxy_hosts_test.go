package nangotest_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// failing responds with each of the statuses in turn, then with 200; 0 drops the connection.
func failing(statuses ...int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		status := http.StatusOK
		if len(statuses) > 0 {
			status, statuses = statuses[0], statuses[1:]
		}
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(status)
	}
}

func TestProxyRetries(t *testing.T) {
	for _, tt := range []struct {
		name             string
		retries, retryOn string
		statuses         []int
		want, calls      int
		waited           time.Duration
	}{
		{"none unless asked", "", "", []int{503}, 503, 1, 0},
		{"empty is none", "", "503", []int{503}, 503, 1, 0},
		{"the wait doubles", "5", "", []int{500, 429, 401, 0}, 200, 5, (3 + 6 + 12 + 24) * time.Second},
		{"until they are used up", "2", "", []int{502, 503, 504, 500}, 504, 3, 9 * time.Second},
		{"not what is the caller's fault", "2", "", []int{404}, 404, 1, 0},
		{"but what the caller says", "2", "409,404", []int{404, 409}, 200, 3, 9 * time.Second},
		{"the longest is ten minutes", "9", "", []int{500, 500, 500, 500, 500, 500, 500, 500, 500}, 200, 10, (3+6+12+24+48+96+192+384)*time.Second + 10*time.Minute},
		{"parts of an attempt count as one", "0.5", "", []int{500}, 200, 2, 3 * time.Second},
		{"less than none breaks the server", "-1", "", nil, 500, 0, 0},
	} {
		for _, stopped := range []bool{true, false} {
			t.Run(tt.name+", clock stopped "+strconv.FormatBool(stopped), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					srv, u := acme(t)
					if stopped {
						srv.SetTime(srv.Now())
					}
					u.response = failing(tt.statuses...)
					header := http.Header{"Retries": {tt.retries}}
					if tt.retryOn != "" {
						header["Retry-On"] = []string{tt.retryOn}
					}
					server, real := srv.Now(), time.Now()
					resp, _ := proxy(t, srv, "GET", "/", "", header)
					assert.Equal(t, tt.want, resp.StatusCode)
					assert.Len(t, u.seen, tt.calls)
					assert.Equal(t, tt.waited, srv.Now().Sub(server))
					assert.Equal(t, stopped || tt.waited == 0, time.Since(real) == 0)
				})
			})
		}
	}
}

// A provider's definition can say what is worth another attempt, and where the provider says when.
func TestProxyRetriesOfTheProvider(t *testing.T) {
	srv, u := acme(t)
	srv.SetTime(srv.Now().Truncate(time.Second))
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c1"})
	srv.HandleProxy("github", u)
	began := srv.Now()
	for _, tt := range []struct {
		name   string
		status int
		header http.Header
		waited time.Duration
		calls  int
	}{
		{"a code of its own", 403, nil, 3 * time.Second, 2},
		{"a class of its own", 599, nil, 3 * time.Second, 2},
		{"none of its own", 404, nil, 0, 1},
		{"none remaining", 404, http.Header{"X-Ratelimit-Remaining": {"0"}}, 3 * time.Second, 2},
		{"at a second", 429, http.Header{"X-Ratelimit-Reset": {strconv.FormatInt(began.Unix()+75, 10)}}, 75 * time.Second, 2},
		{"at a millisecond", 429, http.Header{"X-Ratelimit-Reset": {strconv.FormatInt(began.UnixMilli()+30999, 10)}}, 30 * time.Second, 2},
		{"at a date", 429, http.Header{"X-Ratelimit-Reset": {began.Add(time.Hour).Format(time.RFC3339)}}, time.Hour, 2},
		{"in the past", 429, http.Header{"X-Ratelimit-Reset": {"1"}}, 3 * time.Second, 2},
	} {
		srv.SetTime(began)
		u.seen = nil
		failed := false
		u.response = func(w http.ResponseWriter, _ *http.Request) {
			if !failed {
				failed = true
				for name, values := range tt.header {
					w.Header()[name] = values
				}
				w.WriteHeader(tt.status)
			}
		}
		proxy(t, srv, "GET", "/", "", http.Header{"Provider-Config-Key": {"github"}, "Retries": {"1"}})
		assert.Equal(t, tt.waited, srv.Now().Sub(began), tt.name)
		assert.Len(t, u.seen, tt.calls, tt.name)
	}
}

func TestProxyRedirects(t *testing.T) {
	to := func(target string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/end" {
				http.Redirect(w, r, target, status)
			}
		}
	}
	kept, gone := usual("content-length", "1", "content-type", "text/plain", "x-mine", "1"), usual("x-mine", "1")
	elsewhere := usual("content-length", "1", "content-type", "text/plain", "x-mine", "1", "authorization", "")
	for _, tt := range []struct {
		name     string
		response http.HandlerFunc
		forward  string
		last     arrived
	}{
		{"302 becomes a GET", to("/end?a=%2F", 302), "", arrived{"GET /end?a=%2F my-private-api", gone, ""}},
		{"303 becomes a GET", to("end", 303), "", arrived{"GET /end my-private-api", gone, ""}},
		{"307 stays a POST", to("/end", 307), "", arrived{"POST /end my-private-api", kept, "x"}},
		{"308 loses the key to another host", to("http://other.example/end", 308), "", arrived{"POST /end other.example", elsewhere, "x"}},
		{"unless it is to go along", to("http://other.example/end", 307), "true", arrived{"POST /end other.example", kept, "x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, u := acme(t)
			u.response = tt.response
			srv.HandleHost("other.example", u)
			header := http.Header{"Content-Type": {"text/plain"}, "Nango-Proxy-Content-Type": {"text/plain"}, "Nango-Proxy-X-Mine": {"1"}}
			if tt.forward != "" {
				header.Set("Forward-Headers-On-Redirect", tt.forward)
			}
			resp, _ := proxy(t, srv, "POST", "/start", "x", header)
			assert.Equal(t, http.StatusOK, resp.StatusCode)
			require.Len(t, u.seen, 2)
			assert.Equal(t, arrived{"POST /start my-private-api", kept, "x"}, u.seen[0])
			assert.Equal(t, tt.last, u.seen[1])
		})
	}
}

// Failures of Nango's own have an envelope only where Nango did not call the provider.
func TestProxyFailures(t *testing.T) {
	notAllowed := `{"error":{"code":"base_url_override_not_allowed","message":"This outbound URL is not allowed by server configuration."}}`
	for _, tt := range []struct {
		name   string
		header http.Header
		status int
		want   string
	}{
		{"unknown integration", http.Header{"Provider-Config-Key": {"none"}}, 404, `{"error":{"code":"unknown_provider_config",` +
			`"message":"Provider config not found for the given provider config key. Please make sure the provider config exists in the Nango dashboard."}}`},
		{"unknown connection", http.Header{"Connection-Id": {"none"}}, 400, `{"error":{"code":"server_error","message":"Failed to get connection"}}`},
		{"no integration", http.Header{"Provider-Config-Key": nil}, 400,
			`{"error":{"code":"invalid_headers","errors":[{"code":"invalid_type","message":"Invalid input: expected string, received undefined","path":["provider-config-key"]}]}}`},
		{"no base URL", http.Header{"Provider-Config-Key": {"unauthenticated"}}, 400, `{"error":{"code":"unsupported_provider","message":"unsupported_provider"}}`},
		{"loopback", http.Header{"Base-Url-Override": {"http://127.0.0.1:80"}}, 400, notAllowed},
		{"private", http.Header{"Base-Url-Override": {"http://192.168.0.1"}}, 400, notAllowed},
		{"mapped", http.Header{"Base-Url-Override": {"http://[::ffff:100.64.0.1]"}}, 400, notAllowed},
		{"shared", http.Header{"Base-Url-Override": {"http://100.64.0.1"}}, 400, notAllowed},
		{"a name that does not resolve", http.Header{"Base-Url-Override": {"https://nowhere.example"}}, 400,
			strings.Replace(notAllowed, "configuration.", `configuration. (nangotest: the test has no handler for the host \"nowhere.example\": HandleHost takes one)`, 1)},
		{"refused", http.Header{"Base-Url-Override": {"http://192.0.2.1"}}, 500, `{"code":"ECONNREFUSED","message":"connect ECONNREFUSED 192.0.2.1:80","method":"get"}`},
		{"refused by a host that is known", http.Header{"Base-Url-Override": {"https://10.0.0.7/v1"}}, 500,
			`{"code":"ECONNREFUSED","message":"connect ECONNREFUSED 10.0.0.7:443","method":"get"}`},
		{"dropped", http.Header{"Base-Url-Override": {"http://10.0.0.7:4010/drop"}}, 500, `{"code":"ECONNRESET","message":"socket hang up","method":"get"}`},
		{"turned in circles", http.Header{"Base-Url-Override": {"http://10.0.0.7:4010/turn"}}, 500,
			`{"code":"ERR_FR_TOO_MANY_REDIRECTS","message":"Maximum number of redirects exceeded","method":"get"}`},
		{"led into the house", http.Header{"Base-Url-Override": {"http://10.0.0.7:4010/inside"}}, 400, notAllowed},
		{"broken off", http.Header{"Base-Url-Override": {"http://10.0.0.7:4010/short"}}, 500, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, u := acme(t)
			srv.AddIntegration(nangotest.Integration{Provider: "unauthenticated"})
			srv.AddConnection(nangotest.Connection{IntegrationID: "unauthenticated", ConnectionID: "c1"})
			srv.HandleHost("http://10.0.0.7:4010", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/turn":
					u.seen = append(u.seen, arrived{})
					http.Redirect(w, r, "/turn", http.StatusFound)
				case "/inside":
					http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
				case "/short":
					w.Header().Set("Content-Length", "3")
					_, _ = w.Write([]byte("ab"))
				default:
					panic(http.ErrAbortHandler)
				}
			}))
			resp, body := proxy(t, srv, "GET", "", "", tt.header)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.want, body)
			if tt.name == "turned in circles" {
				assert.Len(t, u.seen, 6)
			} else {
				assert.Empty(t, u.seen)
			}
		})
	}
}

// The proxy refreshes credentials before it calls, and says with other words than the connection's endpoint that it cannot.
func TestProxyRefreshes(t *testing.T) {
	srv, u := acme(t)
	srv.SetTime(srv.Now())
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	c := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c1", Credentials: &nango.OAuth2Credentials{
		AccessToken: nango.NewSecret("old"), RefreshToken: nango.NewSecret("rt"), ExpiresAt: srv.Now().Add(time.Hour),
	}})
	srv.HandleProxy("github", u)
	h := srv.Client().Connection("github", "c1")
	call := func() error {
		resp, err := h.Proxy(t.Context(), nango.ProxyRequest{Path: "/user", Retries: 1})
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	require.NoError(t, call())
	srv.Inject(nangotest.Rule{Operation: "proxyGet", Nth: 1}, nangotest.ExpiredToken())
	require.NoError(t, call())
	c.ExpireToken()
	c.FailRefresh(400, "revoked")
	err := call()
	require.ErrorIs(t, err, nango.ErrRefreshFailed)
	failure, _ := errors.AsType[*nango.Error](err)
	assert.Equal(t, []any{400, "server_error", "Failed to get connection credentials: 'revoked'"}, []any{failure.StatusCode, failure.Code, failure.Message})
	err = call()
	failure, _ = errors.AsType[*nango.Error](err)
	require.ErrorIs(t, err, nango.ErrRefreshFailed)
	assert.Equal(t, []any{424, "connection_refresh_backoff"}, []any{failure.StatusCode, failure.Code})
	var tokens []string
	for _, seen := range u.seen {
		tokens = append(tokens, seen.header["authorization"])
	}
	assert.Equal(t, []string{"Bearer old", "Bearer refreshed-token-1"}, tokens)
}

// Nango's response to HEAD has a length and an ETag of its own.
func TestProxyHeadAndETag(t *testing.T) {
	srv, u := acme(t)
	srv.SetRateLimit(0)
	u.response = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		_, _ = io.WriteString(w, "a,b")
	}
	resp, body := proxy(t, srv, "HEAD", "/", "", nil)
	resp.Header.Del("Date")
	assert.Empty(t, body)
	assert.Equal(t, http.Header{"Content-Type": {"text/csv"}, "Content-Length": {"0"}, "Etag": {`W/"0-2jmj7l5rSw0yVb/vlWAYkK/YBwk"`}}, resp.Header)
	assert.Len(t, u.seen, 1)
	assert.Equal(t, "HEAD / my-private-api", u.seen[0].line)
}

func TestHandlersAreTakenAway(t *testing.T) {
	srv, u := acme(t)
	override := http.Header{"Base-Url-Override": {"http://other.example"}}
	statuses := func() (got [2]int) {
		for i, header := range []http.Header{nil, override} {
			resp, _ := proxy(t, srv, "GET", "/", "", header)
			got[i] = resp.StatusCode
		}
		return got
	}
	removeOld, removeOldHost := srv.HandleProxy("acme", u), srv.HandleHost("other.example", u)
	remove, removeHost := srv.HandleProxy("acme", u), srv.HandleHost("other.example", u)
	removeOld()
	removeOldHost()
	assert.Equal(t, [2]int{200, 200}, statuses(), "those that took the place of the old ones are there")
	remove()
	assert.Equal(t, [2]int{400, 200}, statuses())
	removeHost()
	removeHost()
	assert.Equal(t, [2]int{400, 400}, statuses())

	srv.SetWebhookHandler(u)
	srv.SetWebhookURL("")
	assert.Panics(t, func() { srv.SendWebhook("x") })
}

// Between attempts that are more than a minute apart the credentials are looked at again.
func TestProxyRefreshesBetweenAttempts(t *testing.T) {
	for lifetime, want := range map[time.Duration]string{time.Hour: "Bearer at", 15*time.Minute + 30*time.Second: "Bearer refreshed-token-1"} {
		srv, u := acme(t)
		srv.SetTime(srv.Now())
		srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
		srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c1", Credentials: &nango.OAuth2Credentials{
			AccessToken: nango.NewSecret("at"), RefreshToken: nango.NewSecret("rt"), ExpiresAt: srv.Now().Add(lifetime),
		}})
		u.response = failing(500, 500, 500, 500, 500)
		srv.HandleProxy("github", u)
		resp, _ := proxy(t, srv, "GET", "/", "", http.Header{"Provider-Config-Key": {"github"}, "Retries": {"5"}})
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		require.Len(t, u.seen, 6)
		assert.Equal(t, "Bearer at", u.seen[4].header["authorization"])
		assert.Equal(t, want, u.seen[5].header["authorization"])
	}
}

// What streams arrives as it comes, and breaks off where the provider breaks off.
func TestProxyStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, u := acme(t)
		u.response = func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			for _, word := range []string{"one", "two"} {
				time.Sleep(time.Minute)
				_, _ = io.WriteString(w, word)
				w.(http.Flusher).Flush()
			}
			panic(http.ErrAbortHandler)
		}
		began := time.Now()
		resp, err := srv.Client().Connection("acme", "c1").Proxy(t.Context(), nango.ProxyRequest{Path: "/"})
		require.NoError(t, err)
		defer resp.Body.Close()
		assert.Zero(t, time.Since(began))
		b := make([]byte, 3)
		for i, word := range []string{"one", "two"} {
			_, err = io.ReadFull(resp.Body, b)
			require.NoError(t, err)
			assert.Equal(t, word, string(b))
			assert.Equal(t, time.Duration(i+1)*time.Minute, time.Since(began))
		}
		_, err = resp.Body.Read(b)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}
