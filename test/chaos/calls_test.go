package chaos

import (
	"context"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/nango"
)

// call makes one call of the operation that it stands for, and perhaps others before it. It returns what the call gave.
type call func(context.Context, *worker) (any, error)

// nothing is the result of calls that give none.
type nothing struct{}

func done(err error) (any, error) { return nothing{}, err }

func result[T any](v T, err error) (any, error) { return v, err }

var items = nango.SyncRef{Name: "items"}

// calls has one for each operation of the document; those that the facade has no method for are in generated.
var calls = map[string]call{
	"listProviders": func(ctx context.Context, w *worker) (any, error) { return result(w.Providers.List(ctx, nil)) },
	"getProvider": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Providers.Get(ctx, "github", nil))
	},
	"listProviderTemplates": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Providers.Templates(ctx, "github"))
	},
	"listIntegrations": func(ctx context.Context, w *worker) (any, error) { return result(w.Integrations.List(ctx)) },
	"createIntegration": func(ctx context.Context, w *worker) (any, error) {
		w.integration = w.unique("integration")
		return result(w.Integrations.Create(ctx, nango.CreateIntegrationParams{
			Provider: "github", IntegrationID: w.integration, App: nango.OAuth2App{ClientID: "id", ClientSecret: secretOf("app")},
		}))
	},
	"createQuickstartIntegration": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Integrations.CreateQuickstart(ctx, nango.CreateQuickstartIntegrationParams{
			Provider: "github", IntegrationID: w.unique("quick"),
		}))
	},
	"getIntegration": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Integrations.Get(ctx, "crm", &nango.GetIntegrationParams{IncludeCredentials: true}))
	},
	"updateIntegration": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Integrations.Update(ctx, w.integration, &nango.UpdateIntegrationParams{DisplayName: w.unique("name")}))
	},
	"deleteIntegration": func(ctx context.Context, w *worker) (any, error) {
		return done(w.Integrations.Delete(ctx, w.integration))
	},

	"listFunctions": func(ctx context.Context, w *worker) (any, error) { return result(w.Functions.List(ctx, "crm", nil)) },
	"getFunction": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Functions.Get(ctx, nango.FunctionRef{IntegrationID: "crm", Name: "count"}))
	},
	"deleteFunction": func(ctx context.Context, w *worker) (any, error) {
		return done(w.Functions.Delete(ctx, nango.FunctionRef{IntegrationID: "crm", Name: w.unique("f"), Type: nango.FunctionAction}))
	},
	"getFunctionCode": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Functions.Code(ctx, nango.FunctionRef{IntegrationID: "crm", Name: "count"}))
	},
	"getScriptsConfig": func(ctx context.Context, w *worker) (any, error) { return result(w.Functions.ScriptsConfig(ctx)) },
	"compileFunction": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Functions.Compile(ctx, "export default 1"))
	},
	"createDryRun": func(ctx context.Context, w *worker) (any, error) {
		return w.job(&w.dryRun)(w.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{
			IntegrationID: "crm", ConnectionID: w.h.ConnectionID(), Type: nango.FunctionAction, Code: "export default 1",
		}))
	},
	"getDryRun": func(ctx context.Context, w *worker) (any, error) { return result(w.Functions.DryRun(ctx, w.dryRun)) },
	"createDeployment": func(ctx context.Context, w *worker) (any, error) {
		return w.job(&w.deployment)(w.Functions.DeployFunction(ctx, nango.DeployFunctionParams{
			IntegrationID: "crm", Name: w.unique("f"), Type: nango.FunctionAction, Code: "export default 1",
		}))
	},
	"getDeployment": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Functions.Deployment(ctx, w.deployment))
	},

	"listConnections": func(ctx context.Context, w *worker) (any, error) { return result(w.Connections.List(ctx, nil)) },
	"importConnection": func(ctx context.Context, w *worker) (any, error) {
		w.imported = w.unique("imported")
		return result(w.Connections.Import(ctx, nango.ImportConnectionParams{
			IntegrationID: "crm", ConnectionID: w.imported,
			Credentials: nango.ImportOAuth2{AccessToken: secretOf("access"), RefreshToken: secretOf("refresh")},
		}))
	},
	"setConnectionMetadata": func(ctx context.Context, w *worker) (any, error) {
		return done(w.h.SetMetadata(ctx, map[string]any{"call": w.number}))
	},
	"mergeConnectionMetadata": func(ctx context.Context, w *worker) (any, error) {
		return done(w.h.MergeMetadata(ctx, map[string]any{"call": w.number}))
	},
	"getConnection": func(ctx context.Context, w *worker) (any, error) { return result(w.h.Get(ctx, nil)) },
	"updateConnection": func(ctx context.Context, w *worker) (any, error) {
		return done(w.h.Update(ctx, &nango.UpdateConnectionParams{Tags: map[string]string{"call": w.unique("t")}}))
	},
	"deleteConnection": func(ctx context.Context, w *worker) (any, error) {
		return done(w.Connection("crm", w.imported).Delete(ctx))
	},

	"createConnectSession": func(ctx context.Context, w *worker) (any, error) {
		return w.newSession(w.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{"user": w.unique("u")}}))
	},
	"createReconnectSession": func(ctx context.Context, w *worker) (any, error) {
		return w.newSession(w.h.Reconnect(ctx, nil))
	},
	"getConnectSession": func(ctx context.Context, w *worker) (any, error) {
		return result(w.ConnectSessions.Get(ctx, w.session))
	},
	"deleteConnectSession": func(ctx context.Context, w *worker) (any, error) {
		return done(w.ConnectSessions.Delete(ctx, w.session))
	},

	"listRecords":  func(ctx context.Context, w *worker) (any, error) { return w.read(ctx, 2) },
	"pruneRecords": func(ctx context.Context, w *worker) (any, error) { return w.prune(ctx) },
	"triggerSync": func(ctx context.Context, w *worker) (any, error) {
		return done(w.h.TriggerSyncs(ctx, []nango.SyncRef{items}, nil))
	},
	"startSync": func(ctx context.Context, w *worker) (any, error) {
		return done(w.h.StartSyncs(ctx, []nango.SyncRef{items}))
	},
	"pauseSync": func(ctx context.Context, w *worker) (any, error) {
		return done(w.h.PauseSyncs(ctx, []nango.SyncRef{items}))
	},
	"getSyncStatus": func(ctx context.Context, w *worker) (any, error) {
		return result(w.h.SyncStatus(ctx, nango.AllSyncs()))
	},
	"setSyncFrequency": func(ctx context.Context, w *worker) (any, error) {
		return result(w.h.SetSyncFrequency(ctx, items, "every 2 hours"))
	},
	"createSyncVariant": func(ctx context.Context, w *worker) (any, error) {
		w.variant = w.unique("v")
		return done(w.h.CreateSyncVariant(ctx, nango.SyncRef{Name: items.Name, Variant: w.variant}))
	},
	"deleteSyncVariant": func(ctx context.Context, w *worker) (any, error) {
		return done(w.h.DeleteSyncVariant(ctx, nango.SyncRef{Name: items.Name, Variant: w.variant}))
	},

	"triggerAction": func(ctx context.Context, w *worker) (any, error) {
		return result(nango.TriggerAction[map[string]int](ctx, w.h, "count", map[string]int{"call": w.number}))
	},
	"getActionResult": func(ctx context.Context, w *worker) (any, error) {
		if w.action == nil || w.rng.IntN(2) == 0 {
			var err error
			if w.action, err = w.h.TriggerActionAsync(ctx, "count", map[string]int{"call": w.number}, nil); err != nil {
				return nil, err
			}
		}
		return result(nango.ActionResult[map[string]int](ctx, w.action))
	},

	"listEnvironmentVariables": func(ctx context.Context, w *worker) (any, error) {
		return result(w.Environment.Variables(ctx))
	},
	"rotateWebhookSigningKey": func(ctx context.Context, w *worker) (any, error) {
		key, err := w.Environment.RotateSigningKey(ctx)
		w.chaos.secret(key.Reveal())
		return key, err
	},
	"listEnvironments": func(ctx context.Context, w *worker) (any, error) {
		return result(w.account.Account.ListEnvironments(ctx, nil))
	},
	"listAPIKeys": func(ctx context.Context, w *worker) (any, error) {
		return result(w.account.Account.ListAPIKeys(ctx, w.prod, nil))
	},
	"getAPIKey": func(ctx context.Context, w *worker) (any, error) {
		key, err := w.account.Account.GetAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: w.prod, KeyUUID: w.key})
		if err == nil {
			w.chaos.secret(key.Secret.Reveal())
		}
		return key, err
	},
	"createEnvironment": func(ctx context.Context, w *worker) (any, error) {
		env, err := w.account.Account.CreateEnvironment(ctx, nango.CreateEnvironmentParams{Name: w.unique("e")})
		if err == nil {
			w.environment = env.UUID
		}
		return env, err
	},
	"deleteEnvironment": func(ctx context.Context, w *worker) (any, error) {
		return done(w.account.Account.DeleteEnvironment(ctx, w.environment))
	},
	"createAPIKey": func(ctx context.Context, w *worker) (any, error) {
		key, err := w.account.Account.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentUUID: w.prod, DisplayName: w.unique("k")})
		if err == nil {
			w.key = key.UUID
			w.chaos.secret(key.Secret.Reveal())
		}
		return key, err
	},
	"deleteAPIKey": func(ctx context.Context, w *worker) (any, error) {
		return done(w.account.Account.DeleteAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: w.prod, KeyUUID: w.key}))
	},

	"proxyGet":    proxied(http.MethodGet),
	"proxyPost":   proxied(http.MethodPost),
	"proxyPut":    proxied(http.MethodPut),
	"proxyPatch":  proxied(http.MethodPatch),
	"proxyDelete": proxied(http.MethodDelete),

	"proxyPropfind": proxied("PROPFIND"),
	"proxyReport":   proxied("REPORT"),
}

func proxied(method string) call {
	return func(ctx context.Context, w *worker) (any, error) {
		req := nango.ProxyRequest{Method: method, Path: fmt.Sprintf("/calls/%d", w.number)}
		if method != http.MethodGet {
			req.JSON = map[string]int{"call": w.number}
		}
		return result(nango.ProxyJSON[map[string]any](ctx, w.h, req))
	}
}
