package judge

import (
	"strings"
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
	t       *testing.T
	prod    *nangotest.Environment
	account nangotest.Key
	session string // the token that <CONNECT_SESSION_TOKEN> stands for
	changes bool   // the area's state changed as it was recorded
}

// after makes the state change as it did on the real server after the nth request of a minute of the recording. The requests
// of an area with such changes are sent when they were recorded.
func (g *garden) after(m minute, n float64, change func()) {
	g.changes = true
	g.AfterFunc(m.request(n+0.5).Sub(g.Now()), change)
}

// seeds makes the state of each area.
var seeds = map[string]func(*garden){
	"records": seedRecords, "sync": seedSyncs, "action": seedActions, "functions": seedFunctions, "scripts": seedFunctions,
	"auth": seedIdentity, "integrations": seedIdentity, "connections": seedIdentity, "metadata": seedIdentity,
	"connect": seedIdentity, "providers": seedIdentity, "environment": seedIdentity, "api-keys": seedIdentity,
	"generic": seedGeneric, "proxy": seedProxy, "ratelimit": seedLimit,
}

// plant brings a server into the state of an area.
func plant(t *testing.T, srv *nangotest.Server, area string) *garden {
	srv.SetTime(began)
	g := &garden{Server: srv, t: t, prod: srv.AddEnvironment("prod"), account: srv.AddAccountKey(nangotest.Key{})}
	seed := seeds[area]
	require.NotNil(t, seed, "no seed for the area %s", area)
	seed(g)
	return g
}

// fill puts in what stands in the recordings for what changes from server to server.
func (g *garden) fill(text string) string {
	return strings.NewReplacer("<SECRET_KEY_DEV>", g.Key(), "<SECRET_KEY_PROD>", g.prod.Key(), "<ACCOUNT_API_KEY>", g.account.Secret,
		"<CONNECT_SESSION_TOKEN>", g.session).Replace(text)
}
