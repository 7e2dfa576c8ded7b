package contract

import "github.com/nango-go/sdk/nango"

// generatedOnly names the operations that have no method: they are the command line's, and come in whole projects.
var generatedOnly = map[string]string{
	"previewBundle":  "deploys a project of functions, which is the work of Nango's command line; only in Generated",
	"deployBundle":   "deploys a project of functions, which is the work of Nango's command line; only in Generated",
	"invokeFunction": "not in Nango's own documentation yet, and moved after 0.71.10; only in Generated",
	"getInvocation":  "not in Nango's own documentation yet, and moved after 0.71.10; only in Generated",
}

// unrecorded says why an operation has no recorded success or failure.
var unrecorded = map[string]string{
	"getScriptsConfig failure": "the server takes any query and any format, and its 401 and 403 are the same everywhere",
	"proxyPut failure":         "recorded with GET and POST; the proxy does not look at the method",
	"proxyPatch failure":       "recorded with GET and POST; the proxy does not look at the method",
	"proxyDelete failure":      "recorded with GET and POST; the proxy does not look at the method",
}

// covered is the method of the facade for an operation, with what answers it.
type covered struct {
	call             func(c caller) error
	success, failure string // recordings; empty where unrecorded has the reason, and for what is declared
}

var items = nango.SyncRef{Name: "fetch-items"}

