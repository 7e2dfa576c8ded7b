package doctor_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
)

func TestArguments(t *testing.T) {
	client := start(t).Client()
	for name, params := range map[string]doctor.Params{
		"ConnectionLimit": {ConnectionLimit: -1},
		"CheckTimeout":    {CheckTimeout: -1},
		"Timeout":         {Timeout: -1},
		"ProxyPath":       {ProxyPath: "/me"},
		"Connections":     {Connections: []*nango.ConnectionHandle{nil}},
		"Scopes":          {Scopes: []string{"connections:read"}},
		"WebhookURL":      {WebhookURL: "hooks.example.com/?token=secret"},
	} {
		report, err := doctor.Run(t.Context(), client, params)
		refused, ok := errors.AsType[*nango.ArgumentError](err)
		require.True(t, ok, "%s: %v", name, err)
		assert.Equal(t, name, refused.Name)
		assert.Nil(t, report)
		assert.NotContains(t, err.Error(), "secret")
	}
	for _, params := range []doctor.Params{{ConnectionLimit: 2001}, {ProxyConnection: client.Connection("crm", "c1")}, {WebhookURL: "ftp://hooks.example.com"}, {WebhookURL: "https://\x7f"}} {
		_, err := doctor.Run(t.Context(), client, params)
		assert.ErrorAs(t, err, new(*nango.ArgumentError))
	}
	_, err := doctor.Run(t.Context(), nil, doctor.Params{})
	assert.ErrorContains(t, err, "client is nil")
}

// A server that does not respond costs the time of one check, and what needs its response is skipped.
func TestCheckTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		remove := srv.Inject(nangotest.Rule{}, nangotest.Latency(time.Hour))
		began := time.Now()
		report := run(t, srv.Client(), doctor.Params{CheckTimeout: 3 * time.Second})
		expect(t, report, doctor.CheckAPI, "", doctor.Fail, "no response in time")
		assert.Equal(t, 3*time.Second, time.Since(began))
		remove()

		// One slow call costs its own check only.
		srv.Inject(nangotest.Rule{Operation: gen.OperationListRecords}, nangotest.Latency(time.Hour))
		began = time.Now()
		report = run(t, srv.Client(), doctor.Params{})
		expect(t, report, doctor.CheckScope, "environment:records:read", doctor.Inconclusive, "no response in time")
		expect(t, report, doctor.CheckScope, "environment:records:write", doctor.Pass)
		assert.Equal(t, 20*time.Second, time.Since(began))
	})
}

// A run ends in time, however slow each call is. What it had no time for says so, and Run does too.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		srv.Inject(nangotest.Rule{}, nangotest.Latency(7*time.Second))
		began := time.Now()
		report, err := doctor.Run(t.Context(), srv.Client(), doctor.Params{})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 2*time.Minute, time.Since(began))
		expect(t, report, doctor.CheckKey, "", doctor.Pass)
		expect(t, report, doctor.CheckRelease, "", doctor.Skipped, "the time of the run was up before this check")
		assert.Contains(t, report.String(), "the time of the run was up during this check")
	})
}

// A server that never responds is not a server that is well, however little time there is.
func TestTimeoutOfADeadServer(t *testing.T) {
	for _, timeout := range []time.Duration{1, time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			srv := start(t)
			srv.Inject(nangotest.Rule{}, nangotest.Latency(time.Hour))
			report, err := doctor.Run(t.Context(), srv.Client(), doctor.Params{Timeout: timeout})
			if timeout == time.Minute {
				assert.NoError(t, err)
				assert.False(t, report.OK())
			} else {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			}
		})
	}
}

// The caller's context ends the run. The report has what was seen until then.
func TestContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		srv.Inject(nangotest.Rule{Operation: gen.OperationListConnections}, nangotest.Latency(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		report, err := doctor.Run(ctx, srv.Client(), doctor.Params{})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		expect(t, report, doctor.CheckKey, "", doctor.Pass)
		expect(t, report, doctor.CheckScope, "environment:connections:list", doctor.Inconclusive, "was up during this check")
		expect(t, report, doctor.CheckForgery, "", doctor.Skipped, "was up before this check")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		report, err = doctor.Run(ended, srv.Client(), doctor.Params{})
		assert.ErrorIs(t, err, context.Canceled)
		for _, c := range report.Checks {
			assert.Equal(t, doctor.Skipped, c.Status, "%v", c)
		}
	})
}

// A request is sent once, so that a report shows what happened and does not hide it behind a retry.
func TestNoRetries(t *testing.T) {
	srv := start(t)
	srv.Inject(nangotest.Rule{Operation: gen.OperationGetProvider}, nangotest.Respond(503, "text/plain", "busy"))
	run(t, srv.Client(), doctor.Params{})
	assert.Len(t, srv.Requests(gen.OperationGetProvider), 1)
}
