package nango_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

func TestSetSyncFrequency(t *testing.T) {
	items := nango.SyncRef{Name: "fetch-items"}
	for recording, test := range map[string]struct {
		ref             nango.SyncRef
		frequency, want string
	}{
		"sync/frequency-set":       {items, "every 2 hours", "2 hours"},
		"sync/frequency-set-short": {items, "45m", "45m"},
		"sync/frequency-variant":   {nango.SyncRef{Name: "fetch-items", Variant: "v-one"}, "3h", "3h"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			frequency, err := client.Connection("demo-none", "conn-none-1").SetSyncFrequency(t.Context(), test.ref, test.frequency)
			require.NoError(t, err)
			assert.Equal(t, test.want, frequency)
			server.requireRecorded()
		})
	}
	client, server := serve(t, "sync/frequency-reset-null")
	frequency, err := client.Connection("demo-none", "conn-none-1").ResetSyncFrequency(t.Context(), items)
	require.NoError(t, err)
	assert.Equal(t, "every hour", frequency)
	server.requireRecorded()
}

func TestSyncVariants(t *testing.T) {
	client, server := serve(t, "sync/variant-create", "sync/variant-create-manual", "sync/variant-delete", "sync/variant-delete-again")
	h, one := client.Connection("demo-none", "conn-none-1"), nango.SyncRef{Name: "fetch-items", Variant: "v-one"}
	require.NoError(t, h.CreateSyncVariant(t.Context(), one))
	require.NoError(t, h.CreateSyncVariant(t.Context(), nango.SyncRef{Name: "manual-sync", Variant: "v_two"}))
	require.NoError(t, h.DeleteSyncVariant(t.Context(), one))
	requireFailure(t, h.DeleteSyncVariant(t.Context(), one), nango.ErrNotFound, "not_found")
	server.requireRecorded()
}

func TestSyncControlErrors(t *testing.T) {
	frequency := func(integrationID, connectionID, sync, frequency string) func(*nango.Client) error {
		return func(c *nango.Client) error {
			return failed(c.Connection(integrationID, connectionID).SetSyncFrequency(t.Context(), refs(sync)[0], frequency))
		}
	}
	create := func(connectionID, sync, variant string) func(*nango.Client) error {
		return func(c *nango.Client) error {
			return c.Connection("demo-none", connectionID).CreateSyncVariant(t.Context(), nango.SyncRef{Name: sync, Variant: variant})
		}
	}
	remove := func(connectionID, sync, variant string) func(*nango.Client) error {
		return func(c *nango.Client) error {
			return c.Connection("demo-none", connectionID).DeleteSyncVariant(t.Context(), nango.SyncRef{Name: sync, Variant: variant})
		}
	}
	for recording, test := range map[string]struct {
		call func(*nango.Client) error
		is   error
		code string
	}{
		"sync/frequency-too-short":               {frequency("demo-none", "conn-none-1", "fetch-items", "5s"), nango.ErrInvalid, "invalid_body"},
		"sync/frequency-unknown-connection":      {frequency("demo-none", "zzz", "fetch-items", "1h"), nango.ErrNotFound, "unknown_connection"},
		"sync/frequency-unknown-integration":     {frequency("zzz", "conn-none-1", "fetch-items", "1h"), nango.ErrNotFound, "unknown_connection"},
		"sync/frequency-unknown-sync":            {frequency("demo-none", "conn-none-1", "zzz", "1h"), nango.ErrNotFound, "unknown_sync"},
		"sync/frequency-unknown-variant":         {frequency("demo-none", "conn-none-1", "fetch-items::zzz", "1h"), nango.ErrNotFound, "unknown_sync"},
		"sync/variant-create-duplicate":          {create("conn-none-1", "fetch-items", "v-one"), nango.ErrConflict, "sync_variant_already_exists"},
		"sync/variant-create-base-protected":     {create("conn-none-1", "fetch-items", "base"), nango.ErrInvalid, "invalid_variant"},
		"sync/variant-create-base-uppercase":     {create("conn-none-1", "fetch-items", "BASE"), nango.ErrInvalid, "invalid_variant"},
		"sync/variant-create-unknown-connection": {create("zzz", "fetch-items", "v1"), nango.ErrNotFound, "unknown_connection"},
		"sync/variant-create-unknown-sync":       {create("conn-none-1", "zzz", "v1"), nango.ErrNotFound, "unknown_sync"},
		"sync/variant-delete-base":               {remove("conn-none-1", "fetch-items", "base"), nango.ErrInvalid, "invalid_variant"},
		"sync/variant-delete-unknown-connection": {remove("zzz", "fetch-items", "v1"), nango.ErrNotFound, "unknown_connection"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := refused(t, recording)
			requireFailure(t, test.call(client), test.is, test.code)
			server.requireRecorded()
		})
	}
}

func TestSyncVariantNameIsTheServersMatter(t *testing.T) {
	client, server := refused(t, "sync/variant-create-bad-name")
	err := client.Connection("demo-none", "conn-none-1").CreateSyncVariant(t.Context(), nango.SyncRef{Name: "fetch-items", Variant: "a.b"})
	requireFailure(t, err, nango.ErrInvalid, "invalid_uri_params",
		nango.FieldError{Code: "invalid_format", Message: "Invalid string: must match pattern /^[a-zA-Z0-9_-]+$/", Path: []string{"variant"}})
	server.requireRecorded()
}

