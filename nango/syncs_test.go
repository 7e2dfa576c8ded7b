package nango_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

func refs(names ...string) []nango.SyncRef {
	list := make([]nango.SyncRef, len(names))
	for i, name := range names {
		list[i].Name, list[i].Variant, _ = strings.Cut(name, "::")
	}
	return list
}

// Every command as the server was asked for it. References go out as strings; where the recorded request has objects, body is
// what goes out.
func TestSyncCommands(t *testing.T) {
	one, two := "conn-none-1", "conn-none-2"
	for recording, test := range map[string]struct {
		call func(*nango.Client) error
		body string
	}{
		"sync/trigger-manual": {call: func(c *nango.Client) error {
			return c.Connection("demo-none", one).TriggerSyncs(t.Context(), refs("manual-sync"), nil)
		}},
		"sync/trigger-opts-reset": {call: func(c *nango.Client) error {
			return c.Connection("demo-none", one).TriggerSyncs(t.Context(), refs("fetch-items"), &nango.TriggerSyncsParams{Reset: true})
		}},
		"sync/trigger-empty-syncs": {call: func(c *nango.Client) error {
			return c.Connection("demo-none", two).TriggerSyncs(t.Context(), nango.AllSyncs(), &nango.TriggerSyncsParams{})
		}},
		"sync/trigger-all-connections": {call: func(c *nango.Client) error {
			return c.Syncs.Trigger(t.Context(), "demo-none", refs("manual-sync"), nil)
		}},
		"sync/trigger-variant": {
			func(c *nango.Client) error {
				return c.Connection("demo-none", one).TriggerSyncs(t.Context(), refs("manual-sync::v_two"), nil)
			},
			`{"syncs":["manual-sync::v_two"],"provider_config_key":"demo-none","connection_id":"conn-none-1"}`,
		},
		"sync/start-one": {call: func(c *nango.Client) error {
			return c.Connection("demo-none", one).StartSyncs(t.Context(), refs("fetch-items"))
		}},
		"sync/start-all-empty-list": {call: func(c *nango.Client) error {
			return c.Connection("demo-none", two).StartSyncs(t.Context(), nango.AllSyncs())
		}},
		"sync/start-without-connection": {call: func(c *nango.Client) error {
			return c.Syncs.Start(t.Context(), "demo-none", refs("manual-sync"))
		}},
		"sync/start-variant": {
			func(c *nango.Client) error {
				return c.Connection("demo-none", one).StartSyncs(t.Context(), refs("fetch-items::v-one", "manual-sync"))
			},
			`{"syncs":["fetch-items::v-one","manual-sync"],"provider_config_key":"demo-none","connection_id":"conn-none-1"}`,
		},
		"sync/pause-one": {call: func(c *nango.Client) error {
			return c.Connection("demo-none", one).PauseSyncs(t.Context(), refs("fetch-items"))
		}},
		"sync/pause-all-empty-list": {call: func(c *nango.Client) error {
			return c.Connection("demo-none", two).PauseSyncs(t.Context(), nango.AllSyncs())
		}},
		"sync/pause-without-connection": {call: func(c *nango.Client) error {
			return c.Syncs.Pause(t.Context(), "demo-none", refs("manual-sync"))
		}},
		"sync/pause-object": {
			func(c *nango.Client) error {
				return c.Connection("demo-none", two).PauseSyncs(t.Context(), refs("manual-sync::base"))
			},
			`{"syncs":["manual-sync::base"],"provider_config_key":"demo-none","connection_id":"conn-none-2"}`,
		},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			require.NoError(t, test.call(client))
			want := recorded(t, recording)
			if test.body != "" {
				want.Body = test.body
			}
			server.requireSent(want)
		})
	}
}

// All syncs of all connections is what has to be said in full.
func TestSyncCommandsForEverything(t *testing.T) {
	client, server := serve(t, "sync/trigger-all-connections")
	reset := &nango.TriggerSyncsParams{Reset: true, EmptyCache: true}
	require.NoError(t, client.Syncs.Trigger(t.Context(), "demo-none", nango.AllSyncs(), reset))
	require.NoError(t, client.Syncs.Start(t.Context(), "demo-none", nango.AllSyncs()))
	require.NoError(t, client.Syncs.Pause(t.Context(), "demo-none", nango.AllSyncs()))
	everything := `{"syncs":[],"provider_config_key":"demo-none"}`
	server.requireSent(
		sent{Method: "POST", Path: "/sync/trigger", Header: jsonBody,
			Body: `{"syncs":[],"provider_config_key":"demo-none","opts":{"reset":true,"emptyCache":true}}`},
		sent{Method: "POST", Path: "/sync/start", Header: jsonBody, Body: everything},
		sent{Method: "POST", Path: "/sync/pause", Header: jsonBody, Body: everything},
	)
	assert.Equal(t, []nango.SyncRef{{Name: "*"}}, nango.AllSyncs())
}

