package nango

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// pairs are the headers of a shape as reply takes them.
func (s limitShape) pairs() []string {
	pairs := append([]string{"Date", noon.Format(http.TimeFormat)}, s.header...)
	if s.body == "" {
		return append(pairs, "Content-Type", "text/html")
	}
	return pairs
}

func (s limitShape) want() RateLimit {
	want := RateLimit{Limit: s.limit, Remaining: s.remaining}
	if s.wait >= 0 {
		want.Reset, want.RetryAfter = noon.Add(s.wait), s.wait
	}
	return want
}

// Each shape is recognised in the response of Proxy, whose body stays whole, and in the error of ProxyJSON.
func TestProviderRateLimitShapes(t *testing.T) {
	require.GreaterOrEqual(t, len(limitShapes), 25)
	for _, shape := range limitShapes {
		t.Run(shape.provider, func(t *testing.T) {
			assert.Regexp(t, `^https://\S+$`, shape.source)
			connection := testClient(t, always(shape.status, shape.body, shape.pairs()...)).Connection("i", "c")
			resp, err := connection.Proxy(t.Context(), ProxyRequest{Path: "/x"})
			require.NoError(t, err)
			limit, ok := ResponseRateLimit(resp)
			assert.True(t, ok)
			assert.Equal(t, shape.want(), limit)
			body, err := io.ReadAll(resp.Body)
			assert.NoError(t, err)
			assert.Equal(t, shape.body, string(body))
			assert.NoError(t, resp.Body.Close())
			if shape.status == http.StatusOK {
				return
			}
			_, err = ProxyJSON[any](t.Context(), connection, ProxyRequest{Path: "/x"})
			limit, ok = ProviderRateLimit(fmt.Errorf("job: %w", err))
			assert.True(t, ok)
			assert.Equal(t, shape.want(), limit)
		})
	}
}

func TestNoProviderRateLimit(t *testing.T) {
	require.GreaterOrEqual(t, len(noLimits), 10)
	for _, shape := range noLimits {
		t.Run(shape.provider, func(t *testing.T) {
			connection := testClient(t, always(shape.status, shape.body, shape.pairs()...)).Connection("i", "c")
			resp, err := connection.Proxy(t.Context(), ProxyRequest{Path: "/x"})
			require.NoError(t, err)
			limit, ok := ResponseRateLimit(resp)
			assert.False(t, ok)
			assert.Zero(t, limit)
			body, err := io.ReadAll(resp.Body)
			assert.NoError(t, err)
			assert.Equal(t, shape.body, string(body))
			_, err = ProxyJSON[any](t.Context(), connection, ProxyRequest{Path: "/x"})
			limit, ok = ProviderRateLimit(err)
			assert.False(t, ok)
			assert.Zero(t, limit)
		})
	}
}

// actionFailure makes an action fail with the response of an API, as Nango reports it: of the headers only those that begin with
// x-rate, and a body that is an object.
func actionFailure(t *testing.T, shape limitShape) error {
	t.Helper()
	headers := map[string]string{"content-type": "application/json"}
	for i := 0; i < len(shape.header); i += 2 {
		if name := strings.ToLower(shape.header[i]); strings.HasPrefix(name, "x-rate") {
			headers[name] = shape.header[i+1]
		}
	}
	body := json.RawMessage(shape.body)
	if !strings.HasPrefix(shape.body, "{") {
		body, _ = json.Marshal(map[string]string{"message": shape.body})
	}
	text, err := json.Marshal(map[string]any{"error": map[string]any{
		"code": "script_http_error", "payload": body, "upstream": map[string]any{"status": shape.status, "headers": headers, "body": body},
	}})
	require.NoError(t, err)
	client := testClient(t, always(424, string(text), "Date", noon.Format(http.TimeFormat)))
	_, err = TriggerAction[any](t.Context(), client.Connection("i", "c"), "a", nil)
	require.ErrorIs(t, err, ErrAction)
	return err
}

