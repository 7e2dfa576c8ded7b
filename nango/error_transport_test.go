package nango

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTransportErrorsShowNothingOfTheRequest(t *testing.T) {
	const head = "nango: GET /connections/{connectionId}: "
	const target = "/connections/conn%2F1?provider_config_key=hunter2-Secret&x=abc"
	const full = testBase + target
	certificate := &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"other.test"}}, Host: "nango.test"}}
	const plain = "the request failed (*errors.errorString, see FullMessage)"
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"dial", errDial, "dial tcp: connection refused"},
		{"dial, quoted by a transport", fmt.Errorf("GET %s: %w", full, errDial), "dial tcp: connection refused"},
		{"no such host", &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "nango.test", IsNotFound: true}}, "dial tcp: lookup nango.test: no such host"},
		{"certificate", certificate, "tls: failed to verify certificate: x509: certificate is valid for other.test, not nango.test"},
		{"EOF", io.EOF, "the server closed the connection without a response"},
		{"unexpected EOF", io.ErrUnexpectedEOF, "the response was cut short"},
		{"plain text", errors.New("circuit open"), plain},
		{"invalid header", errors.New(`net/http: invalid header field value for "Connection-Id"`), plain},
		{"a header line", fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", textproto.ProtocolError("malformed MIME header line: X-Token hunter2-Other")), "a header of the response is malformed"},
		{"no TLS on the other side", fmt.Errorf("x: %w", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), "tls: first record does not look like a TLS handshake"},
		{"HTTP on the other side", fmt.Errorf("x: %w", http.ErrSchemeMismatch), "http: server gave HTTP response to HTTPS client"},
		{"a timeout of the transport's own", fmt.Errorf("%s: %w", full, os.ErrDeadlineExceeded), "the transport gave up waiting (*poll.DeadlineExceededError)"},
		{"quoted URL", fmt.Errorf(`Get %q: boom`, full), plain},
		{"quoted with escapes", errors.New(`malformed HTTP response "x\" hunter2-Secret"`), plain},
		{"nested url.Error", fmt.Errorf("outer: %w", &url.Error{Op: "Get", URL: full, Err: io.EOF}), "the request failed (*fmt.wrapError, see FullMessage)"},
		{"bare URL", errors.New("cannot get " + full), plain},
		{"another URL", errors.New("no proxy at http://user:password@proxy.test"), plain},
		{"the key", errors.New("refused " + testKey), plain},
		{"authorization", errors.New("refused Bearer " + testKey), plain},
		{"a form in a transport's own words", errors.New("oauth2: cannot fetch token: 401\nResponse: error=invalid&client_secret=hunter2"), plain},
		{"a token in a transport's own words", errors.New("no access for Bearer hunter2 or Basic aHVudGVy"), plain},
		{"user and password", errors.New("proxy user:hunter2@proxy.test refused"), plain},
		{"a certificate that says much", &tls.CertificateVerificationError{Err: x509.HostnameError{
			Certificate: &x509.Certificate{DNSNames: []string{"a\x1b[m" + strings.Repeat("b", 600)}}, Host: "nango.test"}},
			printable("tls: failed to verify certificate: x509: certificate is valid for a\x1b[m"+strings.Repeat("b", 600), maxMessage)},
		{"long text", errors.New(string(make([]byte, 1000)) + "x"), plain},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := testClient(t, func(*http.Request) (*http.Response, error) { return nil, test.err }, WithRetry(RetryPolicy{MaxAttempts: 1}))
			_, err := send(t.Context(), client, "GET", target, "")
			e := failureOf(t, err)
			assert.EqualError(t, err, head+test.want)
			assert.ErrorIs(t, err, test.err)
			assert.Equal(t, test.want, e.Unwrap().Error(), "what prints a chain shows no more")
			assert.Contains(t, test.err.Error(), e.FullMessage(), "which has the rest")
			e.held = nil
			assert.Equal(t, &Error{Operation: "getConnection", Method: "GET", Path: "/connections/{connectionId}", Message: test.want}, e)
			if _, ok := errors.AsType[*url.Error](err); ok {
				assert.Equal(t, "nested url.Error", test.name, "the URL's own error is gone")
			}
		})
	}
}

func TestTransportErrorsUnwrap(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	client, err := New(testKey, WithBaseURL("http://"+address), WithRetry(RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	_, err = get(t.Context(), client)
	assert.EqualError(t, err, "nango: GET /connections/{connectionId}: dial tcp "+address+": connect: connection refused")
	op, ok := errors.AsType[*net.OpError](err)
	require.True(t, ok)
	assert.Equal(t, "dial", op.Op)
	assert.True(t, failureOf(t, err).NotSent)
	assert.Empty(t, sentinelsOf(err))
}

func TestContextErrors(t *testing.T) {
	errCause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCause)
	server := func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return reply(200, found), nil
	}
	_, err := get(ctx, testClient(t, server))
	assert.EqualError(t, err, "nango: GET /connections/{connectionId}: context canceled: cause")
	assert.True(t, failureOf(t, err).NotSent)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, err, errCause)

	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err = get(ctx, testClient(t, server))
	assert.EqualError(t, err, "nango: GET /connections/{connectionId}: context canceled")
	assert.ErrorIs(t, err, context.Canceled)
}

// What is known of a change that had no response: nothing happened, or it may have.
func TestErrorsSayWhatMayHaveHappened(t *testing.T) {
	const doubt = " (the server may have carried it out)"
	for name, test := range map[string]struct {
		method, target string
		steps          []error
		notSent        bool
		text           string
	}{
		"refused":              {"POST", "/action/trigger", []error{errDial}, true, ""},
		"lost":                 {"POST", "/action/trigger", []error{errReset}, false, doubt},
		"a read that was lost": {"GET", "/connections/a", []error{errReset}, false, ""},
		"lost, then refused":   {"PATCH", "/connections/a", []error{errReset, errDial}, false, doubt + " (after 2 attempts)"},
		"refused twice":        {"PATCH", "/connections/a", []error{errDial, errDial}, true, " (after 2 attempts)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &script{}
				for _, err := range test.steps {
					server.steps = append(server.steps, breaks(err))
				}
				client := testClient(t, server.serve, WithRetry(RetryPolicy{MaxAttempts: len(test.steps)}))
				_, err := send(t.Context(), client, test.method, test.target, "{}")
				e := failureOf(t, err)
				assert.Equal(t, test.notSent, e.NotSent)
				_, after, _ := strings.Cut(err.Error(), e.Message)
				assert.Equal(t, test.text, after)
			})
		})
	}
}
