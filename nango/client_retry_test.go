package nango

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
)

var defaultRetry = RetryPolicy{MaxAttempts: 3, BaseDelay: 500 * time.Millisecond, MaxDelay: 8 * time.Second, MaxRetryAfter: 30 * time.Second}

var (
	errDial  = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	errProxy = &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errDial}
	errDNS   = &net.OpError{Op: "read", Net: "udp", Err: &net.DNSError{Err: "no such host", Name: "nango.test"}}
	errReset = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
)

func TestDecide(t *testing.T) {
	operation := func(id gen.OperationID) *gen.Operation {
		for i := range gen.Operations {
			if gen.Operations[i].ID == id {
				return &gen.Operations[i]
			}
		}
		require.Fail(t, "no such operation", id)
		return nil
	}
	read := &gen.Operation{ID: "read", Method: "GET", Retry: gen.RetryAlways}
	write := &gen.Operation{ID: "write", Method: "PATCH", Retry: gen.RetryAlways}
	create := &gen.Operation{ID: "create", Method: "POST", Retry: gen.RetryRateLimitOnly}
	never := &gen.Operation{ID: "never", Method: "POST", Retry: gen.RetryNever}
	proxy := &gen.Operation{ID: gen.OperationProxyPost, Method: "POST", Retry: gen.RetryRateLimitOnly, Proxied: true}
	response := func(status int, code string) *Error {
		return &Error{StatusCode: status, Code: code, foreign: code == ""}
	}
	broken := func(err error) *Error { return because(err, Error{}) }
	unsent := func(err error) *Error { return because(err, Error{NotSent: true}) }
	certificate := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}

	for _, test := range []struct {
		name   string
		failed *Error
		want   []*gen.Operation // of the five above
	}{
		{"429", response(429, "too_many_request"), []*gen.Operation{read, write, create, proxy}},
		{"500", response(500, "server_error"), []*gen.Operation{read}},
		{"500 without envelope", response(500, ""), []*gen.Operation{read}},
		{"501", response(501, "not_implemented"), nil},
		{"502", response(502, ""), []*gen.Operation{read, write}},
		{"503", response(503, ""), []*gen.Operation{read, write}},
		{"504", response(504, ""), []*gen.Operation{read, write}},
		{"505", response(505, ""), nil},
		{"400", response(400, "invalid_body"), nil},
		{"401", response(401, "unknown_account"), nil},
		{"404", response(404, "not_found"), nil},
		{"408", response(408, ""), nil},
		{"409", response(409, "conflict"), nil},
		{"424", response(424, "something"), nil},
		{"500 refresh failed", response(500, "invalid_credentials"), nil},
		{"502 refresh failed", response(502, "invalid_credentials"), nil},
		{"503 in its pause", response(503, "connection_refresh_backoff"), nil},
		{"500 of the action", response(500, "action_script_runtime_error"), nil},
		{"500 timeout of the action", response(500, "execution_timeout"), nil},
		{"no connection", unsent(errDial), []*gen.Operation{read, write, create, proxy}},
		{"no connection to the HTTP proxy", unsent(errProxy), []*gen.Operation{read, write, create, proxy}},
		{"no address", unsent(errDNS), []*gen.Operation{read, write, create, proxy}},
		{"a dial of which nothing is known", broken(errDial), []*gen.Operation{read, write}},
		{"a certificate", unsent(certificate), nil},
		{"a certificate, of which nothing is known", broken(certificate), nil},
		{"the certificate of this client", broken(&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}), nil},
		{"a success cut short", because(io.ErrUnexpectedEOF, Error{StatusCode: 201, brokeOff: true}), []*gen.Operation{read, write}},
		{"connection reset", broken(errReset), []*gen.Operation{read, write}},
		{"connection closed", broken(io.EOF), []*gen.Operation{read, write}},
		{"body cut short", broken(io.ErrUnexpectedEOF), []*gen.Operation{read, write}},
		{"no response in time", broken(attemptTimeout(time.Minute)), []*gen.Operation{read, write}},
		{"a redirect", response(307, ""), nil},
	} {
		for _, op := range []*gen.Operation{read, write, create, never, proxy} {
			want := false
			for _, yes := range test.want {
				want = want || yes == op
			}
			t.Run(test.name+" of "+string(op.ID), func(t *testing.T) {
				req, err := http.NewRequestWithContext(t.Context(), op.Method, testBase, strings.NewReader("body"))
				require.NoError(t, err)
				assert.Equal(t, want, shouldRetry(op, req, test.failed))
				req.GetBody = nil
				assert.False(t, shouldRetry(op, req, test.failed), "a body that cannot be sent again")
				req.Body = http.NoBody
				assert.Equal(t, want, shouldRetry(op, req, test.failed), "no body")
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				assert.False(t, shouldRetry(op, req.WithContext(ended), test.failed), "the context has ended")
			})
		}
	}

	for _, test := range []struct {
		id          gen.OperationID
		query, code string
		want        bool
	}{
		{"listRecords", "?model=A&cursor=x", "server_error", false},
		{"listRecords", "?model=A", "server_error", true},
		{"listRecords", "?model=A&cursor=x", "generic_error_support", true},
		{"listConnections", "?cursor=x", "server_error", true},
		{"pruneRecords", "", "server_error", false},
		{"getActionResult", "", "unhandled_boom", false},
		{"getActionResult", "", "internal_server_error", true},
	} {
		t.Run("500 "+test.code+" of "+string(test.id)+test.query, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "GET", testBase+"/records"+test.query, nil)
			require.NoError(t, err)
			failed := response(500, test.code)
			failed.Operation = test.id
			assert.Equal(t, test.want, shouldRetry(operation(test.id), req, failed))
		})
	}
}