func TestSyncStatusRequests(t *testing.T) {
	for recording, syncs := range map[string][]nango.SyncRef{
		"sync/status-all":            nango.AllSyncs(),
		"sync/status-one":            refs("fetch-items"),
		"sync/status-two":            refs("fetch-items", "manual-sync"),
		"sync/status-one-variant":    refs("fetch-items::v-one"),
		"sync/status-variant-syntax": refs("fetch-items::base"),
		"sync/status-unknown-sync":   refs("zzz"),
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			_, err := client.Connection("demo-none", "conn-none-1").SyncStatus(t.Context(), syncs)
			require.NoError(t, err)
			server.requireRecorded()
		})
	}
	client, server := serve(t, "sync/status-all-connections", "sync/status-unknown-integration")
	list, err := client.Syncs.Status(t.Context(), "demo-none", nango.AllSyncs())
	require.NoError(t, err)
	connections := map[string]bool{}
	for _, status := range list {
		connections[status.ConnectionID] = true
	}
	assert.Len(t, connections, 7)
	list, err = client.Syncs.Status(t.Context(), "zzz", nango.AllSyncs())
	require.NoError(t, err)
	assert.Equal(t, []*nango.SyncStatus{}, list)
	server.requireRecorded()
}

// The server reads an empty list as all syncs, and these names as others or as several.
func TestSyncReferencesAreChecked(t *testing.T) {
	const odd = "has no name, or a comma, colon or asterisk"
	for name, test := range map[string]struct {
		syncs            []nango.SyncRef
		argument, reason string
	}{
		"nil":                 {nil, "syncs", "is empty; use AllSyncs"},
		"empty":               {[]nango.SyncRef{}, "syncs", "is empty; use AllSyncs"},
		"no name":             {[]nango.SyncRef{{Variant: "v"}}, "sync", odd},
		"one without a name":  {[]nango.SyncRef{{Name: "a"}, {}}, "sync", odd},
		"comma":               {[]nango.SyncRef{{Name: "a,b"}}, "sync", odd},
		"colon":               {[]nango.SyncRef{{Name: "a::v"}}, "sync", odd},
		"variant with colon":  {[]nango.SyncRef{{Name: "a", Variant: "v:"}}, "sync", odd},
		"variant with comma":  {[]nango.SyncRef{{Name: "a", Variant: "v,b"}}, "sync", odd},
		"asterisk":            {[]nango.SyncRef{{Name: "a*"}}, "sync", odd},
		"all and another":     {append([]nango.SyncRef{{Name: "a"}}, nango.AllSyncs()...), "sync", odd},
		"all with a variant":  {[]nango.SyncRef{{Name: "*", Variant: "v"}}, "sync", odd},
		"asterisk as variant": {[]nango.SyncRef{{Name: "a", Variant: "*"}}, "sync", odd},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t)
			h := client.Connection("i", "c")
			for _, err := range []error{
				client.Syncs.Trigger(t.Context(), "i", test.syncs, nil), client.Syncs.Start(t.Context(), "i", test.syncs),
				client.Syncs.Pause(t.Context(), "i", test.syncs), failed(client.Syncs.Status(t.Context(), "i", test.syncs)),
				h.TriggerSyncs(t.Context(), test.syncs, nil), h.StartSyncs(t.Context(), test.syncs),
				h.PauseSyncs(t.Context(), test.syncs), failed(h.SyncStatus(t.Context(), test.syncs)),
			} {
				requireArgument(t, err, test.argument, test.reason)
			}
			server.requireSent()
		})
	}
}

