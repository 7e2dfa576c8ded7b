package nangooauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangooauth"
	"github.com/nango-go/sdk/nango/nangotest"
)

// customer is a connection whose token "first" expires after an hour.
type customer struct {
	srv  *nangotest.Server
	here *nangotest.ConnectionHandle
	*nango.ConnectionHandle
}

func withCustomer(t *testing.T, test func(t *testing.T, c *customer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.AddIntegration(nangotest.Integration{Provider: "github"})
		here := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c", Credentials: &nango.OAuth2Credentials{
			AccessToken: nango.NewSecret("first"), RefreshToken: nango.NewSecret("r"), ExpiresAt: time.Now().Add(time.Hour),
		}})
		client := srv.Client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
		test(t, &customer{srv, here, client.Connection("github", "c")})
	})
}

// provider is the API that the requests are for. It responds with 401 to other tokens than good.
type provider struct {
	good string

	mu     sync.Mutex
	got    []string // method, URL, Authorization and body of each request
	bodies []*responseBody
}

// responseBody is the body of a response.
type responseBody struct {
	strings.Reader
	closed bool
}

func (b *responseBody) Close() error {
	b.closed = true
	return nil
}

func (p *provider) RoundTrip(req *http.Request) (*http.Response, error) {
	text := req.Method + " " + req.URL.String() + " " + req.Header.Get("Authorization")
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body.Close()
		text += " " + string(body)
	}
	body := &responseBody{Reader: *strings.NewReader("Bad credentials")}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got, p.bodies = append(p.got, text), append(p.bodies, body)
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: req}
	if location := req.URL.Query().Get("to"); location != "" {
		resp.StatusCode = http.StatusFound
		resp.Header.Set("Location", location)
	} else if req.Header.Get("Authorization") != "Bearer "+p.good {
		resp.StatusCode = http.StatusUnauthorized
	}
	return resp, nil
}

func (p *provider) client(c *customer) *http.Client {
	return nangooauth.HTTPClient(c.ConnectionHandle, &nangooauth.HTTPClientParams{Transport: p})
}

// forced returns how many of the requests to Nango forced a refresh.
func (c *customer) forced() (n int) {
	for _, r := range c.srv.Requests("getConnection") {
		if strings.Contains(r.Target, "force_refresh=true") {
			n++
		}
	}
	return n
}

const target = "https://api.example.com/a"

func post(t *testing.T, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, body)
	require.NoError(t, err)
	return req
}

func TestHTTPClient(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		p := &provider{good: "first"}
		req := post(t, strings.NewReader("body"))
		req.Header.Set("Authorization", "placeholder")
		before := req.Header.Clone()
		resp, err := p.client(c).Do(req)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Equal(t, []string{"POST " + target + " Bearer first body"}, p.got)
		assert.Equal(t, before, req.Header)
		assert.Equal(t, before, resp.Request.Header, "nobody finds the token in the response")

		for range 2 {
			_, err = p.client(c).Get(target)
			require.NoError(t, err)
		}
		assert.Len(t, c.srv.Requests("getConnection"), 1, "clients of one connection share its token")
		time.Sleep(5*time.Minute + 1)
		_, err = p.client(c).Get(target)
		require.NoError(t, err)
		assert.Len(t, c.srv.Requests("getConnection"), 2)
		time.Sleep(time.Minute + 1)
		_, err = nangooauth.HTTPClient(c.ConnectionHandle, &nangooauth.HTTPClientParams{Transport: p, MaxAge: time.Minute}).Get(target)
		require.NoError(t, err)
		assert.Len(t, c.srv.Requests("getConnection"), 3)
	})
}

// A refused token is replaced, and the request is sent again as it was.
func TestHTTPClientAfter401(t *testing.T) {
	for name, body := range map[string]io.Reader{" body": strings.NewReader("body"), "": nil, " ": http.NoBody} {
		t.Run(name, func(t *testing.T) {
			withCustomer(t, func(t *testing.T, c *customer) {
				p := &provider{good: "refreshed-token-1"}
				resp, err := p.client(c).Do(post(t, body))
				require.NoError(t, err)
				assert.Equal(t, http.StatusOK, resp.StatusCode)
				want := []string{"POST " + target + " Bearer first", "POST " + target + " Bearer refreshed-token-1"}
				for i := range want {
					if body == http.NoBody {
						p.got[i] = strings.TrimSuffix(p.got[i], " ")
					} else {
						want[i] += name
					}
				}
				assert.Equal(t, want, p.got)
				assert.True(t, p.bodies[0].closed)
				assert.False(t, p.bodies[1].closed)
				assert.Equal(t, 1, c.forced())
			})
		})
	}
}

// A thousand requests whose token is refused at once cause one refresh.
func TestHTTPClientAfterMany401(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		p := &provider{good: "refreshed-token-1"}
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				resp, err := p.client(c).Get(target)
				if assert.NoError(t, err) {
					assert.Equal(t, http.StatusOK, resp.StatusCode)
				}
			})
		}
		all.Wait()
		assert.Equal(t, 1, c.forced())
	})
}