func TestBackoff(t *testing.T) {
	const nearlyOne = 1 - 1e-9
	for n, want := range []time.Duration{500, 1000, 2000, 4000, 8000, 8000, 8000} {
		assert.InDelta(t, want*time.Millisecond, backoff(defaultRetry, n, nearlyOne), 100)
		assert.Equal(t, want*time.Millisecond/2, backoff(defaultRetry, n, 0.5))
		assert.Equal(t, time.Duration(0), backoff(defaultRetry, n, 0))
	}
	assert.Equal(t, 4*time.Second, backoff(defaultRetry, 1000, 0.5), "no overflow")
	huge := RetryPolicy{BaseDelay: math.MaxInt64, MaxDelay: time.Second}
	assert.Equal(t, time.Second/2, backoff(huge, 5, 0.5), "the base is bounded as well")
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             time.Second,
		"1":                             time.Second,
		"59":                            59 * time.Second,
		"4294967295":                    4294967295 * time.Second,
		"4294967296":                    4294967296 * time.Second,
		"9223372036":                    math.MaxInt64,
		"99999999999999999999":          math.MaxInt64,
		" 5 ":                           5 * time.Second,
		"Sat, 01 Aug 2026 12:00:30 GMT": 30 * time.Second,
		"Sat, 01 Aug 2026 12:00:00 GMT": time.Second,
		"Sat, 01 Aug 2020 12:00:00 GMT": time.Second,
	} {
		got, understood := retryAfter(http.Header{"Retry-After": {value}}, now)
		assert.True(t, understood, value)
		assert.Equal(t, want, got, value)
	}
	for _, value := range []string{"-1", "1.5", "soon", "120 s", "3600, 7200", "1e3", "+5", "PT1M"} {
		got, understood := retryAfter(http.Header{"Retry-After": {value}}, now)
		assert.False(t, understood, value)
		assert.Zero(t, got, value)
	}
	_, understood := retryAfter(http.Header{"Retry-After": {"3600", "7200"}}, now)
	assert.False(t, understood, "two of them")
}

func TestWait(t *testing.T) {
	background := context.Background()
	soon, cancel := context.WithTimeout(background, 5*time.Second)
	defer cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		ask  time.Duration
		want time.Duration
		ok   bool
	}{
		{"as long as the server asks", background, 7 * time.Second, 7 * time.Second, true},
		{"up to the cap", background, 30 * time.Second, 30 * time.Second, true},
		{"not past the cap", background, 31 * time.Second, 0, false},
		{"not past the deadline", soon, 6 * time.Second, 6 * time.Second, false},
		{"before the deadline", soon, 4 * time.Second, 4 * time.Second, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			wait, ok := defaultRetry.wait(test.ctx, 0, &Error{RetryAfter: test.ask})
			assert.Equal(t, test.want, wait)
			assert.Equal(t, test.ok, ok)
		})
	}
	t.Run("the longest delay, where the header cannot be read", func(t *testing.T) {
		wait, ok := defaultRetry.wait(background, 0, &Error{badRetryAfter: true})
		assert.Equal(t, defaultRetry.MaxDelay, wait)
		assert.True(t, ok)
	})
	t.Run("full jitter", func(t *testing.T) {
		low, high := time.Hour, time.Duration(0)
		for range 1000 {
			wait, ok := defaultRetry.wait(background, 1, &Error{})
			require.True(t, ok)
			low, high = min(low, wait), max(high, wait)
		}
		assert.Less(t, low, 100*time.Millisecond)
		assert.Greater(t, high, 900*time.Millisecond)
		assert.Less(t, high, time.Second)
	})
}