// The action that gets one of the shapes is limited too. Without the lost headers the time can be unknown, but it is never another
// one than the response has.
func TestProviderRateLimitOfAnAction(t *testing.T) {
	for _, shape := range limitShapes {
		lost := slices.Contains(shape.header, "X-Amzn-ErrorType") || slices.Contains([]string{"GitHub, HEAD", "403 with a text"}, shape.provider)
		if shape.status == http.StatusOK || lost { // it made no action fail; the only sign is lost
			continue
		}
		t.Run(shape.provider, func(t *testing.T) {
			limit, ok := ProviderRateLimit(actionFailure(t, shape))
			assert.True(t, ok)
			if !limit.Reset.IsZero() && shape.wait >= 0 {
				assert.WithinDuration(t, shape.want().Reset, limit.Reset, time.Minute)
			}
		})
	}
	for _, shape := range noLimits {
		if shape.status >= 400 {
			_, ok := ProviderRateLimit(actionFailure(t, shape))
			assert.False(t, ok, shape.provider)
		}
	}
	limit, _ := ProviderRateLimit(actionFailure(t, limitShapes[0]))
	assert.Equal(t, limitShapes[0].want(), limit, "x-ratelimit-* arrive")
}

// Nango's own limit stays ErrRateLimited.
func TestNangosOwnRateLimitIsNotTheProviders(t *testing.T) {
	const own = `{"error":{"code":"too_many_request","method":"GET","path":"/proxy/x"}}`
	client := testClient(t, always(429, own, "Retry-After", "3"), WithRetry(RetryPolicy{MaxAttempts: 1}))
	connection := client.Connection("i", "c")
	_, proxied := connection.Proxy(t.Context(), ProxyRequest{Path: "/x"})
	_, decoded := ProxyJSON[any](t.Context(), connection, ProxyRequest{Path: "/x"})
	_, called := client.Environment.Variables(t.Context())
	for _, err := range []error{proxied, decoded, called} {
		assert.ErrorIs(t, err, ErrRateLimited)
		_, ok := ProviderRateLimit(err)
		assert.False(t, ok)
	}
	_, ok := ResponseRateLimit(reply(429, own, "Retry-After", "3")) // of Generated
	assert.False(t, ok)
	for _, err := range []error{nil, io.EOF, &ArgumentError{}, &WaitError{}} {
		_, ok := ProviderRateLimit(err)
		assert.False(t, ok)
	}
	_, ok = ResponseRateLimit(nil)
	assert.False(t, ok)
}

