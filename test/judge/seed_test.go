package judge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
)

// began is when the real server's state was what the seeds make of it.
var began = time.Date(2026, 11, 22, 13, 30, 0, 0, time.UTC)

// garden is a server that is being seeded.
type garden struct {
	*nangotest.Server
	t        *testing.T
	prod     *nangotest.Environment
	sessions []string // the tokens that <CONNECT_SESSION_TOKEN> stands for, in turn
	changes  bool     // the area's state changed as it was recorded
}

// after makes the state change as it did on the real server after the nth request of a minute of the recording. The requests
// of an area with such changes are sent when they were recorded.
func (g *garden) after(m minute, n float64, change func()) {
	g.changes = true
	g.AfterFunc(m.request(n+0.5).Sub(began), change)
}

// seeds makes the state of each area.
var seeds = map[string]func(*garden){
	"records": seedRecords, "sync": seedSyncs, "action": seedActions, "functions": seedFunctions, "scripts": seedFunctions,
}

// plant brings a server into the state of an area and returns what the placeholders of its recordings stand for.
func plant(t *testing.T, srv *nangotest.Server, area string) (*garden, map[string][]string) {
	srv.SetTime(began)
	g := &garden{Server: srv, t: t, prod: srv.AddEnvironment("prod")}
	account := srv.AddAccountKey(nangotest.Key{})
	seed := seeds[area]
	require.NotNil(t, seed, "no seed for the area %s", area)
	seed(g)
	return g, map[string][]string{
		"<SECRET_KEY_DEV>":        {srv.Key()},
		"<SECRET_KEY_PROD>":       {g.prod.Key()},
		"<ACCOUNT_API_KEY>":       {account.Secret},
		"<CONNECT_SESSION_TOKEN>": append(g.sessions, "nango_connect_session_none"),
	}
}
