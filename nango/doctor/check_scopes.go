package doctor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// probe is how to find out whether a key has a scope: a request that comes back with a 403 if the key lacks the scope, and that
// changes nothing if the key has it. It is nil for a scope whose only calls are writes that the server notes in its audit trail,
// even where it refuses them.
type probe func(context.Context, *gen.Client) (*http.Response, error)

type scopeProbe struct {
	scope   string
	probe   probe
	unknown bool // the scope is none of scopeProbes
}

// scopeProbes has the scopes of an environment and of the account, in the order of the report. A write is among them only if the server checks its
// query before anything else, knows no parameter of it, and leaves no trace of a refusal.
var scopeProbes = []scopeProbe{
	{scope: "environment:integrations:list", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) { return api.ListIntegrations(ctx) }},
	{scope: "environment:integrations:read", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetIntegration(ctx, nowhere, &gen.GetIntegrationParams{})
	}},
	{scope: "environment:connections:list", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListConnections(ctx, &gen.ListConnectionsParams{Limit: new(1)})
	}},
	{scope: "environment:connections:read", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetConnection(ctx, nowhere, &gen.GetConnectionParams{ProviderConfigKey: nowhere})
	}},
	// The server looks at the options of credentials before it looks for the connection.
	{scope: "environment:connections:read_credentials", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetConnection(ctx, nowhere, &gen.GetConnectionParams{ProviderConfigKey: nowhere, RefreshToken: new(true)})
	}},
	{scope: "environment:proxy", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ProxyGet(ctx, nowhere, &gen.ProxyGetParams{}, withoutTarget) // nothing reaches a provider
	}},
	{scope: "environment:records:read", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListRecords(ctx, &gen.ListRecordsParams{}, refusedQuery, withoutTarget)
	}},
	{scope: "environment:records:write", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.PruneRecordsWithBody(ctx, &gen.PruneRecordsParams{}, "application/json", refusedBody(), refusedQuery, withoutTarget)
	}},
	{scope: "environment:syncs:read", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetSyncStatus(ctx, &gen.GetSyncStatusParams{Syncs: "*", ProviderConfigKey: nowhere})
	}},
	{scope: "environment:syncs:execute", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.TriggerSyncWithBody(ctx, &gen.TriggerSyncParams{}, "application/json", refusedBody(), refusedQuery)
	}},
	{scope: "environment:actions:execute", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetActionResult(ctx, nowhereUUID)
	}},
	{scope: "environment:connect_sessions:write", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CreateConnectSessionWithBody(ctx, "application/json", refusedBody(), refusedQuery)
	}},
	{scope: "environment:integrations:list_functions", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetScriptsConfig(ctx, &gen.GetScriptsConfigParams{}, refusedQuery)
	}},
	{scope: "environment:functions:list", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListFunctions(ctx, nowhere, &gen.ListFunctionsParams{})
	}},
	{scope: "environment:functions:read", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetFunction(ctx, nowhere, nowhere, &gen.GetFunctionParams{})
	}},
	{scope: "environment:functions:compile", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CompileFunctionWithBody(ctx, "application/json", refusedBody(), refusedQuery)
	}},
	{scope: "environment:functions:dryrun", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetDryRun(ctx, nowhereUUID)
	}},
	{scope: "environment:deploy", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetDeployment(ctx, nowhereUUID)
	}},
	// The variables are secrets, so they should not even be sent.
	{scope: "environment:variables:read", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListEnvironmentVariables(ctx, refusedQuery)
	}},
	{scope: "environment:integrations:create"},
	{scope: "environment:integrations:update"},
	{scope: "environment:integrations:delete"},
	{scope: "environment:connections:create"},
	{scope: "environment:connections:update"},
	{scope: "environment:connections:delete"},
	{scope: "environment:syncs:update"},
	{scope: "environment:syncs:variant:create"},
	{scope: "environment:syncs:variant:delete"},
	{scope: "environment:functions:delete"},
	{scope: "environment:webhook_signing_key:rotate"},

	{scope: "account:environments:list", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListEnvironments(ctx, &gen.ListEnvironmentsParams{}, refusedQuery)
	}},
	{scope: "account:environments:api_keys:list", probe: func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListAPIKeys(ctx, nowhereUUID, &gen.ListAPIKeysParams{}, refusedQuery)
	}},
	{scope: "account:environments:create"},
	{scope: "account:environments:delete"},
	{scope: "account:environments:set_production"},
	{scope: "account:environments:api_keys:create"},
	{scope: "account:environments:api_keys:read"}, // its response would be a secret
	{scope: "account:environments:api_keys:delete"},
}

