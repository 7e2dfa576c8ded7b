package nango_test

import (
	"context"
	"errors"
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/dotpath"
	"github.com/nango-go/sdk/nango"
)

// handleCalls are the calls for one connection.
var handleCalls = map[string]func(context.Context, *nango.ConnectionHandle) error{
	"Get":   func(ctx context.Context, h *nango.ConnectionHandle) error { return failed(h.Get(ctx, nil)) },
	"Token": func(ctx context.Context, h *nango.ConnectionHandle) error { return failed(h.Token(ctx, nil)) },
	"RawTokenResponse": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(h.RawTokenResponse(ctx, nil))
	},
	"Update":        func(ctx context.Context, h *nango.ConnectionHandle) error { return h.Update(ctx, nil) },
	"Delete":        func(ctx context.Context, h *nango.ConnectionHandle) error { return h.Delete(ctx) },
	"Reconnect":     func(ctx context.Context, h *nango.ConnectionHandle) error { return failed(h.Reconnect(ctx, nil)) },
	"SetMetadata":   func(ctx context.Context, h *nango.ConnectionHandle) error { return h.SetMetadata(ctx, object) },
	"MergeMetadata": func(ctx context.Context, h *nango.ConnectionHandle) error { return h.MergeMetadata(ctx, object) },
	"Proxy":         func(ctx context.Context, h *nango.ConnectionHandle) error { return failed(h.Proxy(ctx, provided)) },
	"TriggerSyncs":  func(ctx context.Context, h *nango.ConnectionHandle) error { return h.TriggerSyncs(ctx, syncs, nil) },
	"StartSyncs":    func(ctx context.Context, h *nango.ConnectionHandle) error { return h.StartSyncs(ctx, syncs) },
	"PauseSyncs":    func(ctx context.Context, h *nango.ConnectionHandle) error { return h.PauseSyncs(ctx, syncs) },
	"SyncStatus":    func(ctx context.Context, h *nango.ConnectionHandle) error { return failed(h.SyncStatus(ctx, syncs)) },
	"SetSyncFrequency": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(h.SetSyncFrequency(ctx, syncs[0], "1h"))
	},
	"ResetSyncFrequency": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(h.ResetSyncFrequency(ctx, syncs[0]))
	},
	"CreateSyncVariant": func(ctx context.Context, h *nango.ConnectionHandle) error { return h.CreateSyncVariant(ctx, syncs[0]) },
	"DeleteSyncVariant": func(ctx context.Context, h *nango.ConnectionHandle) error { return h.DeleteSyncVariant(ctx, syncs[0]) },
	"RunSync": func(ctx context.Context, h *nango.ConnectionHandle) error {
		ctx, once := onePoll(ctx)
		return failed(h.RunSync(ctx, syncs[0], &nango.RunSyncParams{Wait: *once}))
	},
	"PruneRecords": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(h.PruneRecords(ctx, nango.PruneRecordsParams{Model: "Model", UntilCursor: "c"}))
	},
	"TriggerActionAsync": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(h.TriggerActionAsync(ctx, "name", nil, nil))
	},
	"Metadata": func(ctx context.Context, h *nango.ConnectionHandle) error { return failed(nango.Metadata[any](ctx, h)) },
	"ListRecords": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(nango.ListRecords[any](ctx, h, model))
	},
	"TriggerAction": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(nango.TriggerAction[any](ctx, h, "name", nil))
	},
	"ProxyJSON": func(ctx context.Context, h *nango.ConnectionHandle) error {
		return failed(nango.ProxyJSON[any](ctx, h, provided))
	},
	"RecordPages": func(ctx context.Context, h *nango.ConnectionHandle) error {
		for _, err := range nango.RecordPages[any](ctx, h, model) {
			return err
		}
		return nil
	},
	"Records": func(ctx context.Context, h *nango.ConnectionHandle) error {
		for _, err := range nango.Records[any](ctx, h, model) {
			return err
		}
		return nil
	},
}

// idCall is a call of a client that takes so many ids.
type idCall struct {
	ids  int
	call func(ctx context.Context, c *nango.Client, id []string) error
}