func TestSyncArguments(t *testing.T) {
	client, server := serve(t)
	all := nango.AllSyncs()
	for _, err := range []error{
		client.Syncs.Trigger(t.Context(), "", all, nil), client.Syncs.Start(t.Context(), "", all),
		client.Syncs.Pause(t.Context(), "", all), failed(client.Syncs.Status(t.Context(), "", all)),
	} {
		requireArgument(t, err, "integrationID", isEmpty)
	}
	h := client.Connection("i", "")
	for _, err := range []error{
		h.TriggerSyncs(t.Context(), all, nil), h.StartSyncs(t.Context(), all), h.PauseSyncs(t.Context(), all), failed(h.SyncStatus(t.Context(), all)),
	} {
		requireArgument(t, err, "connectionID", isEmpty)
	}
	emptyCache := &nango.TriggerSyncsParams{EmptyCache: true}
	requireArgument(t, client.Syncs.Trigger(t.Context(), "i", all, emptyCache), "EmptyCache", "has no effect without Reset")
	requireArgument(t, client.Connection("i", "c").TriggerSyncs(t.Context(), all, emptyCache), "EmptyCache", "has no effect without Reset")
	server.requireSent()
}

func TestSyncErrors(t *testing.T) {
	syncs := refs("fetch-items")
	for recording, test := range map[string]struct {
		call func(*nango.Client) error
		is   error
		code string
	}{
		"sync/trigger-unknown-connection": {func(c *nango.Client) error {
			return c.Connection("demo-none", "zzz").TriggerSyncs(t.Context(), syncs, nil)
		}, nango.ErrNotFound, "unknown_connection"},
		"sync/trigger-unknown-integration": {func(c *nango.Client) error {
			return c.Connection("zzz", "conn-none-1").TriggerSyncs(t.Context(), syncs, nil)
		}, nango.ErrNotFound, "unknown_provider_config"},
		"sync/trigger-unknown-sync": {func(c *nango.Client) error {
			return c.Connection("demo-none", "conn-none-1").TriggerSyncs(t.Context(), refs("zzz"), nil)
		}, nango.ErrInvalid, "no_syncs_found"},
		"sync/start-unknown-connection": {func(c *nango.Client) error {
			return c.Connection("demo-none", "zzz").StartSyncs(t.Context(), syncs)
		}, nango.ErrNotFound, "unknown_connection"},
		"sync/start-unknown-sync": {func(c *nango.Client) error {
			return c.Connection("demo-none", "conn-none-1").StartSyncs(t.Context(), refs("zzz"))
		}, nango.ErrInvalid, "no_syncs_found"},
		"sync/pause-unknown-connection": {func(c *nango.Client) error {
			return c.Connection("demo-none", "zzz").PauseSyncs(t.Context(), syncs)
		}, nango.ErrNotFound, "unknown_connection"},
		"sync/pause-unknown-integration": {func(c *nango.Client) error {
			return c.Syncs.Pause(t.Context(), "zzz", syncs)
		}, nango.ErrNotFound, "unknown_provider_config"},
		"sync/pause-unknown-sync": {func(c *nango.Client) error {
			return c.Connection("demo-none", "conn-none-1").PauseSyncs(t.Context(), refs("zzz"))
		}, nango.ErrInvalid, "no_syncs_found"},
		"sync/status-unknown-connection": {func(c *nango.Client) error {
			return failed(c.Connection("demo-none", "zzz").SyncStatus(t.Context(), nango.AllSyncs()))
		}, nango.ErrNotFound, "invalid_body"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := refused(t, recording)
			requireFailure(t, test.call(client), test.is, test.code)
			server.requireRecorded()
		})
	}
}

func TestSyncTooMany(t *testing.T) {
	client, server := refused(t, "sync/start-too-many")
	want := recorded(t, "sync/start-too-many")
	err := client.Syncs.Start(t.Context(), "demo-none", slices.Repeat(refs("a"), strings.Count(want.Body, `"a"`)))
	requireFailure(t, err, nango.ErrInvalid, "invalid_body",
		nango.FieldError{Code: "too_big", Message: "Too big: expected array to have <=256 items", Path: []string{"syncs"}})
	server.requireRecorded()
}

func TestSyncStatusScope(t *testing.T) {
	client, server := serve(t, "auth/scoped-sync-status-403")
	_, err := client.Syncs.Status(t.Context(), "demo-none", nango.AllSyncs())
	requireFailure(t, err, nango.ErrForbidden, "forbidden")
	assert.ErrorContains(t, err, "environment:syncs:read")
	server.requireSent(sent{Method: http.MethodGet, Path: "/sync/status", Query: url.Values{"syncs": {"*"}, "provider_config_key": {"demo-none"}}})
}

func TestSyncRefString(t *testing.T) {
	assert.Equal(t, "a", nango.SyncRef{Name: "a"}.String())
	assert.Equal(t, "a::v", nango.SyncRef{Name: "a", Variant: "v"}.String())
}