// refusedQuery adds a parameter that no call has, so that the server refuses the request.
func refusedQuery(_ context.Context, req *http.Request) error {
	query := req.URL.Query()
	query.Set(nowhere, "1")
	req.URL.RawQuery = query.Encode()
	return nil
}

// refusedBody is a body that lacks what every write needs and has a key that none knows.
func refusedBody() *strings.Reader { return strings.NewReader(`{"` + nowhere + `":1}`) }

// withoutTarget removes the headers that name a connection.
func withoutTarget(_ context.Context, req *http.Request) error {
	req.Header.Del("Connection-Id")
	req.Header.Del("Provider-Config-Key")
	return nil
}

// wanted returns the scopes to check: those of the params, or all that can be checked and that a key of this kind can have.
func (r *run) wanted() (wanted []scopeProbe) {
	if len(r.params.Scopes) == 0 {
		return slices.DeleteFunc(slices.Clone(scopeProbes), func(p scopeProbe) bool { return p.probe == nil || !r.canHave(p.scope) })
	}
	for _, scope := range r.params.Scopes {
		found := scopeProbe{scope: scope, unknown: true}
		if i := slices.IndexFunc(scopeProbes, func(p scopeProbe) bool { return p.scope == scope }); i >= 0 {
			found = scopeProbes[i]
		}
		wanted = append(wanted, found)
	}
	return wanted
}

// canHave reports whether a key of this kind can have a scope.
func (r *run) canHave(scope string) bool { return strings.HasPrefix(scope, "account:") == r.account }

// scopes checks one scope after the other.
func (r *run) scopes() {
	if r.params.NoNetwork {
		r.online(CheckScope, "", nil)
		return
	}
	for _, wanted := range r.wanted() {
		r.check(CheckScope, wanted.scope, func(ctx context.Context) finding { return r.scope(ctx, wanted) }, CheckKey)
	}
	if len(r.params.Scopes) == 0 {
		r.check(CheckScope, "writes", func(context.Context) finding { return r.unchecked() }, CheckKey)
	}
}

// unchecked is one line for the scopes that no call without effect tells.
func (r *run) unchecked() finding {
	var names []string
	for _, p := range scopeProbes {
		if p.probe == nil && r.canHave(p.scope) {
			names = append(names, p.scope)
		}
	}
	return finding{Inconclusive, "no call without effect tells about " + strings.Join(names, ", "), seeScopes}
}

const seeScopes = "look at the scopes of the key in the dashboard"

func (r *run) scope(ctx context.Context, wanted scopeProbe) finding {
	switch {
	case !r.canHave(wanted.scope) && r.account:
		return finding{Skipped, "the key is one of the account, which has no scopes of an environment", needsEnvironment}
	case !r.canHave(wanted.scope):
		return finding{Skipped, "the key is one of an environment, which has no scopes of the account", "run the checks with a key of the account"}
	case r.scarce != "":
		return finding{Skipped, r.scarce, "run the checks again in a minute"}
	case wanted.unknown:
		return finding{Warn, "this release of the SDK knows no such scope", "compare the spelling with the scopes of the key in the dashboard"}
	case wanted.probe == nil:
		return finding{Inconclusive, "no call without effect tells whether the key has the scope", seeScopes}
	}
	got, err := r.send(ctx, wanted.probe)
	if err != nil {
		return finding{Inconclusive, "the server does not respond: " + reason(err), moreTime}
	}
	switch {
	case got.status == http.StatusForbidden && got.code == "forbidden" && strings.Contains(strings.ToLower(got.message), "scope"):
		give := "give the key the scope " + wanted.scope + " in the dashboard"
		if len(r.params.Scopes) > 0 {
			return finding{Fail, "the key lacks a scope that your program needs (403)", give}
		}
		return finding{Warn, "the key lacks the scope (403)", give + " if your program needs it"}
	case got.status < 300 || got.status < 500 && got.code != "" && !slices.Contains(refusedEarlier, got.status):
		return finding{Pass, "the key has the scope", ""}
	case got.status == http.StatusTooManyRequests:
		return finding{Inconclusive, "the account has made too many requests in this minute (429)", "run the checks again in a minute"}
	}
	return finding{Inconclusive, fmt.Sprintf("the response (%d) does not tell whether the key has the scope", got.status),
		"look at the server's logs, and at what is in front of the server"}
}

// refusedEarlier are the statuses of responses that the server sends before it looks at scopes, or for other reasons.
var refusedEarlier = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnsupportedMediaType, http.StatusTooManyRequests}

const needsEnvironment = "run the checks with a key of the environment"
