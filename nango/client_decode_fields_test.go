package nango_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// oddTimes are JSON values that are no time.
var oddTimes = []string{`"+012020-04-08T19:56:12.302Z"`, `""`, `"tomorrow"`, `1795357807738`, `1e400`, `true`, `{"$date":"` + expiryText + `"}`, `[]`}

// An expiry that cannot be read is none; the token, the rest and the type stay.
func TestCredentialsWithOddExpiry(t *testing.T) {
	for _, test := range credentialCases(t) {
		if !strings.Contains(test.sent, expiryText) {
			continue
		}
		for _, odd := range oddTimes {
			t.Run(test.name+" "+odd, func(t *testing.T) {
				sent := strings.ReplaceAll(test.sent, `"`+expiryText+`"`, odd)
				want := decodeConnection(t, strings.ReplaceAll(test.sent, `"`+expiryText+`"`, `null`)).Credentials
				got := decodeConnection(t, sent).Credentials
				assert.IsType(t, test.want, got)
				switch got := got.(type) { // which keep the text itself
				case *nango.JWTCredentials:
					assert.Equal(t, sent, string(got.Fields.Reveal()))
					got.Fields = want.(*nango.JWTCredentials).Fields
				case *nango.TwoStepCredentials:
					assert.Equal(t, sent, string(got.Fields.Reveal()))
					got.Fields = want.(*nango.TwoStepCredentials).Fields
				}
				assert.Equal(t, want, got)

				client, _ := serveBodies(t, `{"id":1,"connection_id":"c","credentials":`+sent+`}`)
				token, err := client.Connection("i", "c").Token(t.Context(), nil)
				if test.token == "" {
					assert.ErrorIs(t, err, nango.ErrNoToken)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, nango.AccessToken{Value: nango.NewSecret(test.token)}, token)
			})
		}
	}
}

// What else is odd in credentials takes nothing with it either.
func TestCredentialsWithOddParts(t *testing.T) {
	s := nango.NewSecret
	for sent, want := range map[string]nango.Credentials{
		`{"type":"OAUTH2","access_token":"t","config_override":"x"}`:                                       &nango.OAuth2Credentials{AccessToken: s("t")},
		`{"type":"OAUTH2","access_token":"t","config_override":{"client_id":5}}`:                           &nango.OAuth2Credentials{AccessToken: s("t"), ConfigOverride: &nango.CredentialsOverride{ClientID: "5"}},
		`{"type":"OAUTH2_CC","token":"t","client_id":12}`:                                                  &nango.OAuth2CCCredentials{Token: s("t"), ClientID: "12"},
		`{"type":"AWS_SIGV4","region":["eu"],"session_token":"t"}`:                                         &nango.AWSSigV4Credentials{SessionToken: s("t")},
		`{"type":"CUSTOM","app":{"access_token":"t","expires_at":5},"user":"x"}`:                           &nango.CustomCredentials{App: &nango.AppCredentials{AccessToken: s("t")}},
		`{"type":"CUSTOM","app":"x","user":{"access_token":"t","expires_at":""}}`:                          &nango.CustomCredentials{User: &nango.OAuth2Credentials{AccessToken: s("t")}},
		`{"type":"CUSTOM","app":{},"user":{"access_token":"t","expires_at":0,"config_override":[]}}`:       &nango.CustomCredentials{App: &nango.AppCredentials{}, User: &nango.OAuth2Credentials{AccessToken: s("t")}},
		`{"type":"TBA","token_id":1,"token_secret":"s","config_override":[{"client_id":"c"}]}`:             &nango.TBACredentials{TokenID: s("1"), TokenSecret: s("s")},
		`{"type":"BILL","session_id":"s","expires_at":{},"organization_id":"o","dev_key":null,"raw":null}`: &nango.BillCredentials{SessionID: s("s"), OrganizationID: s("o")},
	} {
		assert.Equal(t, want, decodeConnection(t, sent).Credentials, sent)
	}
}

