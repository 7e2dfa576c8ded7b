package nangootel_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// What no span and no metric may hold.
const (
	integrationMark = "integration-mark"
	connectionMark  = "connection-mark"
	dataMark        = "data-mark" // names, tags, metadata, inputs, queries, cursors
	uuidMark        = "7c1f2a86-3a6e-4d0b-9c0f-5b8f0f7f9a11"
)

var marks = []string{integrationMark, connectionMark, dataMark, uuidMark}

type facadeCall struct {
	operation gen.OperationID // the first operation of the call
	do        func(context.Context, *nango.Client) error
}

func handle(c *nango.Client) *nango.ConnectionHandle {
	return c.Connection(integrationMark, connectionMark)
}

func errOf[T any](_ T, err error) error { return err }

func drain[T any](all iter.Seq2[T, error]) (err error) {
	for _, err = range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func drainBody(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return errOf(io.Copy(io.Discard, resp.Body))
}

var (
	syncs    = []nango.SyncRef{{Name: dataMark}}
	function = nango.FunctionRef{IntegrationID: integrationMark, Name: dataMark, Type: nango.FunctionAction}
	apiKey   = nango.APIKeyRef{EnvironmentUUID: uuidMark, KeyUUID: uuidMark}
	once     = &nango.WaitParams{MaxFailures: 1}
)

func proxied(method string) func(context.Context, *nango.Client) error {
	return func(ctx context.Context, c *nango.Client) error {
		req := nango.ProxyRequest{Method: method, Path: "/" + dataMark + "?q=" + dataMark, Header: http.Header{"X-Mine": {dataMark}}}
		if method != http.MethodGet {
			req.JSON = map[string]string{"a": dataMark}
		}
		return errOf(nango.ProxyJSON[any](ctx, handle(c), req))
	}
}

// facadeCalls has each method of the facade that makes a request.
var facadeCalls = map[string]facadeCall{
	"Providers.List":      {"listProviders", func(ctx context.Context, c *nango.Client) error { return errOf(c.Providers.List(ctx, nil)) }},
	"Providers.Get":       {"getProvider", func(ctx context.Context, c *nango.Client) error { return errOf(c.Providers.Get(ctx, dataMark, nil)) }},
	"Providers.Templates": {"listProviderTemplates", func(ctx context.Context, c *nango.Client) error { return errOf(c.Providers.Templates(ctx, dataMark)) }},

	"Integrations.List": {"listIntegrations", func(ctx context.Context, c *nango.Client) error { return errOf(c.Integrations.List(ctx)) }},
	"Integrations.Create": {"createIntegration", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Integrations.Create(ctx, nango.CreateIntegrationParams{Provider: dataMark, IntegrationID: integrationMark}))
	}},
	"Integrations.CreateQuickstart": {"createQuickstartIntegration", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Integrations.CreateQuickstart(ctx, nango.CreateQuickstartIntegrationParams{Provider: dataMark, IntegrationID: integrationMark}))
	}},
	"Integrations.Get": {"getIntegration", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Integrations.Get(ctx, integrationMark, nil))
	}},
	"Integrations.Update": {"updateIntegration", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Integrations.Update(ctx, integrationMark, &nango.UpdateIntegrationParams{DisplayName: dataMark}))
	}},
	"Integrations.Delete": {"deleteIntegration", func(ctx context.Context, c *nango.Client) error { return c.Integrations.Delete(ctx, integrationMark) }},

	"Functions.All": {"listFunctions", func(ctx context.Context, c *nango.Client) error {
		return drain(c.Functions.All(ctx, integrationMark, nil))
	}},
	"Functions.List": {"listFunctions", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Functions.List(ctx, integrationMark, nil))
	}},
	"Functions.Get":           {"getFunction", func(ctx context.Context, c *nango.Client) error { return errOf(c.Functions.Get(ctx, function)) }},
	"Functions.Code":          {"getFunctionCode", func(ctx context.Context, c *nango.Client) error { return errOf(c.Functions.Code(ctx, function)) }},
	"Functions.Delete":        {"deleteFunction", func(ctx context.Context, c *nango.Client) error { return c.Functions.Delete(ctx, function) }},
	"Functions.Compile":       {"compileFunction", func(ctx context.Context, c *nango.Client) error { return errOf(c.Functions.Compile(ctx, dataMark)) }},
	"Functions.ScriptsConfig": {"getScriptsConfig", func(ctx context.Context, c *nango.Client) error { return errOf(c.Functions.ScriptsConfig(ctx)) }},
	"Functions.Tools":         {"getScriptsConfig", func(ctx context.Context, c *nango.Client) error { return errOf(c.Functions.Tools(ctx)) }},
	"Functions.CreateDryRun": {"createDryRun", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{IntegrationID: integrationMark, ConnectionID: connectionMark, Type: nango.FunctionAction, Code: dataMark}))
	}},
	"Functions.DryRun": {"getDryRun", func(ctx context.Context, c *nango.Client) error { return errOf(c.Functions.DryRun(ctx, uuidMark)) }},
	"Functions.WaitForDryRun": {"getDryRun", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Functions.WaitForDryRun(ctx, uuidMark, once))
	}},
	"Functions.DeployFunction": {"createDeployment", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Functions.DeployFunction(ctx, nango.DeployFunctionParams{IntegrationID: integrationMark, Name: dataMark, Type: nango.FunctionAction, Code: dataMark}))
	}},
	"Functions.DeployTemplate": {"createDeployment", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Functions.DeployTemplate(ctx, nango.DeployTemplateParams{IntegrationID: integrationMark, Template: dataMark}))
	}},
	"Functions.Deployment": {"getDeployment", func(ctx context.Context, c *nango.Client) error { return errOf(c.Functions.Deployment(ctx, uuidMark)) }},
	"Functions.WaitForDeployment": {"getDeployment", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Functions.WaitForDeployment(ctx, uuidMark, once))
	}},

	"Connections.All":  {"listConnections", func(ctx context.Context, c *nango.Client) error { return drain(c.Connections.All(ctx, nil)) }},
	"Connections.List": {"listConnections", func(ctx context.Context, c *nango.Client) error { return errOf(c.Connections.List(ctx, nil)) }},
	"Connections.Import": {"importConnection", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Connections.Import(ctx, nango.ImportConnectionParams{IntegrationID: integrationMark, ConnectionID: connectionMark, Credentials: nango.ImportOAuth2{AccessToken: dataMark}}))
	}},
	"Connections.SetMetadata": {"setConnectionMetadata", func(ctx context.Context, c *nango.Client) error {
		return c.Connections.SetMetadata(ctx, integrationMark, []string{connectionMark}, map[string]string{"a": dataMark})
	}},
	"Connections.MergeMetadata": {"mergeConnectionMetadata", func(ctx context.Context, c *nango.Client) error {
		return c.Connections.MergeMetadata(ctx, integrationMark, []string{connectionMark}, map[string]string{"a": dataMark})
	}},
	"Connections.WaitFor": {"listConnections", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Connections.WaitFor(ctx, nango.WaitForConnectionParams{Tags: map[string]string{"a": dataMark}, Wait: *once}))
	}},
	"ConfirmAuthEvent": {"listConnections", func(ctx context.Context, c *nango.Client) error {
		return c.ConfirmAuthEvent(ctx, &webhook.AuthEvent{ConnectionID: connectionMark, IntegrationID: integrationMark, Operation: webhook.AuthOperationCreation, Success: true})
	}},

	"ConnectSessions.Create": {"createConnectSession", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{"a": dataMark}}))
	}},
	"ConnectSessions.Get":    {"getConnectSession", func(ctx context.Context, c *nango.Client) error { return errOf(c.ConnectSessions.Get(ctx, dataMark)) }},
	"ConnectSessions.Delete": {"deleteConnectSession", func(ctx context.Context, c *nango.Client) error { return c.ConnectSessions.Delete(ctx, dataMark) }},

	"Syncs.Trigger": {"triggerSync", func(ctx context.Context, c *nango.Client) error {
		return c.Syncs.Trigger(ctx, integrationMark, syncs, nil)
	}},
	"Syncs.Start": {"startSync", func(ctx context.Context, c *nango.Client) error { return c.Syncs.Start(ctx, integrationMark, syncs) }},
	"Syncs.Pause": {"pauseSync", func(ctx context.Context, c *nango.Client) error { return c.Syncs.Pause(ctx, integrationMark, syncs) }},
	"Syncs.Status": {"getSyncStatus", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Syncs.Status(ctx, integrationMark, syncs))
	}},

	"Environment.Variables":        {"listEnvironmentVariables", func(ctx context.Context, c *nango.Client) error { return errOf(c.Environment.Variables(ctx)) }},
	"Environment.RotateSigningKey": {"rotateWebhookSigningKey", func(ctx context.Context, c *nango.Client) error { return errOf(c.Environment.RotateSigningKey(ctx)) }},
	"Account.ListEnvironments":     {"listEnvironments", func(ctx context.Context, c *nango.Client) error { return errOf(c.Account.ListEnvironments(ctx, nil)) }},
	"Account.CreateEnvironment": {"createEnvironment", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Account.CreateEnvironment(ctx, nango.CreateEnvironmentParams{Name: dataMark}))
	}},
	"Account.DeleteEnvironment": {"deleteEnvironment", func(ctx context.Context, c *nango.Client) error { return c.Account.DeleteEnvironment(ctx, uuidMark) }},
	"Account.ListAPIKeys": {"listAPIKeys", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Account.ListAPIKeys(ctx, uuidMark, nil))
	}},
	"Account.GetAPIKey":    {"getAPIKey", func(ctx context.Context, c *nango.Client) error { return errOf(c.Account.GetAPIKey(ctx, apiKey)) }},
	"Account.DeleteAPIKey": {"deleteAPIKey", func(ctx context.Context, c *nango.Client) error { return c.Account.DeleteAPIKey(ctx, apiKey) }},
	"Account.CreateAPIKey": {"createAPIKey", func(ctx context.Context, c *nango.Client) error {
		return errOf(c.Account.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentUUID: uuidMark, DisplayName: dataMark}))
	}},

	"handle.Get": {"getConnection", func(ctx context.Context, c *nango.Client) error { return errOf(handle(c).Get(ctx, nil)) }},
	"handle.Update": {"updateConnection", func(ctx context.Context, c *nango.Client) error {
		return handle(c).Update(ctx, &nango.UpdateConnectionParams{Tags: map[string]string{"a": dataMark}})
	}},
	"handle.Delete":    {"deleteConnection", func(ctx context.Context, c *nango.Client) error { return handle(c).Delete(ctx) }},
	"handle.Reconnect": {"listConnections", func(ctx context.Context, c *nango.Client) error { return errOf(handle(c).Reconnect(ctx, nil)) }},
	"handle.SetMetadata": {"setConnectionMetadata", func(ctx context.Context, c *nango.Client) error {
		return handle(c).SetMetadata(ctx, map[string]string{"a": dataMark})
	}},
	"handle.MergeMetadata": {"mergeConnectionMetadata", func(ctx context.Context, c *nango.Client) error {
		return handle(c).MergeMetadata(ctx, map[string]string{"a": dataMark})
	}},
	"Metadata":                {"getConnection", func(ctx context.Context, c *nango.Client) error { return errOf(nango.Metadata[any](ctx, handle(c))) }},
	"handle.Token":            {"getConnection", func(ctx context.Context, c *nango.Client) error { return errOf(handle(c).Token(ctx, nil)) }},
	"handle.RawTokenResponse": {"getConnection", func(ctx context.Context, c *nango.Client) error { return errOf(handle(c).RawTokenResponse(ctx, nil)) }},

	"handle.TriggerSyncs": {"triggerSync", func(ctx context.Context, c *nango.Client) error { return handle(c).TriggerSyncs(ctx, syncs, nil) }},
	"handle.StartSyncs":   {"startSync", func(ctx context.Context, c *nango.Client) error { return handle(c).StartSyncs(ctx, syncs) }},
	"handle.PauseSyncs":   {"pauseSync", func(ctx context.Context, c *nango.Client) error { return handle(c).PauseSyncs(ctx, syncs) }},
	"handle.SyncStatus":   {"getSyncStatus", func(ctx context.Context, c *nango.Client) error { return errOf(handle(c).SyncStatus(ctx, syncs)) }},
	"handle.RunSync": {"getSyncStatus", func(ctx context.Context, c *nango.Client) error {
		return errOf(handle(c).RunSync(ctx, syncs[0], &nango.RunSyncParams{Wait: *once}))
	}},
	"handle.SetSyncFrequency": {"setSyncFrequency", func(ctx context.Context, c *nango.Client) error {
		return errOf(handle(c).SetSyncFrequency(ctx, syncs[0], "every hour"))
	}},
	"handle.ResetSyncFrequency": {"setSyncFrequency", func(ctx context.Context, c *nango.Client) error {
		return errOf(handle(c).ResetSyncFrequency(ctx, syncs[0]))
	}},
	"handle.CreateSyncVariant": {"createSyncVariant", func(ctx context.Context, c *nango.Client) error {
		return handle(c).CreateSyncVariant(ctx, nango.SyncRef{Name: dataMark, Variant: dataMark})
	}},
	"handle.DeleteSyncVariant": {"deleteSyncVariant", func(ctx context.Context, c *nango.Client) error {
		return handle(c).DeleteSyncVariant(ctx, nango.SyncRef{Name: dataMark, Variant: dataMark})
	}},

	"ListRecords": {"listRecords", func(ctx context.Context, c *nango.Client) error {
		return errOf(nango.ListRecords[any](ctx, handle(c), nango.ListRecordsParams{Model: dataMark, Cursor: dataMark}))
	}},
	"Records": {"listRecords", func(ctx context.Context, c *nango.Client) error {
		return drain(nango.Records[any](ctx, handle(c), nango.ListRecordsParams{Model: dataMark}))
	}},
	"RecordPages": {"listRecords", func(ctx context.Context, c *nango.Client) error {
		return drain(nango.RecordPages[any](ctx, handle(c), nango.ListRecordsParams{Model: dataMark}))
	}},
	"handle.PruneRecords": {"pruneRecords", func(ctx context.Context, c *nango.Client) error {
		return errOf(handle(c).PruneRecords(ctx, nango.PruneRecordsParams{Model: dataMark, UntilCursor: dataMark}))
	}},

	"TriggerAction": {"triggerAction", func(ctx context.Context, c *nango.Client) error {
		return errOf(nango.TriggerAction[any](ctx, handle(c), dataMark, map[string]string{"a": dataMark}))
	}},
	"handle.TriggerActionAsync": {"triggerAction", func(ctx context.Context, c *nango.Client) error {
		return errOf(handle(c).TriggerActionAsync(ctx, dataMark, nil, nil))
	}},
	"ActionResult": {"getActionResult", func(ctx context.Context, c *nango.Client) error {
		return errOf(nango.ActionResult[any](ctx, c.AsyncAction(uuidMark)))
	}},
	"WaitForActionResult": {"getActionResult", func(ctx context.Context, c *nango.Client) error {
		return errOf(nango.WaitForActionResult[any](ctx, c.AsyncAction(uuidMark), once))
	}},

	"handle.Proxy": {"proxyGet", func(ctx context.Context, c *nango.Client) error {
		return drainBody(handle(c).Proxy(ctx, nango.ProxyRequest{Path: "/" + dataMark}))
	}},
	"Proxy HEAD": {"proxyGet", func(ctx context.Context, c *nango.Client) error {
		return drainBody(handle(c).Proxy(ctx, nango.ProxyRequest{Method: "HEAD", Path: "/" + dataMark}))
	}},
	"ProxyJSON": {"proxyGet", proxied("GET")}, "ProxyJSON POST": {"proxyPost", proxied("POST")}, "ProxyJSON PUT": {"proxyPut", proxied("PUT")}, "ProxyJSON PATCH": {"proxyPatch", proxied("PATCH")},
	"ProxyJSON DELETE": {"proxyDelete", proxied("DELETE")}, "ProxyJSON PROPFIND": {"proxyPropfind", proxied("PROPFIND")}, "ProxyJSON REPORT": {"proxyReport", proxied("REPORT")},
	"handle.HTTPClient": {"getIntegration", func(ctx context.Context, c *nango.Client) error {
		req, err := http.NewRequestWithContext(ctx, "POST", "https://api.test/"+dataMark+"?q="+dataMark, strings.NewReader(dataMark))
		if err != nil {
			return err
		}
		return drainBody(handle(c).HTTPClient(&nango.TransportParams{ProviderURL: "https://api.test"}).Do(req))
	}},
}
