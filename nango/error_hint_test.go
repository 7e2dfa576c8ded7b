package nango_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// failureText is the text of the failure that one response gives to a call.
func failureText(t *testing.T, e *recordings.Exchange, do func(context.Context, *nango.Client) error) (string, *nango.Error) {
	t.Helper()
	server := &server{t: t, responses: []*recordings.Exchange{e}}
	err := do(t.Context(), server.client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1})))
	require.Error(t, err)
	failure, _ := errors.AsType[*nango.Error](err)
	return err.Error(), failure
}

func connectionGet(params *nango.GetConnectionParams) func(context.Context, *nango.Client) error {
	return func(ctx context.Context, c *nango.Client) error {
		_, err := c.Connection("i", "c").Get(ctx, params)
		return err
	}
}

func readRecords(cursor string) func(context.Context, *nango.Client) error {
	return func(ctx context.Context, c *nango.Client) error {
		_, err := nango.ListRecords[any](ctx, c.Connection("i", "c"), nango.ListRecordsParams{Model: "Item", Cursor: cursor})
		return err
	}
}

func proxyGet(ctx context.Context, c *nango.Client) error {
	_, err := c.Connection("i", "c").Proxy(ctx, nango.ProxyRequest{Path: "/x"})
	return err
}

func createKey(ctx context.Context, c *nango.Client) error {
	_, err := c.Account.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentUUID: environmentUUID, DisplayName: "k"})
	return err
}

func deleteEnvironment(ctx context.Context, c *nango.Client) error {
	return c.Account.DeleteEnvironment(ctx, environmentUUID)
}

func listEnvironments(ctx context.Context, c *nango.Client) error {
	_, err := c.Account.ListEnvironments(ctx, nil)
	return err
}

func triggerAll(ctx context.Context, c *nango.Client) error {
	return c.Connection("i", "c").TriggerSyncs(ctx, []nango.SyncRef{{Name: "s"}}, nil)
}