func TestConnectionsWithOddFields(t *testing.T) {
	at := milliseconds(expiryText)
	client, _ := serveBodies(t, `{"connections":[
		{"id":"crm-1","connection_id":"c1","provider_config_key":"i","provider":"p","created":"`+expiryText+`","tags":{"a":1,"b":{},"c":"d"},"metadata":"m"},
		{"id":"42","connection_id":7,"created":1,"errors":"none","end_user":"e","tags":[]},
		{"id":1e3,"connection_id":"c3","errors":[{"type":"auth","log_id":5},"x"],"end_user":{"id":9,"organization":"o","tags":7}},
		{"id":2.5,"connection_id":"c4","created":"`+expiryText+`"}]}`)
	page, err := client.Connections.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, []*nango.ConnectionSummary{
		{ConnectionID: "c1", IntegrationID: "i", Provider: "p", CreatedAt: at, Tags: map[string]string{"a": "1", "b": "", "c": "d"}, Metadata: json.RawMessage(`"m"`)},
		{InternalID: 42, ConnectionID: "7"},
		{InternalID: 1000, ConnectionID: "c3", Errors: []nango.ConnectionError{{Type: "auth", LogID: "5"}, {}}, EndUser: &nango.EndUser{ID: "9"}},
		{ConnectionID: "c4", CreatedAt: at},
	}, page.Connections)

	client, _ = serveBodies(t, `{"id":"crm-1","connection_id":"c","last_fetched_at":"+012020-04-08T19:56:12.302Z","created_at":"`+expiryText+`","updated_at":{},
		"webhook_url_override":{},"connection_config":[1],"metadata":{"a" : 1},"credentials":{"type":"API_KEY","apiKey":"k"}}`)
	connection, err := client.Connection("i", "c").Get(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, &nango.Connection{ConnectionID: "c", CreatedAt: at, Config: NewSecretJSON(t, `[1]`), Metadata: json.RawMessage(`{"a" : 1}`),
		Credentials: &nango.APIKeyCredentials{APIKey: nango.NewSecret("k")}}, connection)
}

