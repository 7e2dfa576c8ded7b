package nangotest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// What a fault answers arrives as it was meant, and the operation is not carried out.
func TestFaultsThatResponse(t *testing.T) {
	const html, page = "text/html", "<html>bad gateway</html>"
	for name, tt := range map[string]struct {
		fault      nangotest.Fault
		status     int
		code       string
		retryAfter time.Duration
		is         error
		body       string
	}{
		"429 in seconds":   {nangotest.RateLimited("7"), 429, "too_many_request", 7 * time.Second, nango.ErrRateLimited, ""},
		"429 in none":      {nangotest.RateLimited("0"), 429, "too_many_request", time.Second, nango.ErrRateLimited, ""},
		"429 at a date":    {nangotest.RateLimited(time.Date(2000, 1, 1, 0, 0, 9, 0, time.UTC).Format(http.TimeFormat)), 429, "too_many_request", 9 * time.Second, nango.ErrRateLimited, ""},
		"429 without":      {nangotest.RateLimited(""), 429, "too_many_request", 0, nango.ErrRateLimited, ""},
		"500 of Nango's":   {nangotest.ServerError(), 500, "generic_error_support", 0, nango.ErrServer, ""},
		"500 and nothing":  {nangotest.Respond(500, "", ""), 500, "", 0, nango.ErrServer, ""},
		"502 in HTML":      {nangotest.Respond(502, html, page), 502, "", 0, nango.ErrServer, page},
		"503 in JSON":      {nangotest.Respond(503, "application/json", `{"message":"busy"}`), 503, "", 0, nango.ErrServer, `{"message":"busy"}`},
		"504 and nothing":  {nangotest.Respond(504, html, ""), 504, "", 0, nango.ErrServer, ""},
		"200 that is HTML": {nangotest.Respond(200, html, page), 200, "", 0, nil, page},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := nangotest.Start(t)
				srv.Inject(nangotest.Rule{}, tt.fault)
				_, err := once(srv).Environment.RotateSigningKey(t.Context())
				failure, ok := errors.AsType[*nango.Error](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, []any{tt.status, tt.code, tt.retryAfter}, []any{failure.StatusCode, failure.Code, failure.RetryAfter})
				if tt.is != nil {
					assert.ErrorIs(t, err, tt.is)
				}
				if tt.body != "" || tt.code == "" {
					assert.Equal(t, tt.body, string(failure.Body()))
				}
				if tt.status == 429 {
					_, says := failure.Header()["Retry-After"]
					assert.Equal(t, name != "429 without", says)
					assert.Equal(t, []string{"100000", "0", "946684860"}, []string{
						failure.Header().Get("X-RateLimit-Limit"), failure.Header().Get("X-RateLimit-Remaining"), failure.Header().Get("X-RateLimit-Reset"),
					})
				}
				seen := srv.Requests()
				require.Len(t, seen, 1)
				assert.Equal(t, []any{tt.status, false}, []any{seen[0].StatusCode, seen[0].Executed})
				assert.Len(t, srv.SigningKeys(), 1, "not rotated")
			})
		})
	}
}

// What a fault does to the connection arrives as it would over a network; whether the operation was carried out depends on
// where the connection ends.
func TestFaultsThatBreak(t *testing.T) {
	for name, tt := range map[string]struct {
		fault    nangotest.Fault
		is       error
		status   int
		requests int
		executed bool
		took     time.Duration
	}{
		"refused":              {nangotest.Refused(), syscall.ECONNREFUSED, 0, 0, false, 0},
		"refused in time":      {nangotest.Refused().After(3 * time.Second), syscall.ECONNREFUSED, 0, 0, false, 3 * time.Second},
		"reset":                {nangotest.Reset(), syscall.ECONNRESET, 0, 1, false, 0},
		"lost":                 {nangotest.LoseResponse(), syscall.ECONNRESET, 0, 1, true, 0},
		"reset after headers":  {nangotest.ResetAfterHeaders(), syscall.ECONNRESET, 200, 1, true, 0},
		"cut in the body":      {nangotest.Truncated(10), io.ErrUnexpectedEOF, 200, 1, true, 0},
		"cut before the body":  {nangotest.Truncated(0), io.ErrUnexpectedEOF, 200, 1, true, 0},
		"too late for anybody": {nangotest.Latency(2 * time.Minute), context.DeadlineExceeded, 0, 1, false, time.Minute},
		"late":                 {nangotest.Latency(30 * time.Second), nil, 0, 1, true, 30 * time.Second},
		"late and refused":     {nangotest.ServerError().After(time.Second).After(time.Second), nango.ErrServer, 500, 1, false, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := nangotest.Start(t)
				srv.Inject(nangotest.Rule{Operation: "rotateWebhookSigningKey"}, tt.fault)
				began := time.Now()
				_, err := once(srv).Environment.RotateSigningKey(t.Context())
				assert.Equal(t, tt.took, time.Since(began))
				if tt.is == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, tt.is)
					failure, _ := errors.AsType[*nango.Error](err)
					assert.Equal(t, tt.status, failure.StatusCode)
				}
				synctest.Wait()
				assert.Len(t, srv.Requests(), tt.requests)
				for _, r := range srv.Requests() {
					assert.Equal(t, tt.executed, r.Executed)
				}
				assert.Equal(t, tt.executed, len(srv.SigningKeys()) == 2)
			})
		})
	}
}

