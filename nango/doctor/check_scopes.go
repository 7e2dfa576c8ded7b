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
	scope string
	probe probe
}

// scopeProbes has the scopes of an environment and of the account, in the order of the report. A write is among them only if the server checks its
// query before anything else, knows no parameter of it, and leaves no trace of a refusal.
var scopeProbes = []scopeProbe{
	{"environment:integrations:list", func(ctx context.Context, api *gen.Client) (*http.Response, error) { return api.ListIntegrations(ctx) }},
	{"environment:integrations:read", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetIntegration(ctx, nowhere, &gen.GetIntegrationParams{})
	}},
	{"environment:connections:list", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListConnections(ctx, &gen.ListConnectionsParams{Limit: new(1)})
	}},
	{"environment:connections:read", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetConnection(ctx, nowhere, &gen.GetConnectionParams{ProviderConfigKey: nowhere})
	}},
	// The server looks at the options of credentials before it looks for the connection.
	{"environment:connections:read_credentials", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetConnection(ctx, nowhere, &gen.GetConnectionParams{ProviderConfigKey: nowhere, RefreshToken: new(true)})
	}},
	{"environment:proxy", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ProxyGet(ctx, nowhere, &gen.ProxyGetParams{}, withoutTarget) // nothing reaches a provider
	}},
	{"environment:records:read", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListRecords(ctx, &gen.ListRecordsParams{}, refusedQuery, withoutTarget)
	}},
	{"environment:records:write", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.PruneRecordsWithBody(ctx, &gen.PruneRecordsParams{}, "application/json", refusedBody(), refusedQuery, withoutTarget)
	}},
	{"environment:syncs:read", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetSyncStatus(ctx, &gen.GetSyncStatusParams{Syncs: "*", ProviderConfigKey: nowhere})
	}},
	{"environment:syncs:execute", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.TriggerSyncWithBody(ctx, &gen.TriggerSyncParams{}, "application/json", refusedBody(), refusedQuery)
	}},
	{"environment:actions:execute", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetActionResult(ctx, nowhereUUID)
	}},
	{"environment:connect_sessions:write", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CreateConnectSessionWithBody(ctx, "application/json", refusedBody(), refusedQuery)
	}},
	{"environment:integrations:list_functions", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetScriptsConfig(ctx, &gen.GetScriptsConfigParams{}, refusedQuery)
	}},
	{"environment:functions:list", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListFunctions(ctx, nowhere, &gen.ListFunctionsParams{})
	}},
	{"environment:functions:read", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetFunction(ctx, nowhere, nowhere, &gen.GetFunctionParams{})
	}},
	{"environment:functions:compile", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CompileFunctionWithBody(ctx, "application/json", refusedBody(), refusedQuery)
	}},
	{"environment:functions:dryrun", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetDryRun(ctx, nowhereUUID)
	}},
	{"environment:deploy", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetDeployment(ctx, nowhereUUID)
	}},
	// The variables are secrets, so they should not even be sent.
	{"environment:variables:read", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListEnvironmentVariables(ctx, refusedQuery)
	}},
	{"environment:integrations:create", nil},
	{"environment:integrations:update", nil},
	{"environment:integrations:delete", nil},
	{"environment:connections:create", nil},
	{"environment:connections:update", nil},
	{"environment:connections:delete", nil},
	{"environment:syncs:update", nil},
	{"environment:syncs:variant:create", nil},
	{"environment:syncs:variant:delete", nil},
	{"environment:functions:delete", nil},
	{"environment:webhook_signing_key:rotate", nil},

	{"account:environments:list", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListEnvironments(ctx, &gen.ListEnvironmentsParams{}, refusedQuery)
	}},
	{"account:environments:api_keys:list", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListAPIKeys(ctx, nowhereUUID, &gen.ListAPIKeysParams{}, refusedQuery)
	}},
	{"account:environments:create", nil},
	{"account:environments:delete", nil},
	{"account:environments:set_production", nil},
	{"account:environments:api_keys:create", nil},
	{"account:environments:api_keys:read", nil}, // its response would be a secret
	{"account:environments:api_keys:delete", nil},
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
		found := scopeProbe{scope: scope}
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