func listOne(t *testing.T, record, rest string) (*nango.RecordPage[json.RawMessage], error) {
	t.Helper()
	client, _ := serveBodies(t, `{"records":[`+record+`]`+rest+`}`)
	return nango.ListRecords[json.RawMessage](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Item", Cursor: "from"})
}

func TestRecordsWithOddFields(t *testing.T) {
	first, last := stamp("2026-11-22T13:30:15.728289+00:00"), stamp("2026-11-22T13:33:51.507+00:00")
	const seen, modified = `"first_seen_at":"2026-11-22T13:30:15.728289+00:00"`, `"last_modified_at":"2026-11-22T13:33:51.507+00:00"`
	epoch := time.Unix(0, 0).UTC()
	for record, want := range map[string]nango.Record[json.RawMessage]{
		`{"id":123,"_nango_metadata":{` + seen + `,"cursor":"c"}}`:          {ID: "123", Metadata: nango.RecordMetadata{FirstSeenAt: first, Cursor: "c"}},
		`{"id":9007199254740993}`:                                           {ID: "9007199254740993"},
		`{"id":"1","_nango_metadata":null}`:                                 {ID: "1"},
		`{"id":"1","_nango_metadata":"x"}`:                                  {ID: "1"},
		`{"id":"1","_nango_metadata":[]}`:                                   {ID: "1"},
		`{"id":"1","_nango_metadata":{"first_seen_at":5,` + modified + `}}`: {ID: "1", Metadata: nango.RecordMetadata{LastModifiedAt: last}},
		`{"id":"1","_nango_metadata":{"last_action":7,"cursor":8}}`:         {ID: "1", Metadata: nango.RecordMetadata{LastAction: "7", Cursor: "8"}},
		`{"id":"1","_nango_metadata":{"cursor":true,` + seen + `}}`:         {ID: "1", Metadata: nango.RecordMetadata{FirstSeenAt: first}},
		`{"id":"1","_nango_metadata":{"cursor":{"a":"b"}}}`:                 {ID: "1"},
		`{"id":"1","_nango_metadata":{"cursor":"c","deleted_at":"x",` + seen + `,` + modified + `}}`: {ID: "1",
			Metadata: nango.RecordMetadata{FirstSeenAt: first, LastModifiedAt: last, DeletedAt: last, Cursor: "c"}},
		`{"id":"1","_nango_metadata":{` + seen + `,"deleted_at":1795357807738}}`: {ID: "1", Metadata: nango.RecordMetadata{FirstSeenAt: first, DeletedAt: first}},
		`{"id":"1","_nango_metadata":{"deleted_at":true}}`:                       {ID: "1", Metadata: nango.RecordMetadata{DeletedAt: epoch}},
		`{"id":"1","_nango_metadata":{"deleted_at":"","last_modified_at":{}}}`:   {ID: "1", Metadata: nango.RecordMetadata{DeletedAt: epoch}},
		`{"id":"1","_nango_metadata":{"deleted_at":null,"first_seen_at":0}}`:     {ID: "1"},
		`{"id":"1","_nango_metadata":{"deleted_at":false,"pruned_at":false}}`:    {ID: "1"},
		// The zero time is how Go writes a date that is none.
		`{"id":"1","_nango_metadata":{"deleted_at":"0001-01-01T00:00:00Z","first_seen_at":0}}`: {ID: "1"},
		`{"id":1,"_nango_metadata":{"pruned_at":"+012020-04-08T19:56:12.302Z",` + modified + `}}`: {ID: "1",
			Metadata: nango.RecordMetadata{LastModifiedAt: last, PrunedAt: last}},
		`{"id":1,"_nango_metadata":{"pruned_at":[],"deleted_at":"2026-11-22T13:33:51.507+00:00"}}`: {ID: "1",
			Metadata: nango.RecordMetadata{PrunedAt: epoch, DeletedAt: last}},
	} {
		page, err := listOne(t, record, `,"next_cursor":"n"`)
		require.NoError(t, err, record)
		want.Data = json.RawMessage(record)
		assert.Equal(t, []nango.Record[json.RawMessage]{want}, page.Records, record)
	}
	for _, odd := range oddTimes {
		page, err := listOne(t, `{"id":"1","_nango_metadata":{"deleted_at":`+odd+`,"pruned_at":`+odd+`}}`, "")
		require.NoError(t, err, odd)
		assert.False(t, page.Records[0].Metadata.DeletedAt.IsZero(), odd)
		assert.False(t, page.Records[0].Metadata.PrunedAt.IsZero(), odd)
	}
}

// A record's id of another kind is read, and the caller's type sees it as it was.
func TestRecordsWithNumericIDs(t *testing.T) {
	client, _ := serveBodies(t, `{"records":[{"id":123,"title":"t","_nango_metadata":{"cursor":"c"}},{"id":"b","title":"u"}]}`)
	type row struct {
		ID    any
		Title string
	}
	page, err := nango.ListRecords[row](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Item"})
	require.NoError(t, err)
	assert.Equal(t, []nango.Record[row]{
		{ID: "123", Data: row{json.Number("123"), "t"}, Metadata: nango.RecordMetadata{Cursor: "c"}},
		{ID: "b", Data: row{"b", "u"}},
	}, page.Records)
}

// A cursor that cannot be read does not end the stream in silence.
func TestRecordsWithOddCursors(t *testing.T) {
	const record = `{"id":"1","_nango_metadata":{"cursor":"own"}}`
	for sent, want := range map[string]string{
		`,"next_cursor":"n"`: "n", `,"next_cursor":17`: "17", `,"next_cursor":1.0e3`: "1.0e3", `,"next_cursor":9007199254740993`: "9007199254740993",
		`,"next_cursor":0`: "0", `,"next_cursor":null`: "", `,"next_cursor":""`: "", ``: "",
	} {
		page, err := listOne(t, record, sent)
		require.NoError(t, err, sent)
		assert.Equal(t, want != "", page.More, sent)
		if want == "" {
			want = "own"
		}
		assert.Equal(t, want, page.Cursor, sent)
	}
	for _, odd := range []string{`true`, `false`, `{"after":"x"}`, `["x"]`, `[]`, `{}`} {
		page, err := listOne(t, record, `,"next_cursor":`+odd)
		assert.Nil(t, page, odd)
		assert.ErrorContains(t, err, "nango: GET /records: 200 OK: next_cursor is neither a string nor a number", odd)
	}
	page, err := listOne(t, `{"id":"1","_nango_metadata":{"cursor":5}}`, "")
	require.NoError(t, err)
	assert.Equal(t, "5", page.Cursor)
	page, err = listOne(t, `{"id":"1","_nango_metadata":{"cursor":[5]}}`, "")
	require.NoError(t, err)
	assert.Equal(t, "from", page.Cursor)
}

// Without a total, a full page is followed by another.
func TestFunctionsWithoutTotal(t *testing.T) {
	for _, pagination := range []string{`"pagination":{"total":0}`, `"pagination":{"total":"many"}`, `"pagination":{}`, `"pagination":null`, `"pagination":[]`, `"more":1`, `"pagination":{"total":-1}`} {
		page := func(functions string) string { return `{"data":[` + functions + `],` + pagination + `}` }
		client, server := serveBodies(t, page(`{"name":"a"},{"name":"b"}`), page(`{"name":"c"},{"name":"d"}`), page(``))
		names, err := collectFunctions(t, client.Functions.All(t.Context(), "i", &nango.ListFunctionsParams{PageSize: 2}))
		require.NoError(t, err)
		assert.Equal(t, []string{" a", " b", " c", " d"}, names, pagination)
		assert.Len(t, server.requests, 3)
	}
	client, _ := serveBodies(t, `{"data":[{"name":"a","id":"5","enabled":"true","last_deployed":0,"returns":"R"}],"pagination":{"total":"1"}}`)
	page, err := client.Functions.List(t.Context(), "i", nil)
	require.NoError(t, err)
	assert.Equal(t, &nango.FunctionPage{Functions: []*nango.Function{{Name: "a", ID: 5, Enabled: true}}, Total: 1}, page)
}

func TestSiblingsWithOddFields(t *testing.T) {
	client, _ := serveBodies(t, `{"syncs":[{"id":5,"name":"s","status":"RUNNING","nextScheduledSyncAt":"","finishedAt":0,"recordCount":{"A":"12","B":[]},"latestResult":"x","checkpoint":[1],"frequency":3600}]}`)
	statuses, err := client.Syncs.Status(t.Context(), "i", nango.AllSyncs())
	require.NoError(t, err)
	assert.Equal(t, []*nango.SyncStatus{{ID: "5", Name: "s", Status: nango.SyncRunning, Frequency: "3600", RecordCount: map[string]int64{"A": 12, "B": 0}}}, statuses)

	client, _ = serveBodies(t, `{"data":{"id":"9","uuid":7,"name":5}}`)
	environment, err := client.Account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "e"})
	require.NoError(t, err)
	assert.Equal(t, &nango.Environment{ID: 9, UUID: "7", Name: "5"}, environment)

	client, _ = serveBodies(t, `{"data":{"id":"x","uuid":{},"display_name":"d","scopes":"all","secret":"k","created_at":1}}`)
	key, err := client.Account.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentUUID: environmentUUID, DisplayName: "d"})
	require.NoError(t, err)
	assert.Equal(t, &nango.APIKey{DisplayName: "d", Secret: nango.NewSecret("k")}, key)

	client, _ = serveBodies(t, `{"data":{"unique_key":"i","created_at":"","forward_webhooks":1,"credentials":{"type":"OAUTH2","client_id":5,"scopes":["a"],"client_secret":"s"}}}`)
	integration, err := client.Integrations.Get(t.Context(), "i", nil)
	require.NoError(t, err)
	assert.Equal(t, &nango.Integration{IntegrationID: "i", Credentials: &nango.IntegrationCredentials{Type: "OAUTH2", ClientID: "5", ClientSecret: nango.NewSecret("s")}}, integration)

	client, _ = serveBodies(t, `{"id":7,"status":"failed","duration_ms":"1200","error":{"code":1,"message":["m"],"payload":{"a":1}},"completed_at":"x","output":{}}`)
	run, err := client.Functions.DryRun(t.Context(), apiKey)
	require.NoError(t, err)
	assert.Equal(t, &nango.DryRun{ID: "7", Status: nango.JobFailed, DurationMS: 1200, Error: &nango.JobError{Code: "1", Payload: json.RawMessage(`{"a":1}`)}}, run)

	client, _ = serveBodies(t, `{"data":[{"name":"p","categories":"crm","auth_mode":5},{"name":"q","credentials":{"k":{"title":7,"order":"1"}}}]}`)
	providers, err := client.Providers.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, []*nango.Provider{
		{Name: "p", Extra: map[string]json.RawMessage{"categories": json.RawMessage(`"crm"`), "auth_mode": json.RawMessage(`5`)}},
		{Name: "q", Credentials: map[string]nango.ProviderField{"k": {Extra: map[string]json.RawMessage{"title": json.RawMessage(`7`), "order": json.RawMessage(`"1"`)}}}},
	}, providers)

	client, _ = serveBodies(t, `{"data":[{"name":"t","description":5,"parameters":{"type":"object"}}]}`, `[]`)
	tools, err := client.Functions.Tools(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []*nango.Tool{{Name: "t", Description: "5", Parameters: json.RawMessage(`{"type":"object"}`)}}, tools)
}

