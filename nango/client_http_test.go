package nango

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
)

// silent is a server that never answers.
func silent(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// stalling is a server whose body never ends; as with net/http's transport, reading it ends with the request's context.
func stalling(status int) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		reader, writer := io.Pipe()
		context.AfterFunc(req.Context(), func() { writer.CloseWithError(req.Context().Err()) })
		resp := reply(status, ``)
		resp.Body, resp.ContentLength = reader, -1
		return resp, nil
	}
}

func TestTimeLimits(t *testing.T) {
	once := WithRetry(RetryPolicy{MaxAttempts: 1})
	const day = 24 * time.Hour
	for _, test := range []struct {
		name           string
		method, target string
		limit          time.Duration // of the option; 0 for the default
		want           time.Duration // day for none
		text           string
	}{
		{"short", "GET", "/connections/a", 0, time.Minute, "nango: GET /connections/{connectionId}: no response within 1m0s"},
		{"short, set", "GET", "/connections/a", 5 * time.Second, 5 * time.Second, "nango: GET /connections/{connectionId}: no response within 5s"},
		{"job", "POST", "/functions/compile", 0, 5 * time.Minute, "nango: POST /functions/compile: no response within 5m0s"},
		{"job, the option is less", "POST", "/functions/compile", time.Second, 5 * time.Minute, "nango: POST /functions/compile: no response within 5m0s"},
		{"job, the option is more", "POST", "/functions/compile", 7 * time.Minute, 7 * time.Minute, "nango: POST /functions/compile: no response within 7m0s"},
		{"actions have none", "POST", "/action/trigger", 0, day, "nango: POST /action/trigger: context deadline exceeded"},
		{"the proxy has none", "GET", "/proxy/x", 0, day, "nango: GET /proxy/{path}: context deadline exceeded"},
		{"an unknown operation is short", "GET", "/config/a", 0, time.Minute, "nango: GET: no response within 1m0s"},
	} {
		for kind, server := range map[string]roundTrip{"headers": silent, "body": stalling(200)} {
			if kind == "body" && test.target == "/proxy/x" {
				continue // streams
			}
			t.Run(test.name+", "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), day)
					defer cancel()
					start := time.Now()
					resp, err := send(ctx, testClient(t, server, once, WithAttemptTimeout(test.limit)), test.method, test.target, "")
					assert.Nil(t, resp)
					assert.Equal(t, test.want, time.Since(start))
					text, status := test.text, 0
					if kind == "body" { // the status has come
						i := strings.LastIndex(text, ": ")
						text, status = text[:i]+": 200 OK"+text[i:], 200
					} else if test.method == "POST" {
						text += " (the server may have carried it out)"
					}
					assert.EqualError(t, err, text)
					assert.ErrorIs(t, err, context.DeadlineExceeded)
					assert.Equal(t, status, failureOf(t, err).StatusCode)
					var timeout net.Error
					assert.True(t, errors.As(err, &timeout) && timeout.Timeout())
				})
			})
		}
	}
	t.Run("a response that a transport gives too late is none", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client := testClient(t, func(*http.Request) (*http.Response, error) {
				<-time.After(2 * time.Minute)
				return reply(200, found), nil
			}, once)
			assert.EqualError(t, checkResponse(get(t.Context(), client)), "nango: GET /connections/{connectionId}: 200 OK: no response within 1m0s")
		})
	})
	t.Run("each attempt has its own", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			client := testClient(t, func(req *http.Request) (*http.Response, error) {
				if calls++; calls < 3 {
					return silent(req)
				}
				return reply(200, found), nil
			})
			start := time.Now()
			require.NoError(t, checkResponse(get(t.Context(), client)))
			assert.Equal(t, 3, calls)
			assert.GreaterOrEqual(t, time.Since(start), 2*time.Minute)
			assert.Less(t, time.Since(start), 2*time.Minute+2*time.Second)
		})
	})
	t.Run("a failure whose body stalls keeps its status", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := checkResponse(get(t.Context(), testClient(t, stalling(502), once)))
			e := failureOf(t, err)
			assert.Equal(t, 502, e.StatusCode)
			assert.True(t, e.Truncated)
			assert.ErrorIs(t, err, ErrServer)
		})
	})
	t.Run("the time limit of the caller's own client holds", func(t *testing.T) {
		theirs := &http.Client{Timeout: time.Nanosecond}
		theirs.Transport = roundTrip(silent)
		err := checkResponse(get(t.Context(), testClient(t, nil, WithHTTPClient(theirs), once)))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 0, failureOf(t, err).StatusCode)
	})
}

func TestAttemptsLeaveNothingRunning(t *testing.T) {
	var attempt context.Context
	client := testClient(t, func(req *http.Request) (*http.Response, error) {
		attempt = req.Context()
		return reply(200, found), nil
	})
	require.NoError(t, checkResponse(get(t.Context(), client)))
	assert.ErrorIs(t, attempt.Err(), context.Canceled, "the timer has been stopped")
	assert.NoError(t, t.Context().Err())
}

func TestTheProxyStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		client := testClient(t, func(*http.Request) (*http.Response, error) {
			resp := reply(200, ``)
			resp.Body, resp.ContentLength = reader, -1
			return resp, nil
		})
		resp, err := send(t.Context(), client, "GET", "/proxy/x", "")
		require.NoError(t, err)
		go func() {
			<-time.After(time.Hour)
			writer.Write([]byte("late"))
			writer.Close()
		}()
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, "late", string(data))
	})
}

func TestEveryTimeClassHasALimitOrNone(t *testing.T) {
	for _, op := range gen.Operations {
		if op.Proxied {
			assert.Equal(t, gen.TimeoutNone, op.Timeout, "its body is read after the attempt")
		}
		ctx, cancel := withLimit(t.Context(), attemptLimits(time.Minute)[op.Timeout])
		deadline, ok := ctx.Deadline()
		switch op.Timeout {
		case gen.TimeoutNone:
			assert.False(t, ok, op.ID)
		case gen.TimeoutJob:
			assert.WithinDuration(t, time.Now().Add(5*time.Minute), deadline, time.Second, op.ID)
		case gen.TimeoutShort:
			assert.WithinDuration(t, time.Now().Add(time.Minute), deadline, time.Second, op.ID)
		default:
			assert.Fail(t, "unknown class", op.ID)
		}
		cancel()
	}
}

func TestTransportOfOurOwn(t *testing.T) {
	transport := newTransport()
	assert.Zero(t, transport.ResponseHeaderTimeout, "a synchronous action may take 15 minutes")
	assert.Equal(t, 10*time.Second, transport.TLSHandshakeTimeout)
	assert.Less(t, transport.IdleConnTimeout, 61*time.Second, "before the server closes them")
	assert.Equal(t, 55*time.Second, transport.IdleConnTimeout)
	assert.Equal(t, 64, transport.MaxIdleConnsPerHost)
	assert.True(t, transport.ForceAttemptHTTP2)
	assert.NotNil(t, transport.Proxy)
	assert.NotNil(t, transport.DialContext)
	assert.Equal(t, 10*time.Second, dialer.Timeout)
	assert.NotSame(t, http.DefaultTransport, sharedClient().Transport)
	assert.Zero(t, sharedClient().Timeout)
}