// The headers of a 429, and what they say.
func TestRateLimitHeaders(t *testing.T) {
	for _, shape := range []limitShape{
		{provider: "only a delta", header: []string{"X-RateLimit-Reset-After", "1.5"}, wait: 1500 * time.Millisecond},
		{provider: "passed", header: []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795953590"}, wait: -10 * time.Second},
		{provider: "now", header: []string{"Retry-After", "0"}, wait: 0},
		{provider: "two used up", header: []string{"X-RateLimit-Limit-Minute", "10", "X-RateLimit-Remaining-Minute", "0", "X-RateLimit-Reset-Minute", "5",
			"X-RateLimit-Limit-Day", "100", "X-RateLimit-Remaining-Day", "-1", "X-RateLimit-Reset-Day", "3600"}, limit: 100, wait: time.Hour},
		{provider: "the second for longer", header: []string{"X-RateLimit-Limit-Requests", "10", "X-RateLimit-Remaining-Requests", "0", "X-RateLimit-Reset-Requests", "5s",
			"X-RateLimit-Limit-Tokens", "100", "X-RateLimit-Remaining-Tokens", "0", "X-RateLimit-Reset-Tokens", "1h0m0s"}, limit: 100, wait: time.Hour},
		{provider: "two not used up", header: []string{"RateLimit-Limit", "10", "RateLimit-Remaining", "1", "X-Other-RateLimit-Limit", "9", "X-Other-RateLimit-Remaining", "2"}, wait: -1},
		{provider: "several in one", header: []string{"RateLimit", `"day";r=5;t=3600, "minute";r=0;t=7, "month";r=9;t=99`}, wait: 7 * time.Second},
		{provider: "two used up in one", header: []string{"RateLimit", `"minute";r=0;t=7, "day";r=0;t=3600`}, wait: time.Hour},
		{provider: "two used up in one, the longer first", header: []string{"RateLimit", `"day";r=0;t=3600, "minute";r=0;t=7`}, wait: time.Hour},
		{provider: "two values, the second used up", header: []string{"X-RateLimit-Limit", "200, 5000", "X-RateLimit-Remaining", "199, 0", "X-RateLimit-Reset", "1795953640, 1795955400"}, limit: 5000, wait: 30 * time.Minute},
		{provider: "two values, one reset", header: []string{"X-RateLimit-Limit", "200, 5000", "X-RateLimit-Remaining", "0, 199", "X-RateLimit-Reset", "1795955400"}, limit: 200, wait: 30 * time.Minute},
		{provider: "old draft", header: []string{"RateLimit", "limit=100, remaining=0, reset=50"}, limit: 100, wait: 50 * time.Second},
		{provider: "without remaining", header: []string{"RateLimit-Reset", "20"}, wait: 20 * time.Second},
		{provider: "nothing that can be read", header: []string{"Retry-After", "soon", "X-RateLimit-Limit", "many", "X-RateLimit-Remaining", "NaN", "X-RateLimit-Reset", "99999999999999999999"}, wait: -1},
		{provider: "an age", header: []string{"Retry-After", "31536000"}, wait: -1},
		{provider: "long ago", header: []string{"RateLimit-Reset", "1000000000"}, wait: -1},
		{provider: "negative", header: []string{"Retry-After", "-5", "RateLimit-Limit", "-1"}, wait: -1},
	} {
		shape.status = http.StatusTooManyRequests
		want := shape.want()
		if shape.provider == "passed" {
			want.Reset, want.RetryAfter = noon.Add(shape.wait), 0
		}
		limit, ok := ResponseRateLimit(reply(shape.status, "", shape.pairs()...))
		assert.True(t, ok, shape.provider)
		assert.Equal(t, want, limit, shape.provider)
	}
}

// Headers that are there several times: of the limits that are used up, the longest counts.
func TestRepeatedRateLimitHeaders(t *testing.T) {
	for name, header := range map[string]http.Header{
		"lines of a list":   {"Ratelimit": {`"minute";r=0;t=7`, `"day";r=0;t=3600`, `"month";r=5;t=99999`}},
		"lines of one name": {"X-Ratelimit-Limit": {"200", "5000"}, "X-Ratelimit-Remaining": {"199", "0"}, "X-Ratelimit-Reset": {"1795953640", "1795957200"}},
	} {
		header.Set("Date", noon.Format(http.TimeFormat))
		limit, ok := ResponseRateLimit(&http.Response{StatusCode: 429, Header: header})
		assert.True(t, ok, name)
		assert.Equal(t, noon.Add(time.Hour), limit.Reset, name)
		assert.Zero(t, limit.Remaining, name)
	}
}

// Without a body it is not certain whose limit a 429 is, if it has a counter like Nango's. The clocks may differ.
func TestResponseRateLimitWithoutABody(t *testing.T) {
	for reset, want := range map[string]bool{
		"1795953600": false, "1795953664": false, "1795953540": false, "1795953360": false, "1795953840": false, "1795957200": true, "30": true,
	} {
		own := []string{"Date", noon.Format(http.TimeFormat), "X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset, "Retry-After", "30"}
		_, ok := ResponseRateLimit(reply(429, "", own...))
		assert.Equal(t, want, ok, reset)
		_, ok = ResponseRateLimit(reply(429, "<p>Slow down</p>", append(own, "Content-Type", "text/html")...))
		assert.True(t, ok, "%s: Nango's own has another body", reset)
		limit, ok := ResponseRateLimit(reply(429, "", append(own, "RateLimit-Limit", "10", "RateLimit-Remaining", "0")...))
		assert.True(t, ok, "%s: a sign of the provider", reset)
		assert.Equal(t, want, limit.Limit == 200, "%s: the numbers that can be Nango's are not used", reset)
	}
}

// Without a Date the clock is that of the program.
func TestResponseRateLimitWithoutADate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit, ok := ResponseRateLimit(&http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"7"}}})
		assert.True(t, ok)
		assert.Equal(t, RateLimit{Reset: time.Now().Add(7 * time.Second).UTC(), RetryAfter: 7 * time.Second}, limit)
	})
}