// A failure says what to do, where it is known.
func TestFailuresSayWhatToDo(t *testing.T) {
	const reconnect = " (the customer has to connect again, with a session of ConnectionHandle.Reconnect, unless the provider was down for a moment only)"
	const since = " (Nango has this operation since release 0.71.7: the server may be older)"
	const cursor = " (if this stays, the server cannot read the cursor: read again without one, from the beginning)"
	page := func(status int) *recordings.Exchange {
		return exchange(status, `<!DOCTYPE html><title>Error</title>`, "Content-Type", "text/html; charset=utf-8")
	}
	envelope := func(status int, code, message string) *recordings.Exchange {
		return exchange(status, `{"error":{"code":"`+code+`","message":"`+message+`"}}`)
	}
	for _, test := range []struct {
		e    *recordings.Exchange
		do   func(context.Context, *nango.Client) error
		want string
	}{
		{envelope(400, "invalid_credentials", "invalid_grant"), connectionGet(nil),
			"nango: GET /connections/{connectionId}: 400 invalid_credentials: invalid_grant" + reconnect},
		{envelope(424, "invalid_credentials", "A recent refresh attempt failed. Backing off before retrying."), connectionGet(nil),
			"nango: GET /connections/{connectionId}: 424 invalid_credentials: A recent refresh attempt failed. Backing off before retrying." + reconnect},
		{envelope(424, "connection_refresh_backoff", "Backing off"), proxyGet, "nango: GET /proxy/{path}: 424 connection_refresh_backoff: Backing off" + reconnect},
		{envelope(400, "server_error", "Failed to get connection credentials: 'x'"), proxyGet,
			"nango: GET /proxy/{path}: 400 server_error: Failed to get connection credentials: 'x'" + reconnect},
		{envelope(400, "server_error", "Failed to get connection"), proxyGet, "nango: GET /proxy/{path}: 400 server_error: Failed to get connection"},
		{envelope(500, "server_error", "Failed to fetch records"), readRecords("spoilt"), "nango: GET /records: 500 server_error: Failed to fetch records" + cursor},
		{envelope(500, "server_error", "Failed to fetch records"), readRecords(""), "nango: GET /records: 500 server_error: Failed to fetch records"},
		{envelope(502, "server_error", "Failed to fetch records"), readRecords("c"), "nango: GET /records: 502 server_error: Failed to fetch records"},
		{envelope(401, "unknown_account", "m"), connectionGet(nil),
			"nango: GET /connections/{connectionId}: 401 unknown_account: m (the key may be of another server, or was deleted)"},
		{envelope(401, "missing_auth_header", "m"), connectionGet(nil),
			"nango: GET /connections/{connectionId}: 401 missing_auth_header: m (something on the way to the server has removed it)"},
		{envelope(400, "no_syncs_found", "m"), triggerAll, "nango: POST /sync/trigger: 400 no_syncs_found: m (a connection has its syncs about a second after it was made)"},
		{envelope(404, "not_found", "m"), connectionGet(nil), "nango: GET /connections/{connectionId}: 404 not_found: m"},
		{exchange(401, `{"message":"m","code":"unknown_account"}`), connectionGet(nil), "nango: GET /connections/{connectionId}: 401 unknown_account: m"},
		// What the server does not have: a page, the dashboard's page where there is one, or a gateway's words.
		{page(404), listEnvironments, "nango: GET /environments: 404 Not Found: the response is not JSON but text/html: is the base URL right?" + since},
		{page(200), listEnvironments, "nango: GET /environments: 200 OK: the response is not JSON but text/html, where JSON is due: is the base URL right?" + since},
		{exchange(404, `{"message":"no route"}`), listEnvironments, "nango: GET /environments: 404 Not Found: no route" + since},
		{envelope(500, "generic_error_support", "m"), listEnvironments, "nango: GET /environments: 500 generic_error_support: m" + since},
		{envelope(404, "not_found", "m"), listEnvironments, "nango: GET /environments: 404 not_found: m"},
		{exchange(200, ``, "Content-Type", "text/plain"), listEnvironments, "nango: GET /environments: 200 OK: the response is empty, where JSON is due: is the base URL right?"},
		{envelope(500, "generic_error_support", "m"), createKey, "nango: POST /environments/{environmentUuid}/api-keys: 500 generic_error_support: m"},
		{envelope(400, "cannot_delete_prod_environment", "m"), deleteEnvironment, "nango: DELETE /environments/{environmentUuid}: 400 cannot_delete_prod_environment: m"},
		{exchange(400, `{"error":{"code":"invalid_uri_params","errors":[{"code":"invalid_format","message":"Invalid UUID","path":["environmentUuid"]}]}}`), deleteEnvironment,
			"nango: DELETE /environments/{environmentUuid}: 400 invalid_uri_params: environmentUuid: Invalid UUID"},
		{page(500), listEnvironments, "nango: GET /environments: 500 Internal Server Error: the response is not JSON but text/html"},
		{page(404), connectionGet(nil), "nango: GET /connections/{connectionId}: 404 Not Found: the response is not JSON but text/html: is the base URL right?"},
	} {
		text, failure := failureText(t, test.e, test.do)
		assert.Equal(t, test.want, text)
		assert.Equal(t, strings.HasSuffix(text, since), failure.Since == "0.71.7", text)
	}
	for name, id := range map[string]string{"connectionID": "", "integrationID": ""} {
		client, _ := serveBodies(t)
		handle := client.Connection("i", id)
		if name == "integrationID" {
			handle = client.Connection(id, "c")
		}
		_, err := handle.Get(t.Context(), nil)
		assert.EqualError(t, err, "nango: "+name+" is empty")
		_, err = handle.Proxy(t.Context(), nango.ProxyRequest{})
		assert.EqualError(t, err, "nango: "+name+" is empty")
	}
}

