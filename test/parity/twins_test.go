package parity

//lint:file-ignore SA1019 the Node SDK has what is deprecated here

import (
	"net/http"
	"net/url"
	"time"

	"github.com/nango-go/sdk/nango"
)

type object = map[string]any

// twins has for each recorded call of the Node SDK the call that stands for it here.
var twins = []struct {
	node string
	call func(c caller) error
}{
	{`listProviders({})`, func(c caller) error { return result(c.Providers.List(c.ctx, nil)) }},
	{`listProviders({"search": "git"})`, func(c caller) error {
		return result(c.Providers.List(c.ctx, &nango.ListProvidersParams{Search: "git"}))
	}},
	{`getProvider({"provider": "github"})`, func(c caller) error { return result(c.Providers.Get(c.ctx, "github", nil)) }},
	{`getProviderTemplates({"provider": "github"})`, func(c caller) error { return result(c.Providers.Templates(c.ctx, "github")) }},

	{`listIntegrations()`, func(c caller) error { return result(c.Integrations.List(c.ctx)) }},
	{`getIntegration({"uniqueKey": "github-prod"})`, func(c caller) error {
		return result(c.Integrations.Get(c.ctx, "github-prod", nil))
	}},
	{`getIntegration({"uniqueKey": "github-prod"}, {"include": ["webhook"]})`, func(c caller) error {
		return result(c.Integrations.Get(c.ctx, "github-prod", &nango.GetIntegrationParams{IncludeWebhook: true}))
	}},
	{`createIntegration({"provider": "github", "unique_key": "github-prod", "display_name": "GitHub", "credentials":
		{"type": "OAUTH2", "client_id": "id", "client_secret": "secret", "scopes": "repo,user"}})`, func(c caller) error {
		return result(c.Integrations.Create(c.ctx, nango.CreateIntegrationParams{
			Provider: "github", IntegrationID: "github-prod", DisplayName: "GitHub",
			App: nango.OAuth2App{ClientID: "id", ClientSecret: "secret", Scopes: []string{"repo", "user"}},
		}))
	}},
	{`createQuickstartIntegration({"provider": "github", "unique_key": "gh"})`, func(c caller) error {
		return result(c.Integrations.CreateQuickstart(c.ctx, nango.CreateQuickstartIntegrationParams{Provider: "github", IntegrationID: "gh"}))
	}},
	{`updateIntegration({"uniqueKey": "github-prod"}, {"display_name": "GitHub 2"})`, func(c caller) error {
		return result(c.Integrations.Update(c.ctx, "github-prod", &nango.UpdateIntegrationParams{DisplayName: "GitHub 2"}))
	}},
	{`deleteIntegration("github-prod")`, func(c caller) error { return c.Integrations.Delete(c.ctx, "github-prod") }},

	{`listFunctions({"uniqueKey": "github-prod"}, {"type": "sync", "page": 1, "limit": 10})`, func(c caller) error {
		return result(c.Functions.List(c.ctx, "github-prod", &nango.ListFunctionsParams{Type: nango.FunctionSync, Page: 1, PageSize: 10}))
	}},
	{`getFunction({"uniqueKey": "github-prod", "name": "issues"}, {"type": "sync"})`, func(c caller) error {
		return result(c.Functions.Get(c.ctx, nango.FunctionRef{IntegrationID: "github-prod", Name: "issues", Type: nango.FunctionSync}))
	}},
	{`getFunctionCode({"uniqueKey": "github-prod", "name": "issues"})`, func(c caller) error {
		return result(c.Functions.Code(c.ctx, nango.FunctionRef{IntegrationID: "github-prod", Name: "issues"}))
	}},
	{`deleteFunction({"uniqueKey": "github-prod", "name": "issues"}, {"type": "sync"})`, func(c caller) error {
		return c.Functions.Delete(c.ctx, nango.FunctionRef{IntegrationID: "github-prod", Name: "issues", Type: nango.FunctionSync})
	}},

	{`createConnectSession({"tags": {"end_user_id": "u1", "end_user_email": "u1@example.com", "organization_id": "o1"},
		"allowed_integrations": ["github-prod"],
		"integrations_config_defaults": {"github-prod": {"connection_config": {"subdomain": "acme"}}}})`, func(c caller) error {
		return result(c.ConnectSessions.Create(c.ctx, nango.CreateConnectSessionParams{
			Tags:           map[string]string{"end_user_id": "u1", "end_user_email": "u1@example.com", "organization_id": "o1"},
			IntegrationIDs: []string{"github-prod"},
			Defaults:       map[string]nango.ConnectDefaults{"github-prod": {ConnectionConfig: object{"subdomain": "acme"}}},
		}))
	}},
	{`createReconnectSession({"connection_id": "conn-1", "integration_id": "github-prod", "tags": {"end_user_id": "u1"}})`, func(c caller) error {
		return result(c.github.Reconnect(c.ctx, &nango.ReconnectParams{Tags: map[string]string{"end_user_id": "u1"}}))
	}},

	{`listConnections()`, func(c caller) error { return result(c.Connections.List(c.ctx, nil)) }},
	{`listConnections({"connectionId": "conn-1", "integrationId": ["github-prod", "slack"], "tags": {"end_user_id": "u1"}, "limit": 50})`,
		func(c caller) error {
			return result(c.Connections.List(c.ctx, &nango.ListConnectionsParams{
				ConnectionID: "conn-1", IntegrationIDs: []string{"github-prod", "slack"}, Tags: map[string]string{"end_user_id": "u1"}, PageSize: 50,
			}))
		}},
	{`getConnection("github-prod", "conn-1")`, func(c caller) error { return result(c.github.Get(c.ctx, nil)) }},
	{`getConnection("github-prod", "conn-1", true, true)`, func(c caller) error {
		return result(c.github.Get(c.ctx, &nango.GetConnectionParams{ForceRefresh: true, IncludeRefreshToken: true}))
	}},
	{`patchConnection({"connectionId": "conn-1", "provider_config_key": "github-prod"}, {"tags": {"plan": "pro"}})`, func(c caller) error {
		return c.github.Update(c.ctx, &nango.UpdateConnectionParams{Tags: map[string]string{"plan": "pro"}})
	}},
	{`getToken("github-prod", "conn-1")`, func(c caller) error { return result(c.github.Token(c.ctx, nil)) }},
	{`getRawTokenResponse("github-prod", "conn-1")`, func(c caller) error { return result(c.github.RawTokenResponse(c.ctx, nil)) }},
	{`deleteConnection("github-prod", "conn-1")`, func(c caller) error { return c.github.Delete(c.ctx) }},
	{`waitForConnection("github", "u1")`, func(c caller) error {
		return result(c.Connections.WaitFor(c.ctx, nango.WaitForConnectionParams{
			IntegrationIDs: []string{"github"}, Tags: map[string]string{"end_user_id": "u1"},
		}))
	}},
	{`getMetadata("github-prod", "conn-1")`, func(c caller) error { return result(nango.Metadata[object](c.ctx, c.github)) }},
	{`setMetadata("github-prod", "conn-1", {"a": 1})`, func(c caller) error { return c.github.SetMetadata(c.ctx, object{"a": 1}) }},
	{`setMetadata("github-prod", ["conn-1", "conn-2"], {"a": 1})`, func(c caller) error {
		return c.Connections.SetMetadata(c.ctx, "github-prod", []string{"conn-1", "conn-2"}, object{"a": 1})
	}},
	{`updateMetadata("github-prod", "conn-1", {"b": [1, 2]})`, func(c caller) error {
		return c.github.MergeMetadata(c.ctx, object{"b": []int{1, 2}})
	}},

	{`get({"endpoint": "/repos/octocat/hello-world", "providerConfigKey": "github-prod", "connectionId": "conn-1", "headers": {"X-Custom": "v"},
		"params": {"page": "2", "per_page": "50"}, "retries": 3, "retryOn": [418]})`, func(c caller) error {
		return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{
			Path: "/repos/octocat/hello-world", Header: http.Header{"X-Custom": {"v"}},
			Query: url.Values{"page": {"2"}, "per_page": {"50"}}, Retries: 3, RetryOn: []int{418},
		}))
	}},
	{`post({"endpoint": "/repos/o/r/issues", "providerConfigKey": "github-prod", "connectionId": "conn-1", "data": {"title": "Bug"},
		"baseUrlOverride": "https://api.example.com"})`, func(c caller) error {
		return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{
			Method: http.MethodPost, Path: "/repos/o/r/issues", JSON: object{"title": "Bug"}, BaseURLOverride: "https://api.example.com",
		}))
	}},
	{`put({"endpoint": "/x", "providerConfigKey": "github-prod", "connectionId": "conn-1", "data": {"a": 1}})`, func(c caller) error {
		return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{Method: http.MethodPut, Path: "/x", JSON: object{"a": 1}}))
	}},
	{`patch({"endpoint": "/x", "providerConfigKey": "github-prod", "connectionId": "conn-1", "data": {"a": 1}})`, func(c caller) error {
		return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{Method: http.MethodPatch, Path: "/x", JSON: object{"a": 1}}))
	}},
	{`delete({"endpoint": "/x", "providerConfigKey": "github-prod", "connectionId": "conn-1"})`, func(c caller) error {
		return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{Method: http.MethodDelete, Path: "/x"}))
	}},

	{`listRecords({"providerConfigKey": "github-prod", "connectionId": "conn-1", "model": "Issue"})`, func(c caller) error {
		return result(nango.ListRecords[object](c.ctx, c.github, nango.ListRecordsParams{Model: "Issue"}))
	}},
	{`listRecords({"providerConfigKey": "github-prod", "connectionId": "conn-1", "model": "Issue", "variant": "v2", "cursor": "abc==", "limit": 500,
		"filter": "added,updated", "modifiedAfter": "2026-01-01T00:00:00.000Z", "ids": ["1", "2"]})`, func(c caller) error {
		return result(nango.ListRecords[object](c.ctx, c.github, nango.ListRecordsParams{
			Model: "Issue", Variant: "v2", Cursor: "abc==", PageSize: 500, Filter: []nango.RecordAction{nango.RecordAdded, nango.RecordUpdated},
			ModifiedAfter: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), IDs: []string{"1", "2"},
		}))
	}},
	{`pruneRecords({"providerConfigKey": "github-prod", "connectionId": "conn-1", "model": "Issue", "untilCursor": "abc==", "limit": 100, "variant": "v2"})`,
		func(c caller) error {
			return result(c.github.PruneRecords(c.ctx, nango.PruneRecordsParams{Model: "Issue", Variant: "v2", UntilCursor: "abc==", PageSize: 100}))
		}},

	{`triggerSync("github-prod", ["issues"], "conn-1", {"reset": true, "emptyCache": true})`, func(c caller) error {
		return c.github.TriggerSyncs(c.ctx, []nango.SyncRef{{Name: "issues"}}, &nango.TriggerSyncsParams{Reset: true, EmptyCache: true})
	}},
	{`triggerSync("github-prod", [])`, func(c caller) error { return c.Syncs.Trigger(c.ctx, "github-prod", nango.AllSyncs(), nil) }},
	{`startSync("github-prod", ["issues", {"name": "prs", "variant": "v2"}], "conn-1")`, func(c caller) error {
		return c.github.StartSyncs(c.ctx, []nango.SyncRef{{Name: "issues"}, {Name: "prs", Variant: "v2"}})
	}},
	{`pauseSync("github-prod", ["issues"], "conn-1")`, func(c caller) error {
		return c.github.PauseSyncs(c.ctx, []nango.SyncRef{{Name: "issues"}})
	}},
	{`syncStatus("github-prod", "*", "conn-1")`, func(c caller) error { return result(c.github.SyncStatus(c.ctx, nango.AllSyncs())) }},
	{`syncStatus("github-prod", ["issues", {"name": "prs", "variant": "v2"}])`, func(c caller) error {
		return result(c.Syncs.Status(c.ctx, "github-prod", []nango.SyncRef{{Name: "issues"}, {Name: "prs", Variant: "v2"}}))
	}},
	{`updateSyncConnectionFrequency("github-prod", "issues", "conn-1", "every hour")`, func(c caller) error {
		return result(c.github.SetSyncFrequency(c.ctx, nango.SyncRef{Name: "issues"}, "every hour"))
	}},
	{`updateSyncConnectionFrequency("github-prod", {"name": "issues", "variant": "v2"}, "conn-1", null)`, func(c caller) error {
		return result(c.github.ResetSyncFrequency(c.ctx, nango.SyncRef{Name: "issues", Variant: "v2"}))
	}},
	{`createSyncVariant({"provider_config_key": "github-prod", "connection_id": "conn-1", "name": "issues", "variant": "v2"})`, func(c caller) error {
		return c.github.CreateSyncVariant(c.ctx, nango.SyncRef{Name: "issues", Variant: "v2"})
	}},
	{`deleteSyncVariant({"provider_config_key": "github-prod", "connection_id": "conn-1", "name": "issues", "variant": "v2"})`, func(c caller) error {
		return c.github.DeleteSyncVariant(c.ctx, nango.SyncRef{Name: "issues", Variant: "v2"})
	}},

	{`triggerAction("github-prod", "conn-1", "create-issue", {"title": "Bug"})`, func(c caller) error {
		return result(nango.TriggerAction[object](c.ctx, c.github, "create-issue", object{"title": "Bug"}))
	}},
	{`triggerActionAsync("github-prod", "conn-1", "create-issue", {"title": "Bug"})`, func(c caller) error {
		return result(c.github.TriggerActionAsync(c.ctx, "create-issue", object{"title": "Bug"}, nil))
	}},
	{`getAsyncActionResult({"id": "2f7c1d1e-5d3b-4a53-9f6e-5b1f6a1f0a11"})`, func(c caller) error {
		return result(nango.ActionResult[object](c.ctx, c.AsyncAction("2f7c1d1e-5d3b-4a53-9f6e-5b1f6a1f0a11")))
	}},
	{`getScriptsConfig()`, func(c caller) error { return result(c.Functions.ScriptsConfig(c.ctx)) }},
	{`getScriptsConfig("openai")`, func(c caller) error { return result(c.Functions.Tools(c.ctx)) }},
	{`getEnvironmentVariables()`, func(c caller) error { return result(c.Environment.Variables(c.ctx)) }},

	// Arguments that no call above has.
	{`getIntegration({"uniqueKey": "github-prod"}, {"include": ["credentials"]})`, func(c caller) error {
		return result(c.Integrations.Get(c.ctx, "github-prod", &nango.GetIntegrationParams{IncludeCredentials: true}))
	}},
	{`createIntegration({"provider": "github", "unique_key": "github-prod", "forward_webhooks": false, "integration_config": {"region": "eu"},
		"custom": {"a": "b"}})`, func(c caller) error {
		return result(c.Integrations.Create(c.ctx, nango.CreateIntegrationParams{
			Provider: "github", IntegrationID: "github-prod", ForwardWebhooks: new(false), Config: map[string]string{"region": "eu"},
			Custom: map[string]string{"a": "b"},
		}))
	}},
	{`createQuickstartIntegration({"provider": "github", "unique_key": "gh", "display_name": "GitHub", "forward_webhooks": false})`, func(c caller) error {
		return result(c.Integrations.CreateQuickstart(c.ctx, nango.CreateQuickstartIntegrationParams{
			Provider: "github", IntegrationID: "gh", DisplayName: "GitHub", ForwardWebhooks: new(false),
		}))
	}},
	{`updateIntegration({"uniqueKey": "github-prod"}, {"unique_key": "github-2", "credentials": {"type": "OAUTH2", "client_id": "id",
		"client_secret": "secret", "scopes": "repo,user", "webhook_secret": "w"}, "forward_webhooks": true, "integration_config": {"region": ""},
		"custom": {"a": "b"}})`, func(c caller) error {
		return result(c.Integrations.Update(c.ctx, "github-prod", &nango.UpdateIntegrationParams{
			Rename: "github-2", ForwardWebhooks: new(true), Config: map[string]string{"region": ""}, Custom: map[string]string{"a": "b"},
			App: nango.OAuth2App{ClientID: "id", ClientSecret: "secret", Scopes: []string{"repo", "user"}, WebhookSecret: new("w")},
		}))
	}},
	{`listFunctions({"uniqueKey": "github-prod"}, {"search": "issue"})`, func(c caller) error {
		return result(c.Functions.List(c.ctx, "github-prod", &nango.ListFunctionsParams{Search: "issue"}))
	}},
	{`getFunctionCode({"uniqueKey": "github-prod", "name": "issues"}, {"type": "action"})`, func(c caller) error {
		return result(c.Functions.Code(c.ctx, nango.FunctionRef{IntegrationID: "github-prod", Name: "issues", Type: nango.FunctionAction}))
	}},
	{`createConnectSession({"end_user": {"id": "u1", "email": "u1@example.com", "display_name": "U", "tags": {"a": "b"}},
		"organization": {"id": "o1", "display_name": "O"}, "integrations_config_defaults": {"github-prod": {"user_scopes": "a,b",
		"authorization_params": {"prompt": "consent"}, "connection_config": {"oauth_scopes_override": "x,y"}}},
		"overrides": {"github-prod": {"docs_connect": "https://example.com"}}, "webhook_url_override": "https://example.com/hook"})`, func(c caller) error {
		return result(c.ConnectSessions.Create(c.ctx, nango.CreateConnectSessionParams{
			EndUser:      &nango.EndUserParams{ID: "u1", Email: "u1@example.com", DisplayName: "U", Tags: map[string]string{"a": "b"}},
			Organization: &nango.OrganizationParams{ID: "o1", DisplayName: "O"},
			Defaults: map[string]nango.ConnectDefaults{"github-prod": {
				UserScopes: []string{"a", "b"}, AuthorizationParams: map[string]string{"prompt": "consent"}, OAuthScopes: []string{"x", "y"},
			}},
			Overrides:          map[string]nango.ConnectOverrides{"github-prod": {DocsConnect: "https://example.com"}},
			WebhookURLOverride: "https://example.com/hook",
		}))
	}},
	{`createReconnectSession({"connection_id": "conn-1", "integration_id": "github-prod", "end_user": {"id": "u1"}, "organization": {"id": "o1"},
		"integrations_config_defaults": {"github-prod": {"authorization_params": {"prompt": "consent"}}},
		"overrides": {"github-prod": {"docs_connect": "https://example.com"}}, "webhook_url_override": "https://example.com/hook"})`, func(c caller) error {
		return result(c.github.Reconnect(c.ctx, &nango.ReconnectParams{
			EndUser: &nango.EndUserParams{ID: "u1"}, Organization: &nango.OrganizationParams{ID: "o1"},
			Defaults:           map[string]nango.ConnectDefaults{"github-prod": {AuthorizationParams: map[string]string{"prompt": "consent"}}},
			Overrides:          map[string]nango.ConnectOverrides{"github-prod": {DocsConnect: "https://example.com"}},
			WebhookURLOverride: "https://example.com/hook",
		}))
	}},
	{`listConnections("conn-1", "ann", {"endUserId": "u1", "endUserOrganizationId": "o1", "limit": 5, "page": 2})`, func(c caller) error {
		return result(c.Connections.List(c.ctx, &nango.ListConnectionsParams{
			ConnectionID: "conn-1", Search: "ann", EndUserID: "u1", EndUserOrganizationID: "o1", PageSize: 5, Page: 2,
		}))
	}},
	{`listConnections({"userId": "u1", "integrationId": "github-prod"})`, func(c caller) error {
		return result(c.Connections.List(c.ctx, &nango.ListConnectionsParams{EndUserID: "u1", IntegrationIDs: []string{"github-prod"}}))
	}},
	{`getConnection("github-prod", "conn-1", false, false, true)`, func(c caller) error {
		return result(c.github.Get(c.ctx, &nango.GetConnectionParams{RefreshGitHubAppJWT: true}))
	}},
	{`patchConnection({"connectionId": "conn-1", "provider_config_key": "github-prod"}, {"webhook_url_override": "https://example.com/hook",
		"end_user": {"id": "u1", "email": "u1@example.com"}})`, func(c caller) error {
		return c.github.Update(c.ctx, &nango.UpdateConnectionParams{
			WebhookURLOverride: new("https://example.com/hook"), EndUser: &nango.EndUserParams{ID: "u1", Email: "u1@example.com"},
		})
	}},
	{`getToken("github-prod", "conn-1", true)`, func(c caller) error {
		return result(c.github.Token(c.ctx, &nango.TokenParams{ForceRefresh: true}))
	}},
	{`getToken("github-prod", "conn-1", true, true)`, func(c caller) error {
		return result(c.github.Token(c.ctx, &nango.TokenParams{ForceRefresh: true, RefreshGitHubAppJWT: true}))
	}},
	{`getRawTokenResponse("github-prod", "conn-1", true)`, func(c caller) error {
		return result(c.github.RawTokenResponse(c.ctx, &nango.TokenParams{ForceRefresh: true}))
	}},
	{`getRawTokenResponse("github-prod", "conn-1", false, true)`, func(c caller) error {
		return result(c.github.RawTokenResponse(c.ctx, &nango.TokenParams{RefreshGitHubAppJWT: true}))
	}},
	{`updateMetadata("github-prod", ["conn-1", "conn-2"], {"b": 1})`, func(c caller) error {
		return c.Connections.MergeMetadata(c.ctx, "github-prod", []string{"conn-1", "conn-2"}, object{"b": 1})
	}},
	{`listRecords({"providerConfigKey": "github-prod", "connectionId": "conn-1", "model": "Issue", "filter": "deleted"})`, func(c caller) error {
		return result(nango.ListRecords[object](c.ctx, c.github, nango.ListRecordsParams{Model: "Issue", Filter: []nango.RecordAction{nango.RecordDeleted}}))
	}},
	{`triggerSync("github-prod", [{"name": "issues", "variant": "v2"}], "conn-1")`, func(c caller) error {
		return c.github.TriggerSyncs(c.ctx, []nango.SyncRef{{Name: "issues", Variant: "v2"}}, nil)
	}},
	{`startSync("github-prod", ["issues"])`, func(c caller) error { return c.Syncs.Start(c.ctx, "github-prod", []nango.SyncRef{{Name: "issues"}}) }},
	{`pauseSync("github-prod", ["issues"])`, func(c caller) error { return c.Syncs.Pause(c.ctx, "github-prod", []nango.SyncRef{{Name: "issues"}}) }},
	{`triggerAction("github-prod", "conn-1", "create-issue")`, func(c caller) error {
		return result(nango.TriggerAction[object](c.ctx, c.github, "create-issue", nil))
	}},
	{`getAsyncActionResult({"statusUrl": "/action/2f7c1d1e-5d3b-4a53-9f6e-5b1f6a1f0a11"})`, func(c caller) error {
		return result(nango.ActionResult[object](c.ctx, c.AsyncAction("2f7c1d1e-5d3b-4a53-9f6e-5b1f6a1f0a11")))
	}},
	{`get({"endpoint": "/x", "providerConfigKey": "github-prod", "connectionId": "conn-1", "decompress": true, "forwardHeadersOnRedirect": true})`,
		func(c caller) error {
			return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{Path: "/x", ForwardHeadersOnRedirect: new(true)}))
		}},
	{`post({"endpoint": "/x", "providerConfigKey": "github-prod", "connectionId": "conn-1", "headers": {"Content-Type": "application/vnd.api+json"},
		"data": {"a": "100%"}})`, func(c caller) error {
		return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{
			Method: http.MethodPost, Path: "/x", JSON: object{"a": "100%"}, ContentType: "application/vnd.api+json",
		}))
	}},
	{`delete({"endpoint": "/x", "providerConfigKey": "github-prod", "connectionId": "conn-1", "data": {"a": 1}})`, func(c caller) error {
		return result(nango.ProxyJSON[any](c.ctx, c.github, nango.ProxyRequest{Method: http.MethodDelete, Path: "/x", JSON: object{"a": 1}}))
	}},
}