// An action's failure is one on servers without the envelope too.
func TestActionFailureWithoutEnvelope(t *testing.T) {
	for body, want := range map[string]struct{ Code, Message, Payload, AdditionalProperties string }{
		`{"type":"action_script_runtime_error","payload":{"message":"Missing argument"}}`:                      {Code: "action_script_runtime_error", Message: "Missing argument", Payload: `{"message":"Missing argument"}`},
		`{"error":{"type":"action_script_failure","payload":{"message":"m"}}}`:                                 {Code: "action_script_failure", Message: "m", Payload: `{"message":"m"}`},
		`{"error":{"type":"script_http_error","code":null,"message":"n","payload":[1]}}`:                       {Code: "script_http_error", Message: "n", Payload: `[1]`},
		`{"error":"Action failed","type":"action_failure","payload":"text"}`:                                   {Code: "action_failure", Payload: `"text"`},
		`{"type":"unhandled_surprise","message":"o","payload":{"message":{}},"additional_properties":{"a":1}}`: {Code: "unhandled_surprise", Message: "o", Payload: `{"message":{}}`, AdditionalProperties: `{"a":1}`},
		`{"type":"script_internal_error"}`:                                                                     {Code: "script_internal_error"},
	} {
		for _, status := range []int{400, 429, 500, 503} {
			for name, do := range actionCalls {
				server := &server{t: t, responses: []*recordings.Exchange{exchange(status, body)}}
				err := do(t, server.client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 3})))
				failure := requireError(t, err)
				assert.ErrorIs(t, err, nango.ErrAction, body)
				assert.NotErrorIs(t, err, nango.ErrServer)
				assert.Equal(t, []any{status, want.Code, want.Message, want.Payload, want.AdditionalProperties},
					[]any{failure.StatusCode, failure.Code, failure.Message, string(failure.Payload()), string(failure.AdditionalProperties())}, "%s: %s", name, body)
				assert.Len(t, server.requests, 1, "%s: %s", name, body)
			}
		}
	}
}