// serviceCalls are the calls that take ids of their own, by service and method.
var serviceCalls = map[string]idCall{
	"ProviderService.Get": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Providers.Get(ctx, id[0], nil))
	}},
	"ProviderService.Templates": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Providers.Templates(ctx, id[0]))
	}},
	"ConnectionService.Import": {2, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Connections.Import(ctx, nango.ImportConnectionParams{IntegrationID: id[0], ConnectionID: id[1], Credentials: nango.ImportNone{}}))
	}},
	"ConnectionService.SetMetadata": {2, func(ctx context.Context, c *nango.Client, id []string) error {
		return c.Connections.SetMetadata(ctx, id[0], []string{"other", id[1]}, object)
	}},
	"ConnectionService.MergeMetadata": {2, func(ctx context.Context, c *nango.Client, id []string) error {
		return c.Connections.MergeMetadata(ctx, id[0], []string{"other", id[1]}, object)
	}},
	"IntegrationService.Get": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Integrations.Get(ctx, id[0], nil))
	}},
	"IntegrationService.Create": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Integrations.Create(ctx, nango.CreateIntegrationParams{IntegrationID: id[0], Provider: "github"}))
	}},
	"IntegrationService.CreateQuickstart": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Integrations.CreateQuickstart(ctx, nango.CreateQuickstartIntegrationParams{IntegrationID: id[0], Provider: "github"}))
	}},
	"IntegrationService.Update": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Integrations.Update(ctx, id[0], nil))
	}},
	"IntegrationService.Delete": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return c.Integrations.Delete(ctx, id[0])
	}},
	"SyncService.Trigger": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return c.Syncs.Trigger(ctx, id[0], syncs, nil)
	}},
	"SyncService.Start": {1, func(ctx context.Context, c *nango.Client, id []string) error { return c.Syncs.Start(ctx, id[0], syncs) }},
	"SyncService.Pause": {1, func(ctx context.Context, c *nango.Client, id []string) error { return c.Syncs.Pause(ctx, id[0], syncs) }},
	"SyncService.Status": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Syncs.Status(ctx, id[0], syncs))
	}},
	"FunctionService.List": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.List(ctx, id[0], nil))
	}},
	"FunctionService.All": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		for _, err := range c.Functions.All(ctx, id[0], nil) {
			return err
		}
		return nil
	}},
	"FunctionService.Get": {2, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.Get(ctx, function(id)))
	}},
	"FunctionService.Code": {2, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.Code(ctx, function(id)))
	}},
	"FunctionService.Delete": {2, func(ctx context.Context, c *nango.Client, id []string) error {
		return c.Functions.Delete(ctx, function(id))
	}},
	"FunctionService.CreateDryRun": {2, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{IntegrationID: id[0], ConnectionID: id[1], Type: nango.FunctionSync, Code: "x"}))
	}},
	"FunctionService.DeployFunction": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.DeployFunction(ctx, nango.DeployFunctionParams{IntegrationID: id[0], Name: "name", Type: nango.FunctionSync, Code: "x"}))
	}},
	"FunctionService.DeployTemplate": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.DeployTemplate(ctx, nango.DeployTemplateParams{IntegrationID: id[0], Template: "name"}))
	}},
	"FunctionService.DryRun": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.DryRun(ctx, id[0]))
	}},
	"FunctionService.Deployment": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(c.Functions.Deployment(ctx, id[0]))
	}},
	"FunctionService.WaitForDryRun": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		ctx, once := onePoll(ctx)
		return failed(c.Functions.WaitForDryRun(ctx, id[0], once))
	}},
	"FunctionService.WaitForDeployment": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		ctx, once := onePoll(ctx)
		return failed(c.Functions.WaitForDeployment(ctx, id[0], once))
	}},
	"ActionResult": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		return failed(nango.ActionResult[any](ctx, c.AsyncAction(id[0])))
	}},
	"WaitForActionResult": {1, func(ctx context.Context, c *nango.Client, id []string) error {
		ctx, once := onePoll(ctx)
		return failed(nango.WaitForActionResult[any](ctx, c.AsyncAction(id[0]), once))
	}},
}

var (
	object   = map[string]int{"a": 1}
	syncs    = []nango.SyncRef{{Name: "sync", Variant: "variant"}}
	provided = nango.ProxyRequest{Path: "/"}
	model    = nango.ListRecordsParams{Model: "Model"}
)

