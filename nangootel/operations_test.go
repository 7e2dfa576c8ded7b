package nangootel_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

const envelope = `{"error":{"code":"not_found","message":"no ` + connectionMark + `","payload":{"a":"` + dataMark + `"}}}`

// faults are what happens to the calls, in each round of the tables.
var faults = map[string]*nangotest.Fault{
	"none":      nil,
	"limited":   new(nangotest.RateLimited("1")),
	"gateway":   new(nangotest.Respond(502, "text/html", "<p>"+dataMark)),
	"not found": new(nangotest.Respond(404, "application/json", envelope)),
	"reset":     new(nangotest.Reset()),
	"refused":   new(nangotest.Refused()),
	"empty":     new(nangotest.Respond(200, "application/json", "{}")),
}

func secretsOf(srv *nangotest.Server, key string) []string {
	return append(slices.Clone(marks), key, srv.SigningKey())
}

// newServer has what the table calls, so that most calls succeed where nothing goes wrong.
func newServer(t *testing.T) *nangotest.Server {
	srv := nangotest.Start(t)
	srv.AddProvider(nangotest.Provider{Name: dataMark, AuthMode: "OAUTH2", BaseURL: "https://api.test"})
	srv.AddIntegration(nangotest.Integration{ID: integrationMark, Provider: dataMark})
	srv.AddConnection(nangotest.Connection{IntegrationID: integrationMark, ConnectionID: connectionMark})
	srv.HandleProxy(integrationMark, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"a":%q}`, dataMark) }))
	return srv
}

// Each method of the facade, with each fault: only allowed attributes, no id, no secret, and a call span of the operation's name
// with a client span for each attempt.
func TestFacadeCallsAreSilent(t *testing.T) {
	for fault, injected := range faults {
		t.Run(fault, func(t *testing.T) {
			for name, call := range facadeCalls {
				synctest.Test(t, func(t *testing.T) {
					srv, tel := newServer(t), newTelemetry(t)
					key := srv.AddAccountKey(nangotest.Key{}).Secret
					client := srv.Client(tel.observe())
					if strings.HasPrefix(name, "Account.") {
						client = srv.ClientWithKey(key, tel.observe())
					}
					if injected != nil {
						srv.Inject(nangotest.Rule{}, *injected)
					}
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
					defer cancel()
					err := call.do(ctx, client)
					require.NotEmpty(t, tel.spans.GetSpans(), "%s: %v", name, err)
					tel.requireSilent(secretsOf(srv, key)...)
					requireTree(t, name, tel.spans.GetSpans(), call.operation)
					if failed := fault == "reset" || fault == "refused" || fault == "limited" || fault == "not found"; failed && !strings.Contains(name, "Proxy") {
						assert.Error(t, err, name)
					}
				})
			}
		})
	}
}

// The operations that the facade does not call go through the generated client.
func TestAllOperationsAreSilent(t *testing.T) {
	var names []gen.OperationID
	synctest.Test(t, func(t *testing.T) {
		srv, tel := newServer(t), newTelemetry(t)
		client := srv.Client(tel.observe())
		for _, op := range gen.Operations {
			path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(op.Path, uuidMark)
			req, err := http.NewRequestWithContext(t.Context(), op.Method, strings.TrimSuffix(client.Generated().Server, "/")+path+"?connection_id="+connectionMark, nil)
			require.NoError(t, err)
			_ = drainBody(client.Generated().Client.Do(req))
			spans := tel.spans.GetSpans()
			requireTree(t, string(op.ID), spans, op.ID)
			assert.Equal(t, op.Method+" "+op.Path, spans[len(spans)-1].Name)
			tel.requireSilent(secretsOf(srv, uuidMark)...)
			tel.spans.Reset()
			names = append(names, op.ID)
		}
	})
	for _, call := range facadeCalls {
		assert.Contains(t, names, call.operation)
	}
}

// A method of the facade that makes a request is in the table.
func TestFacadeCallsAreComplete(t *testing.T) {
	text, err := os.ReadFile("../test/contract/testdata/exported/nango.txt")
	require.NoError(t, err)
	methods := regexp.MustCompile(`(?m)^func (?:\(\w+ \*(\w+)\) )?(\w+)(?:\[T any\])?\(ctx context\.Context`).FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(methods), 50)
	for _, m := range methods {
		name := m[2]
		switch receiver := m[1]; {
		case receiver == "ConnectionHandle":
			name = "handle." + name
		case strings.HasSuffix(receiver, "Service"):
			name = strings.TrimSuffix(receiver, "Service")
			if name != "Account" && name != "Environment" {
				name += "s"
			}
			name += "." + m[2]
		case name == "OperationFrom":
			continue
		}
		assert.Contains(t, facadeCalls, name)
	}
}

// Each sentinel that an observer can be told has its name in error.type.
func TestSentinelsHaveNames(t *testing.T) {
	text, err := os.ReadFile("../nango/error_sentinel.go")
	require.NoError(t, err)
	names := regexp.MustCompile(`(?m)^\t\{(Err\w+), `).FindAllStringSubmatch(string(text), -1)
	require.Len(t, names, 10)
	source, err := os.ReadFile("failure.go")
	require.NoError(t, err)
	for _, name := range names {
		assert.Contains(t, string(source), "nango."+name[1])
	}
	assert.ErrorContains(t, nango.ErrNotFound, "not found")
}