var coverage = map[string]covered{
	"listProviders": {
		func(c caller) error { return result(c.Providers.List(c.ctx, nil)) },
		"providers/list-search", "providers/list-search-invalid-chars",
	},
	"getProvider": {
		func(c caller) error { return result(c.Providers.Get(c.ctx, "acumatica", nil)) },
		"providers/get-acumatica", "providers/get-unknown-404",
	},
	"listProviderTemplates": {
		func(c caller) error { return result(c.Providers.Templates(c.ctx, "github")) },
		"providers/templates-github", "providers/templates-unknown-query",
	},

	"listIntegrations": {
		func(c caller) error { return result(c.Integrations.List(c.ctx)) },
		"integrations/list", "auth/integrations-unknown-key",
	},
	"createIntegration": {
		func(c caller) error {
			return result(c.Integrations.Create(c.ctx, nango.CreateIntegrationParams{
				Provider: "github", IntegrationID: "gh", App: nango.OAuth2App{ClientID: "id", ClientSecret: "secret"},
			}))
		},
		"integrations/create-oauth2", "integrations/create-duplicate",
	},
	"createQuickstartIntegration": {
		func(c caller) error {
			return result(c.Integrations.CreateQuickstart(c.ctx, nango.CreateQuickstartIntegrationParams{Provider: "github", IntegrationID: "gh"}))
		},
		"integrations/quickstart-ok", "integrations/quickstart-unknown-provider",
	},
	"getIntegration": {
		func(c caller) error {
			return result(c.Integrations.Get(c.ctx, "gh", &nango.GetIntegrationParams{IncludeWebhook: true, IncludeCredentials: true}))
		},
		"integrations/get-gh-oauth2-include-webhook-credentials", "integrations/get-unknown-404",
	},
	"updateIntegration": {
		func(c caller) error {
			return result(c.Integrations.Update(c.ctx, "gh", &nango.UpdateIntegrationParams{DisplayName: "GitHub"}))
		},
		"integrations/patch-display-name", "integrations/patch-unknown-404",
	},
	"deleteIntegration": {
		func(c caller) error { return c.Integrations.Delete(c.ctx, "gh") },
		"integrations/delete", "integrations/delete-again-404",
	},

	"listFunctions": {
		func(c caller) error { return result(c.Functions.List(c.ctx, "demo-none", nil)) },
		"functions/list", "functions/list-unknown-integration",
	},
	"getFunction": {
		func(c caller) error {
			return result(c.Functions.Get(c.ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "echo"}))
		},
		"functions/get-echo", "functions/get-unknown-404",
	},
	"deleteFunction": {
		func(c caller) error {
			return c.Functions.Delete(c.ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "echo", Type: nango.FunctionAction})
		},
		"functions/delete-standalone", "functions/delete-repo-function",
	},
	"getFunctionCode": {
		func(c caller) error {
			return result(c.Functions.Code(c.ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "echo"}))
		},
		"functions/code-echo", "functions/code-unknown-404",
	},
	"getScriptsConfig": {
		func(c caller) error { return result(c.Functions.ScriptsConfig(c.ctx)) },
		"scripts/config-nango", "",
	},
	"compileFunction": {
		func(c caller) error { return result(c.Functions.Compile(c.ctx, "export default 1")) },
		"functions/compile-ok", "functions/compile-type-error",
	},
	"createDryRun": {
		func(c caller) error {
			return result(c.Functions.CreateDryRun(c.ctx, nango.CreateDryRunParams{
				IntegrationID: "demo-none", ConnectionID: "conn-none-1", Type: nango.FunctionAction, Code: "export default 1",
			}))
		},
		"functions/dryrun-ok", "functions/dryrun-unknown-connection-2",
	},
	"getDryRun": {
		func(c caller) error { return result(c.Functions.DryRun(c.ctx, "91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3")) },
		"functions/dryrun-get-success", "functions/dryrun-get-unknown",
	},
	"createDeployment": {
		func(c caller) error {
			return result(c.Functions.DeployFunction(c.ctx, nango.DeployFunctionParams{
				IntegrationID: "demo-none", Name: "echo", Type: nango.FunctionAction, Code: "export default 1",
			}))
		},
		"functions/deployment-ok", "functions/deployment-existing-repo-function",
	},
	"getDeployment": {
		func(c caller) error {
			return result(c.Functions.Deployment(c.ctx, "91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3"))
		},
		"functions/deployment-get-success", "functions/deployment-get-unknown",
	},

	"listConnections": {
		func(c caller) error { return result(c.Connections.List(c.ctx, nil)) },
		"connections/list-final", "ratelimit/429-connections",
	},
	"importConnection": {
		func(c caller) error {
			return result(c.Connections.Import(c.ctx, nango.ImportConnectionParams{
				IntegrationID: "gh", Credentials: nango.ImportOAuth2{AccessToken: "token"},
			}))
		},
		"connections/create-oauth2", "connections/create-unknown-integration",
	},
	"setConnectionMetadata": {
		func(c caller) error { return c.connection.SetMetadata(c.ctx, map[string]any{"a": 1}) },
		"metadata/post-many", "metadata/post-many-one-unknown",
	},
	"mergeConnectionMetadata": {
		func(c caller) error { return c.connection.MergeMetadata(c.ctx, map[string]any{"a": 1}) },
		"metadata/patch-many", "metadata/patch-many-one-unknown",
	},
	"getConnection": {
		func(c caller) error { return result(c.connection.Get(c.ctx, nil)) },
		"connections/get-oauth2", "connections/get-oauth2-bad-refresh-again",
	},
	"updateConnection": {
		func(c caller) error {
			return c.connection.Update(c.ctx, &nango.UpdateConnectionParams{Tags: map[string]string{"plan": "pro"}})
		},
		"connections/patch-tags", "connections/patch-unknown-connection",
	},
	"deleteConnection": {
		func(c caller) error { return c.connection.Delete(c.ctx) },
		"connections/delete", "connections/delete-again",
	},

	"createConnectSession": {
		func(c caller) error {
			return result(c.ConnectSessions.Create(c.ctx, nango.CreateConnectSessionParams{Tags: map[string]string{"end_user_id": "u1"}}))
		},
		"connect/sessions-create-minimal", "connect/sessions-create-docs-override-forbidden",
	},
	"createReconnectSession": {
		func(c caller) error {
			return result(c.connection.Reconnect(c.ctx, &nango.ReconnectParams{Tags: map[string]string{}}))
		},
		"connect/reconnect-create", "connect/reconnect-unknown-connection",
	},
	"getConnectSession": {
		func(c caller) error { return result(c.ConnectSessions.Get(c.ctx, "nango_connect_session_1")) },
		"connect/session-get-minimal", "connect/session-get-after-delete",
	},
	"deleteConnectSession": {
		func(c caller) error { return c.ConnectSessions.Delete(c.ctx, "nango_connect_session_1") },
		"connect/session-delete", "connect/session-delete-again",
	},

	"listRecords": {
		func(c caller) error {
			return result(nango.ListRecords[any](c.ctx, c.connection, nango.ListRecordsParams{Model: "Item"}))
		},
		"records/list-all", "records/list-invalid-cursor",
	},
	"pruneRecords": {
		func(c caller) error {
			return result(c.connection.PruneRecords(c.ctx, nango.PruneRecordsParams{Model: "Item", UntilCursor: "abc=="}))
		},
		"records/prune-until-cursor", "records/prune-unknown-connection",
	},
	"triggerSync": {
		func(c caller) error { return c.connection.TriggerSyncs(c.ctx, []nango.SyncRef{items}, nil) },
		"sync/trigger-manual", "sync/trigger-unknown-sync",
	},
	"startSync": {
		func(c caller) error { return c.connection.StartSyncs(c.ctx, []nango.SyncRef{items}) },
		"sync/start-one", "sync/start-unknown-connection",
	},
	"pauseSync": {
		func(c caller) error { return c.connection.PauseSyncs(c.ctx, []nango.SyncRef{items}) },
		"sync/pause-one", "sync/pause-unknown-connection",
	},
	"getSyncStatus": {
		func(c caller) error { return result(c.connection.SyncStatus(c.ctx, nango.AllSyncs())) },
		"sync/status-all", "sync/status-unknown-connection",
	},
	"setSyncFrequency": {
		func(c caller) error { return result(c.connection.SetSyncFrequency(c.ctx, items, "every 2 hours")) },
		"sync/frequency-set", "sync/frequency-too-short",
	},
	"createSyncVariant": {
		func(c caller) error {
			return c.connection.CreateSyncVariant(c.ctx, nango.SyncRef{Name: items.Name, Variant: "b"})
		},
		"sync/variant-create", "sync/variant-create-duplicate",
	},
	"deleteSyncVariant": {
		func(c caller) error {
			return c.connection.DeleteSyncVariant(c.ctx, nango.SyncRef{Name: items.Name, Variant: "b"})
		},
		"sync/variant-delete", "sync/variant-delete-again",
	},

	"triggerAction": {
		func(c caller) error { return result(nango.TriggerAction[any](c.ctx, c.connection, "echo", nil)) },
		"action/trigger-sync-echo", "action/trigger-crash-upstream-418",
	},
	"getActionResult": {
		func(c caller) error {
			return result(nango.ActionResult[any](c.ctx, c.AsyncAction("2f7c1d1e-5d3b-4a53-9f6e-5b1f6a1f0a11")))
		},
		"action/result-success", "action/result-unknown",
	},

	"listEnvironmentVariables": {
		func(c caller) error { return result(c.Environment.Variables(c.ctx)) },
		"environment/variables", "auth/scoped-environment-variables-403",
	},
	"rotateWebhookSigningKey": {
		func(c caller) error { return result(c.Environment.RotateSigningKey(c.ctx)) },
		"environment/rotate-webhook-signing-key-prod", "environment/rotate-account-key",
	},
	"createEnvironment": {
		func(c caller) error {
			return result(c.Account.CreateEnvironment(c.ctx, nango.CreateEnvironmentParams{Name: "staging"}))
		},
		"environment/create", "environment/create-duplicate",
	},
	"deleteEnvironment": {
		func(c caller) error { return c.Account.DeleteEnvironment(c.ctx, c.key.EnvironmentUUID) },
		"environment/delete", "environment/delete-prod-forbidden",
	},
	"listEnvironments": {call: func(c caller) error {
		return result(c.Account.ListEnvironments(c.ctx, &nango.ListEnvironmentsParams{Name: "staging"}))
	}},
	"listAPIKeys": {call: func(c caller) error {
		return result(c.Account.ListAPIKeys(c.ctx, c.key.EnvironmentUUID, &nango.ListAPIKeysParams{DisplayName: "ci"}))
	}},
	"createAPIKey": {call: func(c caller) error {
		return result(c.Account.CreateAPIKey(c.ctx, nango.CreateAPIKeyParams{EnvironmentUUID: c.key.EnvironmentUUID, DisplayName: "new"}))
	}},
	"getAPIKey":    {call: func(c caller) error { return result(c.Account.GetAPIKey(c.ctx, c.key)) }},
	"deleteAPIKey": {call: func(c caller) error { return c.Account.DeleteAPIKey(c.ctx, c.key) }},

	// The failure of proxyPost is the provider's own, those of all others Nango's.
	"proxyGet":    {proxied("GET"), "proxy/get-json", "proxy/unknown-integration"},
	"proxyPost":   {proxied("POST"), "proxy/post-json", "proxy/upstream-post-422"},
	"proxyPut":    {proxied("PUT"), "proxy/put-json", ""},
	"proxyPatch":  {proxied("PATCH"), "proxy/patch-json", ""},
	"proxyDelete": {proxied("DELETE"), "proxy/delete", ""},

	"proxyPropfind": {call: proxied("PROPFIND")},
	"proxyReport":   {call: proxied("REPORT")},
}

func proxied(method string) func(caller) error {
	return func(c caller) error {
		req := nango.ProxyRequest{Method: method, Path: "/echo/a b?x=1"}
		if method != "GET" {
			req.JSON = map[string]any{"a": 1}
		}
		return result(nango.ProxyJSON[any](c.ctx, c.connection, req))
	}
}