// A 403 names scopes where it is about scopes, and those that the server wants.
func TestScopesOfA403(t *testing.T) {
	const reading, credentials = "environment:connections:read", "environment:connections:read_credentials"
	forbidden := func(message string) *recordings.Exchange {
		return exchange(403, `{"error":{"code":"forbidden","message":`+message+`}}`)
	}
	createSession := func(ctx context.Context, c *nango.Client) error {
		_, err := c.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{}})
		return err
	}
	for _, test := range []struct {
		e    *recordings.Exchange
		do   func(context.Context, *nango.Client) error
		want []string
	}{
		{forbidden(`"You are not allowed to override the docs connect url"`), createSession, nil},
		{forbidden(`"This endpoint only accepts sandbox tokens"`), connectionGet(nil), nil},
		{forbidden(`"API key is not authorized for an environment"`), connectionGet(nil), nil},
		{forbidden(`"Insufficient scope. Required: environment:connect_sessions:write"`), createSession, []string{"environment:connect_sessions:write"}},
		{forbidden(`"Insufficient scope. Required one of: ` + reading + ` or ` + credentials + `"`), connectionGet(nil), []string{reading, credentials}},
		{forbidden(`"Credential and refresh options require the ` + credentials + ` scope"`), connectionGet(&nango.GetConnectionParams{ForceRefresh: true}), []string{credentials}},
		{forbidden(`"Insufficient scope."`), connectionGet(nil), []string{reading, credentials}},
		{forbidden(`"Insufficient scope."`), connectionGet(&nango.GetConnectionParams{ForceRefresh: true}), []string{credentials}},
		{forbidden(`null`), connectionGet(&nango.GetConnectionParams{IncludeRefreshToken: true}), []string{credentials}},
		{forbidden(`null`), connectionGet(&nango.GetConnectionParams{RefreshGitHubAppJWT: true}), []string{credentials}},
		{forbidden(`null`), readRecords(""), []string{"environment:records:read"}},
		{forbidden(`"Insufficient scope ` + reading + strings.Repeat("_a", 30000) + `"`), createSession, []string{"environment:connect_sessions:write"}},
		{forbidden(`"Insufficient scope: ` + strings.Repeat("-", 430) + reading + `, ` + credentials + `"`), createSession, []string{reading}},
		{forbidden(`"Insufficient scope: environment:` + strings.ReplaceAll(strings.Repeat("k", 30), "k", "secret_") + `"`), createSession, []string{"environment:connect_sessions:write"}},
		{exchange(403, `{"message":"your scope is wrong"}`), connectionGet(nil), nil},
		{exchange(403, `<p>scope`, "Content-Type", "text/html"), connectionGet(nil), nil},
		{exchange(401, `{"error":{"code":"x","message":"Insufficient scope."}}`), connectionGet(nil), nil},
	} {
		text, failure := failureText(t, test.e, test.do)
		assert.Equal(t, test.want, failure.Scopes, text)
		assert.Equal(t, failure.StatusCode == http.StatusForbidden, errors.Is(failure, nango.ErrForbidden))
		for _, scope := range test.want {
			assert.Contains(t, text, scope)
		}
		if test.want == nil {
			assert.NotContains(t, text, "needs the scope")
		}
	}
}

// A failure says how often the request was sent, where that was more than once.
func TestFailuresSayHowOftenWasTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reset := &net.OpError{Op: "read", Net: "tcp", Err: errors.New("reset by peer")}
		for want, respond := range map[string]transportFunc{
			"502 Bad Gateway: the response is not JSON but text/html (after 3 attempts)": func(req *http.Request) (*http.Response, error) {
				return exchange(502, `<p>`, "Content-Type", "text/html").Respond(req), nil
			},
			"read tcp: reset by peer (after 3 attempts)": func(*http.Request) (*http.Response, error) { return nil, reset },
			"429 too_many_request: m (after 3 attempts) (retry after 2s)": func(req *http.Request) (*http.Response, error) {
				return exchange(429, `{"error":{"code":"too_many_request","message":"m"}}`, "Retry-After", "2").Respond(req), nil
			},
			"404 not_found: m": func(req *http.Request) (*http.Response, error) {
				return exchange(404, `{"error":{"code":"not_found","message":"m"}}`).Respond(req), nil
			},
		} {
			var seen []string
			client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: respond}), nango.WithObserver(nango.Observer{AttemptEnd: func(_ context.Context, a nango.AttemptResult) {
				if a.Err != nil {
					seen = append(seen, a.Err.Error())
				}
			}}))
			require.NoError(t, err)
			err = connectionGet(nil)(t.Context(), client)
			assert.EqualError(t, err, "nango: GET /connections/{connectionId}: "+want)
			for _, text := range seen {
				assert.Equal(t, "nango: GET /connections/{connectionId}: read tcp: reset by peer", text, "each attempt is of its own")
			}
		}
	})
}

