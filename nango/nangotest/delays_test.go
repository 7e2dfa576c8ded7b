package nangotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// What a live server was seen to do, and a test should not have to find out in production.

// The code of an action sees {} where the caller sends what JavaScript takes for false, or nothing.
func TestActionInputs(t *testing.T) {
	var got []string
	srv, acme := actor(t, nangotest.Action{Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
		got = append(got, string(call.Input))
		return nil, nil
	}})
	header := http.Header{"Connection-Id": {"acme"}, "Provider-Config-Key": {"crm"}}
	for _, input := range []string{``, `,"input":null`, `,"input":0`, `,"input":false`, `,"input":""`, `,"input":{}`, `,"input":[]`, `,"input":"x"`} {
		status, _ := exchange(t, srv, "POST", "/action/trigger", `{"action_name":"act"`+input+`}`, header)
		require.Equal(t, http.StatusOK, status, input)
	}
	assert.Equal(t, []string{"{}", "{}", "{}", "{}", "{}", "{}", "[]", `"x"`}, got)

	got = nil
	_, err := acme.TriggerActionAsync(t.Context(), "act", nil, nil)
	require.NoError(t, err)
	srv.Settle()
	assert.Equal(t, []string{"{}"}, got)
}

// An output of more than 2 MiB is an exception that the action's code did not catch, by its form.
func TestActionOutputLimit(t *testing.T) {
	const limit = 2 << 20
	output := func(size int) (string, error) {
		srv, acme := actor(t, nangotest.Action{Run: func(context.Context, nangotest.ActionCall) (any, error) { return strings.Repeat("a", size-2), nil }})
		got, err := nango.TriggerAction[string](t.Context(), acme, "act", nil)
		a, asyncErr := acme.TriggerActionAsync(t.Context(), "act", nil, nil)
		require.NoError(t, asyncErr)
		srv.Settle()
		_, asyncErr = nango.ActionResult[string](t.Context(), a)
		assert.Equal(t, fmt.Sprint(err == nil), fmt.Sprint(asyncErr == nil), "later as at once")
		return got, err
	}
	got, err := output(limit)
	require.NoError(t, err)
	assert.Len(t, got, limit-2)

	_, err = output(limit + 1)
	failed, ok := errors.AsType[*nango.Error](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, http.StatusInternalServerError, failed.StatusCode)
	assert.Equal(t, "script_internal_error", failed.Code)
	assert.JSONEq(t, `{"name":"Error","message":"Output size is too large: 2097153 bytes. Maximum allowed size is 2097152 bytes (2MB). `+
		`See the deprecation announcement: https://nango.dev/docs/updates/dev#august-22-2025"}`, string(failed.Payload()))
}

// Integers beyond 2^53 lose digits wherever they pass through the server, whoever sent them.
func TestIntegersLoseDigits(t *testing.T) {
	big := map[string]int64{"n": 1<<53 + 1}
	const lost = `{"n":9007199254740992}`
	var input string
	srv, acme := actor(t, nangotest.Action{Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
		input = string(call.Input)
		return big, nil
	}})
	output, err := nango.TriggerAction[json.RawMessage](t.Context(), acme, "act", big)
	require.NoError(t, err)
	assert.Equal(t, []string{lost, lost}, []string{input, string(output)}, "inputs and outputs")

	srv.AddAction(nangotest.Action{IntegrationID: "crm", Name: "act", Run: func(context.Context, nangotest.ActionCall) (any, error) {
		return nil, &nangotest.ActionError{Payload: big}
	}})
	_, err = nango.TriggerAction[any](t.Context(), acme, "act", nil)
	failed, _ := errors.AsType[*nango.Error](err)
	assert.Equal(t, lost, string(failed.Payload()), "payloads of failures")

	handle := srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "other", Metadata: big})
	other := srv.Client().Connection("crm", "other")
	assert.Equal(t, lost, metadataOf(t, handle))
	handle.SetMetadata(big)
	assert.Equal(t, lost, metadataOf(t, handle))
	require.NoError(t, other.SetMetadata(t.Context(), big))
	assert.Equal(t, lost, metadataOf(t, handle))

	handle.SaveRecords("Issue", map[string]any{"id": "1", "n": big["n"]})
	page, err := nango.ListRecords[json.RawMessage](t.Context(), other, nango.ListRecordsParams{Model: "Issue"})
	require.NoError(t, err)
	require.Len(t, page.Records, 1)
	assert.Contains(t, string(page.Records[0].Data), `"n":9007199254740992`)
}