func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		long := strings.Repeat("x", 3000)
		srv.SetVariable("LONG", long)
		srv.Inject(nangotest.Rule{}, nangotest.SlowBody(time.Second))
		began := time.Now()
		variables, err := once(srv).Environment.Variables(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []*nango.EnvironmentVariable{{Name: "LONG", Value: nango.NewSecret(long)}}, variables)
		assert.Equal(t, 2*time.Second, time.Since(began), "three pieces, two waits until the last has come")
	})
}

// A rule counts the requests that match it, each once; of several rules that match the first counts.
func TestRules(t *testing.T) {
	srv := nangotest.Start(t)
	odd := func(r *http.Request) bool { return r.Header.Get("X-Odd") != "" }
	srv.Inject(nangotest.Rule{Operation: "listEnvironmentVariables", Nth: 2}, nangotest.Respond(502, "", ""))
	srv.Inject(nangotest.Rule{Operation: "listEnvironmentVariables", Nth: 3}, nangotest.Refused())
	srv.Inject(nangotest.Rule{Operation: "listConnections"}, nangotest.Respond(503, "", ""))
	remove := srv.Inject(nangotest.Rule{If: odd}, nangotest.Respond(504, "", ""))
	srv.Inject(nangotest.Rule{If: odd, Nth: 2}, nangotest.Respond(505, "", ""))
	ask := func(path, oddly string) int {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://nango.test"+path, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+srv.Key())
		req.Header["X-Odd"] = append([]string{}, strings.Fields(oddly)...)
		resp, err := srv.HTTPClient().Do(req)
		if err != nil {
			assert.ErrorIs(t, err, syscall.ECONNREFUSED)
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	var statuses []int
	for range 4 {
		statuses = append(statuses, ask("/environment-variables", ""))
	}
	assert.Equal(t, []int{200, 502, 0, 200}, statuses)
	statuses = []int{ask("/connections", ""), ask("/integrations", ""), ask("/integrations", "odd"), ask("/connections", "odd")}
	assert.Equal(t, []int{503, 200, 504, 503}, statuses)
	remove()
	remove()
	assert.Equal(t, 200, ask("/integrations", "odd"), "the second that was odd is past")
}

// A client of package nango gets over a fault of one attempt.
func TestClientGetsOverFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.Inject(nangotest.Rule{Operation: "listEnvironmentVariables", Nth: 1}, nangotest.RateLimited("5"))
		srv.Inject(nangotest.Rule{Operation: "listEnvironmentVariables", Nth: 2}, nangotest.Reset())
		began := time.Now()
		_, err := srv.Client().Environment.Variables(t.Context())
		require.NoError(t, err)
		var statuses []int
		for _, r := range srv.Requests("listEnvironmentVariables") {
			statuses = append(statuses, r.StatusCode)
		}
		assert.Equal(t, []int{429, 0, 200}, statuses)
		assert.GreaterOrEqual(t, time.Since(began), 5*time.Second)
	})
}

// The server stands wherever a handler stands, and in a recorder.
func TestServeHTTP(t *testing.T) {
	srv := nangotest.Start(t)
	srv.SetVariable("A", "1")
	mounted := httptest.NewServer(srv)
	defer mounted.Close()
	client, err := nango.New(srv.Key(), nango.WithBaseURL(mounted.URL), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	want := []*nango.EnvironmentVariable{{Name: "A", Value: nango.NewSecret("1")}}
	variables, err := client.Environment.Variables(t.Context())
	require.NoError(t, err)
	assert.Equal(t, want, variables)

	remove := srv.Inject(nangotest.Rule{}, nangotest.LoseResponse())
	_, err = client.Environment.Variables(t.Context())
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	remove()

	recorder := httptest.NewRecorder()
	req := httptest.NewRequest("GET", "/environment-variables", nil)
	req.Header.Set("Authorization", "Bearer "+srv.Key())
	srv.ServeHTTP(recorder, req)
	assert.Equal(t, 200, recorder.Code)
	assert.JSONEq(t, `[{"name":"A","value":"1"}]`, recorder.Body.String())
}

// What was refused has not been sent, so that the client repeats even what must not happen twice.
func TestRefusedRequestsAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.Inject(nangotest.Rule{Operation: gen.OperationRotateWebhookSigningKey, Nth: 1}, nangotest.Refused())
		_, err := srv.Client().Environment.RotateSigningKey(t.Context())
		require.NoError(t, err)
		assert.Len(t, srv.Requests(gen.OperationRotateWebhookSigningKey), 1)
	})
}
