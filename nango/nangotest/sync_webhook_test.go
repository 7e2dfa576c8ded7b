package nangotest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// inbox keeps the webhooks that an environment sends.
type inbox struct {
	mu     sync.Mutex
	bodies []string
}

func (i *inbox) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.bodies = append(i.bodies, string(body))
}

// take returns what has come since the last time, sorted, since webhooks come in no order.
func (i *inbox) take() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	slices.Sort(i.bodies)
	taken := i.bodies
	i.bodies = nil
	return taken
}

func TestWebhooksOfSyncs(t *testing.T) {
	srv, _, client := tracker(t)
	hooks := &inbox{}
	srv.SetWebhookHandler(hooks)
	runs := 0
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue", "User"},
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			switch runs++; runs {
			case 2:
				return errors.New("boom")
			case 3:
				return &nangotest.UpstreamError{StatusCode: 503, Body: "busy"}
			}
			run.Save("Issue", issue{"1", "x"}, issue{"2", "x"})
			run.SetCheckpoint(map[string]any{"page": runs})
			return nil
		},
	})
	run := func() []string {
		require.NoError(t, client.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "issues"}}, nil))
		srv.Advance(time.Minute)
		return hooks.take()
	}
	const about = `"connectionId":"acme",`
	const success = `"from":"nango","model":"Issue","modifiedAfter":"2026-06-01T12:00:00.000Z","providerConfigKey":"tracker",` +
		`"queryTimeStamp":"2026-06-01T12:00:00.000Z","responseResults":{"added":2,"deleted":0,"updated":0},"success":true,"syncName":"issues",` +
		`"syncType":"INITIAL","syncVariant":"base","type":"sync"}`
	assert.Equal(t, []string{
		`{"checkpoints":{"from":null,"to":{"page":1}},` + about + success,
		`{"checkpoints":{"from":null,"to":{"page":1}},` + about + `"from":"nango","model":"User","modifiedAfter":"2026-06-01T12:00:00.000Z",` +
			`"providerConfigKey":"tracker","queryTimeStamp":"2026-06-01T12:00:00.000Z","responseResults":{"added":0,"deleted":0,"updated":0},` +
			`"success":true,"syncName":"issues","syncType":"INITIAL","syncVariant":"base","type":"sync"}`,
	}, run())
	const failed = `"from":"nango","model":"Issue,User","providerConfigKey":"tracker","startedAt":"2026-06-01T12:00:00.000Z","success":false,` +
		`"syncName":"issues","syncType":"INCREMENTAL","syncVariant":"base","type":"sync"}`
	const unchanged = `{"checkpoints":{"from":{"page":1},"to":{"page":1}},` + about
	assert.Equal(t, []string{unchanged + `"error":{"description":"An internal error occurred during the script execution",` +
		`"payload":{"message":"boom","name":"Error","stacktrace":["Error: boom"]},"type":"script_error"},` +
		`"failedAt":"2026-06-01T12:01:00.001Z",` + failed}, run())
	assert.Equal(t, []string{unchanged + `"error":{"additional_properties":{"upstream_response":{"body":{"message":"busy"},"headers":{},"status":503}},` +
		`"description":"An error occurred during an HTTP call","payload":{"message":"busy"},"type":"script_error"},` +
		`"failedAt":"2026-06-01T12:02:00.001Z",` + failed}, run())
}

// One webhook comes when an asynchronous action has ended, after its last attempt.
func TestWebhooksOfAsyncActions(t *testing.T) {
	srv, acme := actor(t, nangotest.Action{Run: func(context.Context, nangotest.ActionCall) (any, error) {
		return nil, errors.New("boom")
	}})
	srv.SetTime(midday)
	hooks := &inbox{}
	srv.SetWebhookHandler(hooks)
	srv.NextIDs("11111111-1111-4111-8111-111111111111")
	_, err := acme.TriggerActionAsync(t.Context(), "act", nil, &nango.AsyncActionParams{MaxRetries: 2})
	require.NoError(t, err)
	srv.Advance(time.Minute)
	assert.Equal(t, []string{`{"connectionId":"acme","from":"nango","payload":{"id":"11111111-1111-4111-8111-111111111111",` +
		`"statusUrl":"/action/11111111-1111-4111-8111-111111111111"},"providerConfigKey":"crm","type":"async_action"}`}, hooks.take())
}