// What a run's end deletes of a variant is counted under the model's name with the variant's, and so not in the webhook.
func TestLatestResultOfAVariant(t *testing.T) {
	srv, _, client := tracker(t)
	hooks := &inbox{}
	srv.SetWebhookHandler(hooks)
	kept := []any{issue{"1", "x"}, issue{"2", "x"}}
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, TrackDeletes: true,
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			run.Save("Issue", kept...)
			return nil
		},
	})
	german := nango.SyncRef{Name: "issues", Variant: "german"}
	require.NoError(t, client.CreateSyncVariant(t.Context(), german))
	run := func(ref nango.SyncRef) nango.SyncResults {
		require.NoError(t, client.TriggerSyncs(t.Context(), []nango.SyncRef{ref}, nil))
		srv.Advance(time.Second)
		status, err := client.SyncStatus(t.Context(), []nango.SyncRef{ref})
		require.NoError(t, err)
		return status[0].LatestResult
	}
	base := nango.SyncRef{Name: "issues"}
	assert.Equal(t, nango.SyncResults{"Issue": {Added: 2}}, run(base))
	assert.Equal(t, nango.SyncResults{"Issue": {Added: 2}, "Issue::german": {}}, run(german))
	hooks.take()

	kept = kept[:1]
	assert.Equal(t, nango.SyncResults{"Issue": {Deleted: 1}}, run(base))
	assert.Equal(t, nango.SyncResults{"Issue": {}, "Issue::german": {Deleted: 1}}, run(german))
	sent := hooks.take()
	require.Len(t, sent, 2)
	assert.Contains(t, strings.Join(sent, "\n"), `"responseResults":{"added":0,"deleted":1,"updated":0},"success":true,"syncName":"issues","syncType":"INCREMENTAL","syncVariant":"base"`)
	assert.Contains(t, strings.Join(sent, "\n"), `"responseResults":{"added":0,"deleted":0,"updated":0},"success":true,"syncName":"issues","syncType":"INCREMENTAL","syncVariant":"german"`)

	kept = nil
	assert.Equal(t, nango.SyncResults{"Issue": {}, "Issue::german": {Deleted: 1}}, run(german))
}

// With the delays of a live server a new connection has no syncs at first, though its webhook is sent already.
func TestNewConnectionsHaveNoSyncsAtFirst(t *testing.T) {
	importOne := func(t *testing.T, srv *nangotest.Server, id string) {
		_, err := srv.Client().Connections.Import(t.Context(), nango.ImportConnectionParams{IntegrationID: "tracker", ConnectionID: id, Credentials: nango.ImportNone{}})
		require.NoError(t, err)
	}
	connect := func(t *testing.T, srv *nangotest.Server, id string) {
		session, err := srv.Client().ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{"a": "b"}})
		require.NoError(t, err)
		_, err = srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "tracker", ConnectionID: id})
		require.NoError(t, err)
	}
	ref := []nango.SyncRef{{Name: "issues"}}
	for name, create := range map[string]func(*testing.T, *nangotest.Server, string){"import": importOne, "connect": connect} {
		t.Run(name, func(t *testing.T) {
			srv, _, _ := tracker(t)
			var runs []nangotest.SyncRun
			sync := issues(&runs)
			sync.AutoStart = true
			srv.AddSync(sync)
			create(t, srv, "at-once")
			assert.NoError(t, srv.Client().Connection("tracker", "at-once").TriggerSyncs(t.Context(), ref, nil), "without delays")
			srv.Settle()
			runs = nil

			srv.SetWebhookHandler(&inbox{})
			srv.SetDelays(nangotest.LiveDelays())
			create(t, srv, "new")
			srv.Settle()
			assert.Len(t, srv.Deliveries(), 1, "the webhook about the connection")
			fresh := srv.Client().Connection("tracker", "new")
			for _, command := range []error{
				fresh.TriggerSyncs(t.Context(), ref, nil), fresh.StartSyncs(t.Context(), ref), fresh.PauseSyncs(t.Context(), ref),
			} {
				failed, ok := errors.AsType[*nango.Error](command)
				require.True(t, ok, "%v", command)
				assert.Equal(t, "400 no_syncs_found No syncs found given the inputs.", fmt.Sprint(failed.StatusCode, " ", failed.Code, " ", failed.Message))
			}
			status, err := fresh.SyncStatus(t.Context(), ref)
			require.NoError(t, err)
			assert.Empty(t, status)
			srv.Advance(950*time.Millisecond - 1)
			assert.Empty(t, runs)
			srv.Advance(1)
			require.Len(t, runs, 1, "it starts by itself")
			assert.Equal(t, "new", runs[0].ConnectionID)
			assert.NoError(t, fresh.TriggerSyncs(t.Context(), ref, nil))

			create(t, srv, "gone")
			srv.Connection("tracker", "gone").Delete()
			srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "seed"})
			assert.NoError(t, srv.Client().Connection("tracker", "seed").TriggerSyncs(t.Context(), ref, nil), "what a test adds has its syncs at once")
			srv.SetDelays(nangotest.Delays{})
			create(t, srv, "later")
			assert.NoError(t, srv.Client().Connection("tracker", "later").TriggerSyncs(t.Context(), ref, nil), "without delays again")
			srv.Advance(time.Second)
			for _, run := range runs {
				assert.NotEqual(t, "gone", run.ConnectionID)
			}
		})
	}
}

