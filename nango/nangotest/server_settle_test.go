package nangotest_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// settler is a server whose clock runs, with one function of each kind.
func settler(t *testing.T) *nangotest.Server {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "unauthenticated"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "acme"})
	srv.AddAction(nangotest.Action{IntegrationID: "crm", Name: "act", Run: func(context.Context, nangotest.ActionCall) (any, error) {
		return "done", nil
	}})
	var runs atomic.Int64
	srv.AddSync(nangotest.Sync{IntegrationID: "crm", Name: "issues", Models: []string{"Issue"}, Run: func(_ context.Context, run *nangotest.SyncRun) error {
		run.Save("Issue", map[string]string{"id": fmt.Sprint(runs.Add(1))})
		return nil
	}})
	return srv
}

// The clock runs, so that what is due at once begins on a goroutine of the server's. Settle waits for it, however far it has
// come. Each case begins something and returns what says that it is done.
func TestSettleWaitsForWhatHasBegun(t *testing.T) {
	for name, begin := range map[string]func(t *testing.T, srv *nangotest.Server, round int) (done func() bool){
		"asynchronous action": func(t *testing.T, srv *nangotest.Server, _ int) func() bool {
			action, err := srv.Client().Connection("crm", "acme").TriggerActionAsync(t.Context(), "act", nil, nil)
			require.NoError(t, err)
			return func() bool {
				result, err := nango.ActionResult[string](t.Context(), action)
				return err == nil && result == "done"
			}
		},
		"webhook of an asynchronous action": func(t *testing.T, srv *nangotest.Server, round int) func() bool {
			if round == 0 {
				srv.SetWebhookHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			}
			_, err := srv.Client().Connection("crm", "acme").TriggerActionAsync(t.Context(), "act", nil, nil)
			require.NoError(t, err)
			return func() bool {
				sent := srv.Deliveries()
				return len(sent) == round+1 && len(sent[round].Attempts) == 1
			}
		},
		"sync": func(t *testing.T, srv *nangotest.Server, round int) func() bool {
			acme, issues := srv.Client().Connection("crm", "acme"), []nango.SyncRef{{Name: "issues"}}
			require.NoError(t, acme.TriggerSyncs(t.Context(), issues, nil))
			return func() bool {
				status, err := acme.SyncStatus(t.Context(), issues)
				require.NoError(t, err)
				return status[0].LatestRun == "SUCCESS" && status[0].RecordCount["Issue"] == int64(round+1)
			}
		},
		"dry run": func(t *testing.T, srv *nangotest.Server, _ int) func() bool {
			functions := srv.Client().Functions
			job, err := functions.CreateDryRun(t.Context(), nango.CreateDryRunParams{IntegrationID: "crm", ConnectionID: "acme", Type: "action", Code: "x"})
			require.NoError(t, err)
			return func() bool {
				job, err := functions.DryRun(t.Context(), job.ID)
				require.NoError(t, err)
				return job.Status == "success"
			}
		},
		"AfterFunc": func(_ *testing.T, srv *nangotest.Server, _ int) func() bool {
			var done atomic.Bool
			srv.AfterFunc(0, func() { done.Store(true) })
			return done.Load
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := settler(t)
			rounds, pending := 200, 0
			if name == "asynchronous action" {
				rounds = 1000
			}
			for round := range rounds {
				done := begin(t, srv, round)
				srv.Settle()
				if !done() {
					pending++
				}
			}
			assert.Zero(t, pending, "of %d", rounds)
		})
	}
}

// What the clock does may call Settle, Advance and what sends webhooks. In a bubble a wait for itself would be a deadlock.
func TestSettleInsideOfWhatItWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := settler(t)
		srv.SetWebhookHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		began := srv.Now()
		var moved time.Duration
		inside := func() {
			srv.Settle()
			srv.SendWebhook("x")
			srv.Advance(time.Second)
			moved = srv.Now().Sub(began)
		}
		srv.AfterFunc(0, inside)
		srv.Settle()
		assert.Equal(t, time.Second, moved, "at once")

		srv.AfterFunc(time.Minute, inside)
		srv.Advance(time.Hour)
		assert.Equal(t, time.Minute+2*time.Second, moved, "later")

		srv.AddAction(nangotest.Action{IntegrationID: "crm", Name: "act", Run: func(context.Context, nangotest.ActionCall) (any, error) {
			inside()
			return "done", nil
		}})
		action, err := srv.Client().Connection("crm", "acme").TriggerActionAsync(t.Context(), "act", nil, nil)
		require.NoError(t, err)
		srv.Settle()
		result, err := nango.ActionResult[string](t.Context(), action)
		require.NoError(t, err)
		assert.Equal(t, "done", result)
		assert.Len(t, srv.Deliveries(), 4, "three from inside, and that of the action")
	})
}

// In a bubble the client's waits and the server's clock pass together; outside of one Advance moves the server's alone.
func TestTwoClocks(t *testing.T) {
	wait := func(t *testing.T, srv *nangotest.Server) (client, server time.Duration) {
		srv.Inject(nangotest.Rule{Nth: 1}, nangotest.RateLimited("20"))
		began, beganThere := time.Now(), srv.Now()
		_, err := srv.Client().Environment.Variables(t.Context())
		require.NoError(t, err)
		return time.Since(began), srv.Now().Sub(beganThere)
	}
	synctest.Test(t, func(t *testing.T) {
		client, server := wait(t, nangotest.Start(t))
		assert.Equal(t, 20*time.Second, client)
		assert.Equal(t, 20*time.Second, server)
	})
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.SetTime(srv.Now())
		client, server := wait(t, srv)
		assert.Equal(t, 20*time.Second, client)
		assert.Zero(t, server, "it is stopped")
		began := time.Now()
		srv.Advance(time.Hour)
		assert.Zero(t, time.Since(began))
	})
}
