package judge

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
)

// began is about when the real server was recorded.
var began = time.Date(2026, 11, 22, 13, 28, 0, 0, time.UTC)

// seed is a server that is being seeded.
type seed struct {
	*nangotest.Server
	t        *testing.T
	prod     *nangotest.Environment
	account  nangotest.Key
	sessions []string // the tokens that <CONNECT_SESSION_TOKEN> stands for, in turn
	stages   []func() // what changed, one after the other
}

// then adds a stage to the seed.
func (g *seed) then(f func()) { g.stages = append(g.stages, f) }

// enter brings the server to a stage, of which 0 is before any change, and says whether that is the last.
func (g *seed) enter(stage int) (last bool) {
	for _, change := range g.stages[:stage] {
		change()
	}
	return stage == len(g.stages)
}

// seeds makes the state of each area.
var seeds = map[string]func(*seed){
	"auth": seedIntegrations, "integrations": seedIntegrations, "connections": seedIntegrations, "metadata": seedIntegrations,
	"connect": seedIntegrations, "providers": seedIntegrations, "environment": seedIntegrations, "api-keys": seedIntegrations,
	"records": seedSyncs, "sync": seedSyncs, "action": seedActions, "functions": seedFunctions, "scripts": seedFunctions,
	"generic": seedIntegrations, "proxy": seedProxy, "ratelimit": seedLimit,
}

// newSeed brings a server into the first state of an area.
func newSeed(t *testing.T, srv *nangotest.Server, area string) *seed {
	srv.SetTime(began)
	g := &seed{Server: srv, t: t, prod: srv.AddEnvironment("prod"), account: srv.AddAccountKey(nangotest.Key{})}
	seed := seeds[area]
	require.NotNil(t, seed, "no seed for the area %s", area)
	seed(g)
	return g
}

// expand puts in what the recordings have a placeholder for: of several tokens the one whose turn it is.
func (g *seed) expand(text string, turn int) string {
	session := "nango_connect_session_none"
	if len(g.sessions) > 0 {
		session = g.sessions[turn%len(g.sessions)]
	}
	return strings.NewReplacer("<SECRET_KEY_DEV>", g.Key(), "<SECRET_KEY_PROD>", g.prod.Key(), "<ACCOUNT_API_KEY>", g.account.Secret,
		"<CONNECT_SESSION_TOKEN>", session).Replace(text)
}
