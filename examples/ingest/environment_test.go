package ingest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// withKeyOfAnother gives the engine the API key of another environment, with connections of its own, and returns its server.
func (h *harness) withKeyOfAnother(connections ...string) *nangotest.Server {
	h.t.Helper()
	other := nangotest.Start(h.t)
	other.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	for _, id := range connections {
		other.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: id}).SaveRecords("Issue", issue{"1", "of staging"})
	}
	params := h.params
	params.APIKey, params.Options = other.Key(), []nango.Option{nango.WithBaseURL(other.Listen())}
	var err error
	h.Engine, err = New(h.pool, params)
	require.NoError(h.t, err)
	return other
}

// The API key of another environment, which also has a connection of the same ids, changes nothing.
func TestKeyOfAnotherEnvironment(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.run()
	h.saved()
	h.stop()
	other := h.withKeyOfAnother("staging", "acme")
	h.doesNotStart()

	other.Inject(nangotest.Rule{Operation: "listConnections", Nth: 1}, nangotest.ServerError())
	h.doesNotStart() // after another try

	// A process that was started before finds it out as well.
	assert.ErrorIs(t, h.compare(t.Context()), errForeign)
	assert.ErrorIs(t, h.align(t.Context(), connectionArgs{IntegrationID: "tracker", ConnectionID: "acme"}), errForeign)
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys`))
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE connection_id = 'acme' AND saved_at >= wanted_at AND reading = 1`))
}

// A key of a late or a forged event says nothing about the API key: it lets no wrong one pass, and stops no right one.
func TestKeysWithoutIdentity(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.run()
	h.saved()
	h.stop()
	staging := h.key
	staging.ConnectionID = "staging"
	require.NoError(t, h.Want(t.Context(), staging))
	right := h.params
	h.withKeyOfAnother("staging")
	h.doesNotStart()
	assert.ErrorIs(t, h.compare(t.Context()), errForeign)
	assert.Equal(t, want, h.rows())

	h.exec(`DELETE FROM ingest_keys WHERE connection_id = 'acme'`) // only the forged one is left
	var err error
	h.Engine, err = New(h.pool, right)
	require.NoError(t, err)
	h.run()
	h.nextOf(connectionArgs{})
	assert.Zero(t, h.one(`SELECT count(*) FROM ingest_keys WHERE connection_id = 'staging'`))
	h.saved()
	assert.Equal(t, want, h.rows())
}