// Where sending it again is of no use or not possible, the provider's 401 is returned, whole.
func TestHTTPClientReturns401(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*customer, *http.Request)
		sent   int
		forced int
	}{
		"there is no other token": {func(c *customer, _ *http.Request) {
			c.here.SetCredentials(&nango.OAuth2Credentials{AccessToken: nango.NewSecret("only")})
		}, 1, 1},
		"the body cannot be sent again":   {func(_ *customer, r *http.Request) { r.GetBody = nil }, 1, 0},
		"the other token is refused, too": {func(*customer, *http.Request) {}, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			withCustomer(t, func(t *testing.T, c *customer) {
				p := &provider{good: "none"}
				req := post(t, strings.NewReader("body"))
				test.change(c, req)
				resp, err := p.client(c).Do(req)
				require.NoError(t, err)
				assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, "Bad credentials", string(text))
				assert.Len(t, p.got, test.sent)
				assert.Equal(t, test.forced, c.forced())
			})
		})
	}
}

// A body that could not be sent again still costs the refused token: the next request has a fresh one.
func TestHTTPClientAfter401WithoutGetBody(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		p := &provider{good: "refreshed-token-1"}
		resp, err := p.client(c).Do(post(t, io.MultiReader(strings.NewReader("body"))))
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
		resp, err = p.client(c).Do(post(t, io.MultiReader(strings.NewReader("body"))))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	})
}

// requestBody is a body of a request that says whether it was closed.
type requestBody struct {
	io.Reader
	closed bool
}

func (b *requestBody) Close() error {
	b.closed = true
	return nil
}

func TestHTTPClientErrors(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		p := &provider{good: "none"}
		req := post(t, strings.NewReader("body"))
		req.GetBody = func() (io.ReadCloser, error) { return nil, io.ErrUnexpectedEOF }
		_, err := p.client(c).Do(req)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.True(t, p.bodies[0].closed)

		time.Sleep(time.Minute)
		c.here.FailRefresh(400, "invalid_grant")
		_, err = p.client(c).Do(post(t, strings.NewReader("body")))
		assert.ErrorIs(t, err, nango.ErrRefreshFailed)
		assert.ErrorContains(t, err, "nangooauth: the provider responded with 401, and there is no fresh token: nango: ")
		assert.Len(t, p.got, 2)
		assert.True(t, p.bodies[1].closed)

		body := &requestBody{Reader: strings.NewReader("body")}
		_, err = p.client(c).Do(post(t, body))
		assert.ErrorIs(t, err, nango.ErrRefreshFailed)
		assert.True(t, body.closed)
		assert.Len(t, p.got, 2, "without a token nothing is sent")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = p.client(c).Do(post(t, nil).WithContext(ctx))
		assert.ErrorIs(t, err, context.Canceled)

		for name, client := range map[string]*http.Client{
			"connection": nangooauth.HTTPClient(nil, nil),
			"MaxAge":     nangooauth.HTTPClient(c.ConnectionHandle, &nangooauth.HTTPClientParams{MaxAge: -1}),
		} {
			_, err = client.Get(target)
			refused, ok := errors.AsType[*nango.ArgumentError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, name, refused.Name)
		}
	})
}

// The token follows a redirect only within the scheme, host and port of the request, and never returns from elsewhere.
func TestHTTPClientRedirects(t *testing.T) {
	const there = "https://files.example.com/x"
	for to, got := range map[string][]string{
		"/b":                         {"https://api.example.com/b Bearer first"},
		"https://API.example.com/b":  {"https://API.example.com/b Bearer first"},
		there:                        {there + " "},
		"http://api.example.com/b":   {"http://api.example.com/b "},
		"https://api.example.com:1/": {"https://api.example.com:1/ "},
		"https://x.api.example.com/": {"https://x.api.example.com/ "},
		there + "?to=" + target:      {there + "?to=" + target + " ", target + " "},
		there + "?to=" + there:       {there + "?to=" + there + " ", there + " "},
	} {
		t.Run(to, func(t *testing.T) {
			withCustomer(t, func(t *testing.T, c *customer) {
				p := &provider{good: "first"}
				first := target + "?to=" + strings.NewReplacer("?", "%3F").Replace(to)
				resp, err := p.client(c).Get(first)
				require.NoError(t, err)
				for i, last := range p.got[1:] {
					assert.Equal(t, "GET "+got[i], last)
				}
				assert.Len(t, p.got, 1+len(got))
				assert.Equal(t, strings.HasSuffix(got[0], "first"), resp.StatusCode == http.StatusOK, "a 401 without our token is not about it")
				assert.Zero(t, c.forced())
			})
		})
	}
}

// A request that was not made for http.Client may lack headers.
func TestHTTPClientWithoutHeader(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		p := &provider{good: "first"}
		req := post(t, nil)
		req.Header = nil
		resp, err := p.client(c).Transport.RoundTrip(req)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Nil(t, req.Header)
	})
}

type idle struct {
	http.RoundTripper
	closed int
}

func (i *idle) CloseIdleConnections() { i.closed++ }

func TestHTTPClientCloseIdleConnections(t *testing.T) {
	next := &idle{}
	nangooauth.HTTPClient(nil, &nangooauth.HTTPClientParams{Transport: next}).CloseIdleConnections()
	assert.Equal(t, 1, next.closed)
	nangooauth.HTTPClient(nil, &nangooauth.HTTPClientParams{Transport: &provider{}}).CloseIdleConnections()
}
