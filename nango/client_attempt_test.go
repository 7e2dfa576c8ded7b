package nango

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A POST on the wire: what counts is how often the server carried it out.

// quiet keeps the servers of these tests from telling of handshakes that were meant to fail.
var quiet = log.New(io.Discard, "", 0)

// tlsServer counts requests and lets a test spoil the first connections before TLS begins.
func tlsServer(t *testing.T, spoil func(n int64, conn net.Conn) bool) (url string, roots *x509.CertPool, executed, accepted *atomic.Int64) {
	t.Helper()
	executed, accepted = new(atomic.Int64), new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		executed.Add(1)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"a":1}`)
	}))
	server.Config.ErrorLog = quiet
	server.Listener = &spoiling{server.Listener, accepted, spoil}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots = x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL, roots, executed, accepted
}

type spoiling struct {
	net.Listener
	accepted *atomic.Int64
	spoil    func(n int64, conn net.Conn) bool
}

func (l *spoiling) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.spoil(l.accepted.Add(1), conn) {
			return conn, err
		}
	}
}

func trusting(roots *x509.CertPool) *http.Transport {
	transport := newTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	return transport
}

func TestHandshakesThatFailAreRepeated(t *testing.T) {
	for name, bytes := range map[string]string{
		"closed": "", "an alert": "\x15\x03\x03\x00\x02\x02\x50", "plain HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n",
	} {
		for _, target := range []string{"/action/trigger", "/proxy/x"} {
			t.Run(name+" "+target, func(t *testing.T) {
				base, roots, executed, accepted := tlsServer(t, func(n int64, conn net.Conn) bool {
					if n > 1 {
						return false
					}
					go func() {
						conn.Read(make([]byte, 4<<10))
						io.WriteString(conn, bytes)
						conn.Close()
					}()
					return true
				})
				transport := trusting(roots)
				defer transport.CloseIdleConnections()
				client, err := New(testKey, WithBaseURL(base), WithHTTPClient(&http.Client{Transport: transport}), WithRetry(RetryPolicy{BaseDelay: 1}))
				require.NoError(t, err)
				resp, err := send(t.Context(), client, "POST", target, `{}`)
				require.NoError(t, err)
				resp.Body.Close()
				assert.EqualValues(t, 1, executed.Load())
				assert.EqualValues(t, 2, accepted.Load())
			})
		}
	}
}

func TestCertificatesAreNotTriedAgain(t *testing.T) {
	base, _, executed, accepted := tlsServer(t, func(int64, net.Conn) bool { return false })
	client, err := New(testKey, WithBaseURL(base), WithHTTPClient(&http.Client{Transport: trusting(x509.NewCertPool())}), WithRetry(RetryPolicy{BaseDelay: 1}))
	require.NoError(t, err)
	for _, method := range []string{"GET", "POST"} {
		before := accepted.Load()
		target := map[string]string{"GET": "/connections/a", "POST": "/action/trigger"}[method]
		_, err = send(t.Context(), client, method, target, "")
		assert.ErrorContains(t, err, "certificate")
		assert.EqualValues(t, 1, accepted.Load()-before, method)
	}
	assert.Zero(t, executed.Load())
}

func TestRefusedConnectIsNamedAndRepeated(t *testing.T) {
	base, roots, executed, _ := tlsServer(t, func(int64, net.Conn) bool { return false })
	var asked atomic.Int64
	refusal := ""
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			io.WriteString(conn, "HTTP/1.1 "+refusal+"\r\nContent-Length: 0\r\n\r\n")
			conn.Close()
		}
	}))
	defer proxy.Close()
	for name, test := range map[string]struct {
		hook           bool
		refusal, wants string
	}{
		"our transport": {true, "407 Proxy Authentication Required", "407 Proxy Authentication Required"}, "another": {false, "407 Proxy Authentication Required", "Proxy Authentication Required"},
		"another, in words of its own": {false, "403 Xyz Foo", "Xyz Foo"},
	} {
		t.Run(name, func(t *testing.T) {
			refusal = test.refusal
			asked.Store(0)
			transport := trusting(roots)
			transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
			if !test.hook {
				transport.OnProxyConnectResponse = nil
			}
			client, err := New(testKey, WithBaseURL(base), WithHTTPClient(&http.Client{Transport: transport}), WithRetry(RetryPolicy{BaseDelay: 1}))
			require.NoError(t, err)
			_, err = send(t.Context(), client, "POST", "/action/trigger", `{}`)
			assert.ErrorContains(t, err, "the HTTP proxy on the way refused the connection: "+test.wants)
			assert.EqualValues(t, 3, asked.Load())
			assert.Zero(t, executed.Load())
		})
	}
}

// After a redirect the first request has been sent, whatever happens to the second.
func TestRedirectsDoNotRepeatACreation(t *testing.T) {
	var sent []string
	client := testClient(t, func(req *http.Request) (*http.Response, error) {
		sent = append(sent, req.Method+" "+req.URL.Path)
		return reply(303, ``, "Location", "/gw/other"), nil
	}, WithRetry(RetryPolicy{BaseDelay: 1}))
	err := checkResponse(send(t.Context(), client, "POST", "/action/trigger", `{}`))
	assert.Equal(t, 303, failureOf(t, err).StatusCode)
	assert.Equal(t, []string{"POST /action/trigger"}, sent)
}

// forwarder passes bytes on and can go silent for the connections that it has, without closing them.
type forwarder struct {
	listener net.Listener
	accepted atomic.Int64
	mu       sync.Mutex
	silent   []*atomic.Bool
}

func forward(t *testing.T, target string) *forwarder {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &forwarder{listener: listener}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", target)
			if err != nil {
				in.Close()
				continue
			}
			f.accepted.Add(1)
			silent := new(atomic.Bool)
			f.mu.Lock()
			f.silent = append(f.silent, silent)
			f.mu.Unlock()
			for from, to := range map[net.Conn]net.Conn{in: out, out: in} {
				go func() {
					defer to.Close()
					buffer := make([]byte, 32<<10)
					for {
						n, err := from.Read(buffer)
						if err != nil {
							return
						}
						if !silent.Load() {
							to.Write(buffer[:n])
						}
					}
				}()
			}
		}
	}()
	return f
}

func (f *forwarder) goSilent() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, silent := range f.silent {
		silent.Store(true)
	}
}

// http2Client is a client that reaches an HTTP/2 server over a forwarder, with the transport changed by a test.
func http2Client(t *testing.T, change func(*http.Transport), opts ...Option) (*Client, *forwarder) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, 2, r.ProtoMajor)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, found)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = quiet
	server.StartTLS()
	t.Cleanup(server.Close)
	f := forward(t, server.Listener.Addr().String())
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport := trusting(roots)
	change(transport)
	t.Cleanup(transport.CloseIdleConnections)
	client, err := New(testKey, append(opts, WithBaseURL("https://"+f.listener.Addr().String()), WithHTTPClient(&http.Client{Transport: transport}), WithRetry(RetryPolicy{BaseDelay: 1}))...)
	require.NoError(t, err)
	return client, f
}

func TestSilentHTTP2ConnectionsAreReplaced(t *testing.T) {
	client, f := http2Client(t, func(transport *http.Transport) {
		require.NotZero(t, transport.HTTP2.SendPingTimeout)
		transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond}
	})
	require.NoError(t, checkResponse(get(t.Context(), client)))
	f.goSilent()
	assert.NoError(t, checkResponse(get(t.Context(), client)))
	assert.EqualValues(t, 2, f.accepted.Load())
}

// The client of this package does not even wait for a ping to be lost: the attempt after one without a response has a
// connection of its own.
func TestTheAttemptAfterOneWithoutAResponseDials(t *testing.T) {
	client, f := http2Client(t, func(transport *http.Transport) { transport.HTTP2 = nil }, WithAttemptTimeout(200*time.Millisecond))
	own := client.config.httpClient
	alone := own.Transport.(*http.Transport).Clone()
	alone.DisableKeepAlives = true
	client.config.freshClient = &http.Client{Transport: alone}
	client, err := client.With()
	require.NoError(t, err)
	require.NoError(t, checkResponse(get(t.Context(), client)))
	f.goSilent()
	var attempts []int
	observed, err := client.With(WithObserver(Observer{AttemptEnd: func(_ context.Context, a AttemptResult) { attempts = append(attempts, a.StatusCode) }}))
	require.NoError(t, err)
	assert.NoError(t, checkResponse(get(t.Context(), observed)))
	assert.Equal(t, []int{0, 200}, attempts)
}