// Each start of an asynchronous action may wait 10 seconds: ten of half a second take 105 seconds.
func TestAsyncActionsStartLate(t *testing.T) {
	for delays, want := range map[nangotest.Delays]time.Duration{
		{}:                                      5 * time.Second,
		nangotest.LiveDelays():                  105 * time.Second,
		{AsyncActions: 7700 * time.Millisecond}: 82 * time.Second,
	} {
		var srv *nangotest.Server
		var acme *nango.ConnectionHandle
		var starts []time.Duration
		srv, acme = actor(t, nangotest.Action{Takes: 500 * time.Millisecond, Run: func(context.Context, nangotest.ActionCall) (any, error) {
			starts = append(starts, srv.Now().Sub(midday))
			return "done", nil
		}})
		srv.SetTime(midday)
		srv.SetDelays(delays)
		var last *nango.AsyncAction
		for range 10 {
			var err error
			last, err = acme.TriggerActionAsync(t.Context(), "act", nil, nil)
			require.NoError(t, err)
		}
		srv.Advance(want - 1)
		_, err := nango.ActionResult[string](t.Context(), last)
		assert.ErrorIs(t, err, nango.ErrActionPending)
		srv.Advance(1)
		result, err := nango.ActionResult[string](t.Context(), last)
		require.NoError(t, err)
		assert.Equal(t, "done", result)
		assert.Len(t, starts, 10)
		assert.Equal(t, delays.AsyncActions, starts[0])
	}
}

// A failed attempt that is tried again waits for its start as well.
func TestAsyncRetriesStartLate(t *testing.T) {
	var at []time.Duration
	var srv *nangotest.Server
	var acme *nango.ConnectionHandle
	srv, acme = actor(t, nangotest.Action{Run: func(context.Context, nangotest.ActionCall) (any, error) {
		at = append(at, srv.Now().Sub(midday))
		return nil, errors.New("boom")
	}})
	srv.SetTime(midday)
	srv.SetDelays(nangotest.Delays{AsyncActions: time.Second})
	_, err := acme.TriggerActionAsync(t.Context(), "act", nil, &nango.AsyncActionParams{MaxRetries: 2})
	require.NoError(t, err)
	srv.Advance(time.Hour)
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}, at)
}

// The forgotten handler of a test is named in the message, besides what the real server says.
func TestForgottenHandlers(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "acme", Provider: "private-api-bearer"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "acme", ConnectionID: "c1"})
	srv.AddAction(nangotest.Action{IntegrationID: "acme", Name: "create-contact"})
	srv.AddSync(nangotest.Sync{IntegrationID: "acme", Name: "contacts"})
	c1 := srv.Client().Connection("acme", "c1")
	messageOf := func(err error) string {
		failed, ok := errors.AsType[*nango.Error](err)
		require.True(t, ok, "%v", err)
		return fmt.Sprintf("%d %s %s", failed.StatusCode, failed.Code, failed.Message)
	}

	_, err := nango.TriggerAction[any](t.Context(), c1, "create-contacts", nil)
	assert.Equal(t, `404 not_found Action not found (nangotest: the integration "acme" has no action "create-contacts"; AddAction adds one; did you mean "create-contact"?)`, messageOf(err))
	_, err = c1.TriggerActionAsync(t.Context(), "contacts", nil, nil)
	assert.Equal(t, `404 not_found Action not found (nangotest: the integration "acme" has no action "contacts"; AddAction adds one)`, messageOf(err))
	err = c1.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "issues"}}, nil)
	assert.Equal(t, `400 no_syncs_found No syncs found given the inputs. (nangotest: the integration "acme" has no sync "issues"; AddSync adds one)`, messageOf(err))
	err = c1.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "contacts", Variant: "v"}}, nil)
	assert.Equal(t, `400 no_syncs_found No syncs found given the inputs.`, messageOf(err))

	_, err = c1.Proxy(t.Context(), nango.ProxyRequest{Path: "/me"})
	assert.Equal(t, `400 base_url_override_not_allowed This outbound URL is not allowed by server configuration. `+
		`(nangotest: the test has no handler for the API of the integration "acme": HandleProxy takes one)`, messageOf(err))
}