// What nobody on the way unpacked is named, and not taken for another thing.
func TestResponsesThatAreStillEncoded(t *testing.T) {
	proxied := func(ctx context.Context, c *nango.Client) error {
		_, err := nango.ProxyJSON[any](ctx, c.Connection("i", "c"), nango.ProxyRequest{Path: "/x"})
		return err
	}
	for encoding, name := range map[string]string{
		"br": "br", "ZSTD": "zstd", "gzip, br": "gzip and br", "s3cr3t": "something unknown", "identity, br": "br",
	} {
		for _, contentType := range []string{"application/json", "text/html", ""} {
			packed := func(status int) *recordings.Exchange {
				return exchange(status, "\x0b\x02\x80s3cr3t\x03", "Content-Type", contentType, "Content-Encoding", encoding)
			}
			const what = ", which nothing on the way unpacked"
			text, _ := failureText(t, packed(200), connectionGet(nil))
			assert.Equal(t, "nango: GET /connections/{connectionId}: 200 OK: the response is encoded as "+name+what, text)
			text, _ = failureText(t, packed(500), connectionGet(nil))
			assert.Equal(t, "nango: GET /connections/{connectionId}: 500 Internal Server Error: the response is encoded as "+name+what, text)
			text, _ = failureText(t, packed(200), proxied)
			assert.Regexp(t, `^nango: the provider responded with 200 OK: the response is encoded as `+name+what+`: json: invalid JSON`, text)
			assert.NotContains(t, text, "s3cr3t")
		}
	}
	text, _ := failureText(t, exchange(200, `[]`, "Content-Encoding", "br"), connectionGet(nil))
	assert.Equal(t, "nango: GET /connections/{connectionId}: 200 OK: the response is an array, not an object: is the base URL right?", text, "it was unpacked")
}

// JSON is read whatever mark is before it and whatever type it is said to be.
func TestJSONUnderAnotherNameIsRead(t *testing.T) {
	const mark = "\ufeff"
	for _, contentType := range []string{"application/json", "text/plain", "text/html", "application/octet-stream", ""} {
		at := func(status int, body string) []*recordings.Exchange {
			return []*recordings.Exchange{exchange(status, mark+body, "Content-Type", contentType)}
		}
		server := &server{t: t, responses: at(200, `{"connection_id":"c","metadata":{"a":1}}`)}
		connection, err := server.client().Connection("i", "c").Get(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, "c", connection.ConnectionID)
		server.responses, server.requests = at(200, `{"a":1}`), nil
		output, err := nango.TriggerAction[map[string]int](t.Context(), server.client().Connection("i", "c"), "a", nil)
		require.NoError(t, err)
		assert.Equal(t, map[string]int{"a": 1}, output)
		server.responses, server.requests = at(200, `{"records":[{"id":"1","_nango_metadata":{"cursor":"x"}}],"next_cursor":null}`), nil
		assert.NoError(t, readRecords("")(t.Context(), server.client()))
		server.responses, server.requests = at(200, `{"id":"1"}`), nil
		got, err := nango.ProxyJSON[issue](t.Context(), server.client().Connection("i", "c"), nango.ProxyRequest{})
		require.NoError(t, err)
		assert.Equal(t, issue{ID: "1"}, got)

		text, failure := failureText(t, at(404, `{"error":{"code":"not_found","message":"m"}}`)[0], connectionGet(nil))
		assert.Equal(t, "nango: GET /connections/{connectionId}: 404 not_found: m", text)
		assert.Equal(t, mark+`{"error":{"code":"not_found","message":"m"}}`, string(failure.Body()), "as it came")
		// What does not fit is not said to be no JSON.
		for _, body := range []string{`5`, mark + `5`} {
			text, _ = failureText(t, exchange(200, body, "Content-Type", contentType), func(ctx context.Context, c *nango.Client) error {
				_, err := nango.ProxyJSON[string](ctx, c.Connection("i", "c"), nango.ProxyRequest{})
				return err
			})
			assert.Equal(t, "nango: the provider responded with 200 OK: json: cannot decode JSON number into Go string (offset 1)", text)
		}
		text, _ = failureText(t, exchange(400, `[5]`, "Content-Type", contentType), connectionGet(nil))
		assert.Equal(t, "nango: GET /connections/{connectionId}: 400 Bad Request: the response is JSON of an unknown shape, or cut short", text)
	}
	text, _ := failureText(t, exchange(400, mark+`{"error":{"code":"server_error","message":"Failed to get connection"}}`), proxyGet)
	assert.Equal(t, "nango: GET /proxy/{path}: 400 server_error: Failed to get connection", text, "a failure of Nango's, not the provider's")
}