func TestSyncControlArguments(t *testing.T) {
	const odd = "has no name, or a comma"
	client, server := serve(t)
	h := client.Connection("i", "c")
	for _, test := range []struct {
		err              error
		argument, reason string
	}{
		{failed(h.SetSyncFrequency(t.Context(), nango.SyncRef{Name: "s"}, "")), "frequency", "is empty; ResetSyncFrequency"},
		{failed(h.SetSyncFrequency(t.Context(), nango.SyncRef{}, "1h")), "sync", odd},
		{failed(h.SetSyncFrequency(t.Context(), nango.AllSyncs()[0], "1h")), "sync", odd},
		{failed(h.ResetSyncFrequency(t.Context(), nango.SyncRef{Name: "s", Variant: "a:b"})), "sync", odd},
		{h.CreateSyncVariant(t.Context(), nango.SyncRef{Name: "s"}), "sync.Variant", isEmpty},
		{h.CreateSyncVariant(t.Context(), nango.SyncRef{Name: "..", Variant: "v"}), "sync.Name", hasDots},
		{h.CreateSyncVariant(t.Context(), nango.SyncRef{Variant: "v"}), "sync", odd},
		{h.DeleteSyncVariant(t.Context(), nango.SyncRef{Name: "s", Variant: ".."}), "sync.Variant", hasDots},
		{h.DeleteSyncVariant(t.Context(), nango.SyncRef{Name: "s", Variant: "a:b"}), "sync", odd},
		{failed(client.Connection("", "c").SetSyncFrequency(t.Context(), nango.SyncRef{Name: "s"}, "1h")), "integrationID", isEmpty},
		{client.Connection("i", "..").DeleteSyncVariant(t.Context(), nango.SyncRef{Name: "s", Variant: "v"}), "connectionID", hasDots},
	} {
		requireArgument(t, test.err, test.argument, test.reason)
	}
	server.requireSent()
}

// pruneParams are those of a recorded request.
func pruneParams(t *testing.T, recording string, pageSize int) nango.PruneRecordsParams {
	t.Helper()
	var body struct {
		Cursor string `json:"until_cursor"`
	}
	require.NoError(t, json.Unmarshal([]byte(recorded(t, recording).Body), &body))
	return nango.PruneRecordsParams{Model: "Item", UntilCursor: body.Cursor, PageSize: pageSize}
}

// The request is repeated as it is, until the server says that nothing is left.
func TestPruneRecords(t *testing.T) {
	client, server := serve(t, "records/prune-limit", "records/prune-limit", "records/prune-until-cursor")
	n, err := client.Connection("demo-none", "conn-none-2").PruneRecords(t.Context(), pruneParams(t, "records/prune-limit", 2))
	require.NoError(t, err)
	assert.Equal(t, 2+2+5, n)
	request := recorded(t, "records/prune-limit")
	server.requireSent(request, request, request)

	client, server = serve(t, "records/prune-until-cursor")
	n, err = client.Connection("demo-none", "conn-none-2").PruneRecords(t.Context(), pruneParams(t, "records/prune-until-cursor", 0))
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	server.requireRecorded()
}

// A round that empties nothing is the last, whatever the server says of more.
func TestPruneRecordsEnds(t *testing.T) {
	client, server := serveBodies(t, `{"count":3,"has_more":true}`, `{"count":0,"has_more":true}`)
	n, err := client.Connection("i", "c").PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Item", Variant: "v", UntilCursor: "+/="})
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	request := sent{
		Method: "PATCH", Path: "/records/prune", Body: `{"model":"Item","variant":"v","until_cursor":"+/="}`,
		Header: http.Header{"Content-Type": {"application/json"}, "Connection-Id": {"c"}, "Provider-Config-Key": {"i"}},
	}
	server.requireSent(request, request)
}

func TestPruneRecordsErrors(t *testing.T) {
	client, server := serve(t, "records/prune-limit", "records/prune-unknown-connection")
	n, err := client.Connection("demo-none", "conn-none-2").PruneRecords(t.Context(), pruneParams(t, "records/prune-limit", 2))
	requireFailure(t, err, nango.ErrNotFound, "unknown_connection")
	assert.Equal(t, 2, n, "what was emptied until then")
	assert.Len(t, server.requests, 2)

	// A bad cursor is a server error, which is not repeated.
	e, err := recordings.Load("records/prune-invalid-cursor")
	require.NoError(t, err)
	client, server = refused(t, e.Name)
	client, err = client.With(nango.WithRetry(nango.RetryPolicy{}))
	require.NoError(t, err)
	h := client.Connection(e.Request.Header.Get("Provider-Config-Key"), e.Request.Header.Get("Connection-Id"))
	n, err = h.PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Item", UntilCursor: "zzz"})
	requireFailure(t, err, nango.ErrServer, "server_error")
	assert.Equal(t, 0, n)
	server.requireRecorded()
}

func TestPruneRecordsArguments(t *testing.T) {
	client, server := serve(t)
	h := client.Connection("i", "c")
	params := func(change func(*nango.PruneRecordsParams)) nango.PruneRecordsParams {
		p := nango.PruneRecordsParams{Model: "Item", UntilCursor: "c"}
		change(&p)
		return p
	}
	for argument, p := range map[string]nango.PruneRecordsParams{
		"Model":       params(func(p *nango.PruneRecordsParams) { p.Model = "" }),
		"UntilCursor": params(func(p *nango.PruneRecordsParams) { p.UntilCursor = "" }),
		"PageSize":    params(func(p *nango.PruneRecordsParams) { p.PageSize = 10001 }),
	} {
		requireArgument(t, failed(h.PruneRecords(t.Context(), p)), argument, "")
	}
	requireArgument(t, failed(h.PruneRecords(t.Context(), params(func(p *nango.PruneRecordsParams) { p.PageSize = -1 }))), "PageSize", "must be from 1")
	requireArgument(t, failed(client.Connection("i", " c").PruneRecords(t.Context(), params(func(*nango.PruneRecordsParams) {}))), "connectionID", "begins or ends with a space")
	server.requireSent()
}