var actionCalls = map[string]func(*testing.T, *nango.Client) error{
	"trigger": func(t *testing.T, c *nango.Client) error {
		_, err := nango.TriggerAction[any](t.Context(), c.Connection("i", "c"), "a", nil)
		return err
	},
	"asynchronously": func(t *testing.T, c *nango.Client) error {
		_, err := c.Connection("i", "c").TriggerActionAsync(t.Context(), "a", nil, nil)
		return err
	},
	"result": func(t *testing.T, c *nango.Client) error {
		_, err := nango.ActionResult[any](t.Context(), c.AsyncAction(apiKey))
		return err
	},
}

func requireError(t *testing.T, err error) *nango.Error {
	t.Helper()
	var failure *nango.Error
	require.ErrorAs(t, err, &failure)
	return failure
}

// What has a type that is no action's code, and other operations, are what they were.
func TestTypesThatAreNoAction(t *testing.T) {
	for _, body := range []string{
		`{"type":"about:blank","title":"Bad Gateway","status":500}`, `{"type":"https://x/action_script_runtime_error"}`, `{"type":["action_script_failure"]}`,
		`{"type":"unhandled_plan_not_found"}`, `{"error":{"type":"about:blank"},"type":"action_script_failure"}`, `{"type":""}`, `[{"type":"action_script_failure"}]`,
	} {
		for name, do := range actionCalls {
			server := &server{t: t, responses: []*recordings.Exchange{exchange(http.StatusInternalServerError, body)}}
			err := do(t, server.client())
			assert.ErrorIs(t, err, nango.ErrServer, "%s: %s", name, body)
			assert.Empty(t, requireError(t, err).Code, body)
		}
	}
	server := &server{t: t, responses: []*recordings.Exchange{exchange(500, `{"type":"action_script_failure","payload":{"message":"m"}}`)}}
	_, err := server.client().Connection("i", "c").Get(t.Context(), nil)
	assert.ErrorIs(t, err, nango.ErrServer)
	assert.NotErrorIs(t, err, nango.ErrAction)
	failure := requireError(t, err)
	assert.Equal(t, "", fmt.Sprint(failure.Code, string(failure.Payload())))
}