func function(id []string) nango.FunctionRef {
	return nango.FunctionRef{IntegrationID: id[0], Name: id[1], Type: nango.FunctionSync}
}

// onePoll ends a wait after its first poll.
func onePoll(ctx context.Context) (context.Context, *nango.WaitParams) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	return ctx, &nango.WaitParams{OnPoll: func(nango.WaitStatus) { cancel() }}
}

func failed[T any](_ T, err error) error { return err }

// Ids that would lead to another endpoint are refused before a request is made, in every place where a call takes one; with
// ids that are none of those the same call does make a request.
func TestCallsRefuseBadIDs(t *testing.T) {
	calls := map[string]idCall{}
	for name, call := range handleCalls {
		calls["ConnectionHandle."+name] = idCall{2, func(ctx context.Context, c *nango.Client, id []string) error {
			return call(ctx, c.Connection(id[0], id[1]))
		}}
	}
	maps.Copy(calls, serviceCalls)
	for name, c := range calls {
		t.Run(name, func(t *testing.T) {
			good := slices.Repeat([]string{"id"}, c.ids)
			client, server := serveBodies(t, `{}`)
			server.refused = true // what is answered, and what else is sent, is not the matter here
			outcome := c.call(t.Context(), client, good)
			require.NotEmpty(t, server.requests, "the call works: %v", outcome)
			for i := range good {
				for bad, reason := range badIDs {
					if name == "ConnectionService.Import" && i == 1 && bad == "" {
						continue // the server makes an id then
					}
					ids := slices.Clone(good)
					ids[i] = bad
					client, server := serve(t)
					refused, ok := errors.AsType[*nango.ArgumentError](c.call(t.Context(), client, ids))
					require.True(t, ok, "%s takes the ids %q: check them with checkID (CONTRIBUTING, step 3)", name, ids)
					assert.Equal(t, reason, refused.Reason, "%q", ids)
					assert.Empty(t, server.requests, "%q", ids)
				}
			}
		})
	}
}

// What is wrong with an id that names no connection, integration, function or the like.
const (
	isEmpty = "is empty"
	hasDots = dotpath.Reason
)

// badIDs are ids that every call refuses, with the reason, which is the same everywhere.
var badIDs = map[string]string{
	"": isEmpty, ".": hasDots, "..": hasDots, "a/../b": hasDots, `..\a`: hasDots, "a/..;b": hasDots, "%2e": hasDots, "%252e%252E%252fa": hasDots,
}

// Every function of the package that takes an id is in one of the tables.
func TestEveryCallWithIDsIsCovered(t *testing.T) {
	withID := structsWith(t, "IntegrationID")
	for _, fn := range functions(t) {
		if fn.Recv == nil && takes(fn, func(_, kind string) bool { return kind == "*ConnectionHandle" }) || receiver(fn) == "ConnectionHandle" && takesContext(fn) {
			assert.True(t, handleCalls[fn.Name.Name] != nil, "add %s to handleCalls in nango/argument_ids_test.go (CONTRIBUTING, step 4)", fn.Name.Name)
			continue
		}
		byName := func(name, kind string) bool {
			return kind == "*AsyncAction" || withID[kind] ||
				slices.Contains([]string{"integrationID", "connectionID", "connectionIDs", "provider", "id"}, name)
		}
		if takesContext(fn) && takes(fn, byName) {
			name := strings.TrimPrefix(receiver(fn)+"."+fn.Name.Name, ".")
			assert.True(t, serviceCalls[name].call != nil, "add %s to serviceCalls in nango/argument_ids_test.go (CONTRIBUTING, step 4)", name)
		}
	}
}

// takes reports whether a function has a parameter of which a condition on its name and type is true.
func takes(fn *ast.FuncDecl, condition func(name, kind string) bool) bool {
	return slices.ContainsFunc(fn.Type.Params.List, func(field *ast.Field) bool {
		return slices.ContainsFunc(field.Names, func(name *ast.Ident) bool { return condition(name.Name, typeText(field.Type)) })
	})
}

func takesContext(fn *ast.FuncDecl) bool {
	return takes(fn, func(_, kind string) bool { return kind == "context.Context" })
}
