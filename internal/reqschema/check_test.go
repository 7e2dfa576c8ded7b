package reqschema_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/release"
	"github.com/nango-go/sdk/internal/reqschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// said writes items as "code path, code path".
func said(items []reqschema.Item) string {
	var parts []string
	for _, item := range items {
		parts = append(parts, strings.TrimSpace(item.Code+" "+strings.Join(item.Path, ".")))
	}
	return strings.Join(parts, ", ")
}

func lookup(t *testing.T, id string) *reqschema.Operation {
	t.Helper()
	operation := reqschema.Lookup(id)
	require.NotNil(t, operation, id)
	return operation
}

func TestLookup(t *testing.T) {
	for _, operation := range gen.Operations {
		assert.Equal(t, string(operation.ID), lookup(t, string(operation.ID)).ID)
	}
	assert.Nil(t, reqschema.Lookup("getZebra"))
}

var (
	k255 = strings.Repeat("k", 255)
	pem  = `-----BEGIN RSA PRIVATE KEY-----x-----END RSA PRIVATE KEY-----`
)

// A function that passes every rule; %s is what a test adds at its end.
const bundled = `{"name":"f","integrationId":"i","description":"","trigger":{"kind":"none"},"requires":{},
	"capabilities":{"usesRecords":true,"usesOutbound":true,"usesCheckpoints":false,"usesMetadata":false,"usesInvoke":false},
	"limits":{},"input_schema_ref":"#/definitions/A","output_schema_ref":null,"model_schema_refs":["#/definitions/A"],
	"metadata_schema_ref":null,"checkpoint_schema_ref":null,"json_schema":{"definitions":{"A":{}}},"fileBody":{"js":"j","ts":"t"}%s}`

func bundle(functions ...string) string {
	return `{"reconciliationScope":{"kind":"integration","integrationId":"i"},"functions":[` + strings.Join(functions, ",") + `]}`
}

func function(changes string) string { return fmt.Sprintf(bundled, changes) }

func TestCheckBody(t *testing.T) {
	tests := []struct{ operation, body, want string }{
		// types, keys, and what is not there
		{"createIntegration", ``, "invalid_type"},
		{"createIntegration", `[]`, "invalid_type"},
		{"createIntegration", `{"provider":"a","unique_key":"b"}`, ""},
		{"createIntegration", `{"zzz":1,"unique_key":null,"yyy":2}`, "invalid_type provider, invalid_type unique_key, unrecognized_keys"},
		{"createIntegration", `{"custom":[],"provider":{},"unique_key":5,"forward_webhooks":"true"}`,
			"invalid_type provider, invalid_type unique_key, invalid_type forward_webhooks, invalid_type custom"},
		{"triggerAction", `{"action_name":"a","zzz":1}`, ""},
		{"triggerAction", `{"action_name":"a","input":null}`, ""},
		{"createEnvironment", `{"name":"a","otlp_headers":[{"name":"a","value":"b","zzz":1}]}`, ""},
		{"createEnvironment", `{"name":"a","otlp_headers":[{"name":"a","value":"b"},{"name":""}]}`,
			"too_small otlp_headers.1.name, invalid_type otlp_headers.1.value"},
		// lengths, in UTF-16 units; a list where a text should be has one too
		{"createIntegration", `{"provider":"a","unique_key":"` + k255 + `"}`, ""},
		{"createIntegration", `{"provider":"a","unique_key":"` + k255 + `k"}`, "too_big unique_key"},
		{"createIntegration", `{"provider":"a","unique_key":"` + k255 + `/"}`, "invalid_format unique_key, too_big unique_key"},
		{"createIntegration", `{"provider":"","unique_key":"b","display_name":""}`, "invalid_format provider, too_small display_name"},
		{"createIntegration", `{"provider":"a","unique_key":"b","display_name":[]}`, "invalid_type display_name, too_small display_name"},
		{"createIntegration", `{"provider":"a","unique_key":"b","display_name":"` + strings.Repeat("é", 255) + `"}`, ""},
		{"createIntegration", `{"provider":"a","unique_key":"b","display_name":"` + strings.Repeat("😀", 128) + `"}`, "too_big display_name"},
		{"pauseSync", `{"provider_config_key":"a","syncs":[` + strings.Repeat(`"a",`, 255) + `"a"]}`, ""},
		{"pauseSync", `{"provider_config_key":"a","syncs":[` + strings.Repeat(`"a",`, 255) + `5,"a"]}`, "invalid_union syncs.255, too_big syncs"},
		// numbers
		{"pruneRecords", `{"model":"Item","until_cursor":"c","limit":"7"}`, ""},
		{"pruneRecords", `{"model":"Item","until_cursor":"c","limit":0.5}`, "too_small limit"},
		{"pruneRecords", `{"model":"Item","until_cursor":"c","limit":null}`, "too_small limit"},
		{"pruneRecords", `{"model":"Item","until_cursor":"c","limit":10001}`, "too_big limit"},
		{"createAPIKeyByNumber", `{"environment_id":" 1 ","display_name":"a"}`, ""},
		{"createAPIKeyByNumber", `{"environment_id":true,"display_name":"a"}`, ""},
		{"createAPIKeyByNumber", `{"environment_id":["2"],"display_name":"a"}`, ""},
		{"createAPIKeyByNumber", `{"environment_id":[],"display_name":"a"}`, "too_small environment_id"},
		{"createAPIKeyByNumber", `{"environment_id":"","display_name":"a"}`, "too_small environment_id"},
		{"createAPIKeyByNumber", `{"environment_id":0.5,"display_name":"a"}`, "invalid_type environment_id"},
		{"createAPIKeyByNumber", `{"environment_id":"1e999","display_name":"a"}`, "invalid_type environment_id"},
		{"createAPIKeyByNumber", `{"environment_id":"Infinity","display_name":"a"}`, "invalid_type environment_id"},
		{"createAPIKeyByNumber", `{"environment_id":{},"display_name":"a"}`, "invalid_type environment_id"},
		{"createAPIKeyByNumber", `{"environment_id":[1,2],"display_name":"a"}`, "invalid_type environment_id"},
		{"deployBundle", bundle(function(`,"trigger":{"kind":"http","debounce":{"windowMs":"5"}}`)), "invalid_type functions.0.trigger.debounce.windowMs"},
		// null
		{"setSyncFrequency", `{"sync_name":"a","provider_config_key":"b","connection_id":"c","frequency":null}`, ""},
		{"setSyncFrequency", `{"sync_name":"a","provider_config_key":"b","connection_id":"c","frequency":"weekly"}`, "invalid_format frequency"},
		{"setSyncFrequency", `{"sync_name":"a","sync_variant":null,"provider_config_key":"b","connection_id":"c"}`,
			"invalid_type sync_variant, invalid_type frequency"},
		// enumerations
		{"invokeFunction", `{"connection_id":"a","integration_id":"b","name":"c","invocation_type":5}`, "invalid_value invocation_type"},
		{"createDryRun", `{"integration_id":"a","function_type":"on-event","code":"","connection_id":"c"}`, "invalid_value function_type, too_small code"},
		{"deployBundle", bundle(function(`,"trigger":{"kind":"event","events":["validate-connection","zzz"]}`)), "invalid_value functions.0.trigger.events.1"},
		{"deployBundle", bundle(function(`,"limits":{"concurrency":{"perConnection":1}}`)), ""},
		{"deployBundle", bundle(function(`,"limits":{"concurrency":{"perConnection":2}}`)), "invalid_union functions.0.limits.concurrency.perConnection"},
		{"deployBundle", bundle(function(`,"limits":{"concurrency":{}}`)), "invalid_union functions.0.limits.concurrency.perConnection"},
		// unions, with and without a key that tells
		{"createDeployment", ``, "invalid_type"},
		{"createDeployment", `{"type":"zzz"}`, "invalid_union type"},
		{"createDeployment", `{"type":null}`, "invalid_union type"},
		{"createDeployment", `{"type":"template","integration_id":"a","template":"b"}`, ""},
		{"createDeployment", `{"type":"template","integration_id":"a","template":"b","code":"c"}`, "unrecognized_keys"},
		{"createDeployment", `{"type":"function","integration_id":"a"}`, "invalid_type function_name, invalid_value function_type, invalid_type code"},
		{"setConnectionMetadata", `{"connection_id":["a","b"],"provider_config_key":"c","metadata":{"any":[1]}}`, ""},
		{"setConnectionMetadata", `{"connection_id":["a","b*"],"provider_config_key":"c","metadata":null}`, "invalid_union connection_id, invalid_type metadata"},
		{"pauseSync", `{"provider_config_key":"a","syncs":["a",{"name":"b","variant":"c"}]}`, ""},
		{"pauseSync", `{"provider_config_key":"a","syncs":[{"name":"b","variant":"c","zzz":1},{"name":"b"}]}`, "invalid_union syncs.0, invalid_union syncs.1"},
		{"triggerSync", `{"syncs":[{"name":"b","variant":"c","zzz":1}],"opts":{"zzz":1}}`, ""},
		{"importConnection", `{"provider_config_key":"a","credentials":"NONE"}`, "invalid_type credentials"},
		{"importConnection", `{"provider_config_key":"a","credentials":{}}`, "invalid_union credentials.type"},
		{"importConnection", `{"provider_config_key":"a","credentials":{"type":"TBA","token_id":"","config_override":{"zzz":1}}}`,
			"too_small credentials.token_id, invalid_type credentials.token_secret, unrecognized_keys credentials.config_override"},
		{"createIntegration", `{"provider":"a","unique_key":"b","credentials":{"type":"OAUTH2","client_id":"c","client_secret":"d","scopes":"a, b"}}`,
			"invalid_union credentials.scopes"},
		{"createIntegration", `{"provider":"a","unique_key":"b","credentials":{"type":"OAUTH2","client_id":"c","client_secret":"d","scopes":""}}`, ""},
		// formats
		{"createIntegration", `{"provider":"a","unique_key":"b","credentials":{"type":"APP","app_id":"c","app_link":"d","private_key":"` + pem + `"}}`, ""},
		{"createIntegration", `{"provider":"a","unique_key":"b","credentials":{"type":"APP","app_id":"c","app_link":"d","private_key":"` + pem + `\n"}}`,
			"invalid_format credentials.private_key"},
		{"createIntegration", `{"provider":"a","unique_key":"b","credentials":{"type":"APP","app_id":"c","app_link":"d","private_key":"k"}}`,
			"invalid_format credentials.private_key, invalid_format credentials.private_key"},
		{"createEnvironment", `{"name":"a","callback_url":"https://x.co/y?z","otlp_endpoint":""}`, ""},
		{"createEnvironment", `{"name":"a","callback_url":"","otlp_endpoint":"x.co"}`, "invalid_format callback_url, invalid_union otlp_endpoint"},
		{"createEnvironment", `{"name":"a","callback_url":"https://"}`, "invalid_format callback_url"},
		{"createDryRun", `{"integration_id":"a","function_type":"sync","code":"c","connection_id":"c","last_sync_date":"2024-02-29T23:59Z"}`, ""},
		{"createDryRun", `{"integration_id":"a","function_type":"sync","code":"c","connection_id":"c","last_sync_date":"2026-02-29T23:59:00.1Z"}`, "invalid_format last_sync_date"},
		{"createDryRun", `{"integration_id":"a","function_type":"sync","code":"c","connection_id":"c","last_sync_date":"2026-02-28T24:00:00Z"}`, "invalid_format last_sync_date"},
		{"createDryRun", `{"integration_id":"a","function_type":"sync","code":"c","connection_id":"c","last_sync_date":"2026-02-28T20:00:00+00:00"}`, "invalid_format last_sync_date"},
		{"createDryRun", `{"integration_id":"..","function_type":"sync","code":"c","connection_id":"c"}`, "custom integration_id"},
		// e-mail addresses
		{"updateConnection", `{"end_user":{"id":"a","email":"a.b+c@x-y.co"}}`, ""},
		{"updateConnection", `{"end_user":{"id":"a","email":"a@b"}}`, "invalid_format end_user.email, too_small end_user.email"},
		{"updateConnection", `{"end_user":{"id":"a","email":".a@b.co"}}`, "invalid_format end_user.email"},
		{"updateConnection", `{"end_user":{"id":"a","email":"a..b@c.de"}}`, "invalid_format end_user.email"},
		{"updateConnection", `{"end_user":{"id":"a","email":"a.@c.de"}}`, "invalid_format end_user.email"},
		// webhook URLs
		{"updateConnection", `{"webhook_url_override":""}`, ""},
		{"updateConnection", `{"webhook_url_override":" "}`, "invalid_union webhook_url_override"},
		{"updateConnection", `{"webhook_url_override":" https://x.co "}`, ""},
		{"updateConnection", `{"webhook_url_override":"https://mynango.dev/nango.dev"}`, ""},
		{"updateConnection", `{"webhook_url_override":"https://u@Nango.dev.:99"}`, "custom webhook_url_override"},
		{"updateConnection", `{"webhook_url_override":"https://nango.dev:port"}`, "invalid_union webhook_url_override"},
		// dates made of other things
		{"importConnection", credentials(`"expires_at":null`), ""},
		{"importConnection", credentials(`"expires_at":1700000000000`), ""},
		{"importConnection", credentials(`"expires_at":8640000000000001`), "invalid_type credentials.expires_at"},
		{"importConnection", credentials(`"expires_at":"2026-02-30"`), ""},
		{"importConnection", credentials(`"expires_at":"2026-02-01 10:00:00+01:00"`), ""},
		{"importConnection", credentials(`"expires_at":"2026-13-01"`), "invalid_type credentials.expires_at"},
		{"importConnection", credentials(`"expires_at":"2026-01-01T10:61"`), "invalid_type credentials.expires_at"},
		{"importConnection", credentials(`"expires_at":"2026-01-31T23:59:59"`), ""},
		{"importConnection", credentials(`"expires_at":"2026-01-32"`), "invalid_type credentials.expires_at"},
		{"importConnection", credentials(`"expires_at":{}`), "invalid_type credentials.expires_at"},
		// maps and tags
		{"createIntegration", `{"provider":"a","unique_key":"b","integration_config":{"any key":"` + strings.Repeat("k", 8193) + `","b":1}}`,
			"too_big integration_config.any key, invalid_type integration_config.b"},
		{"updateConnection", `{"tags":{"a":"b","A":""}}`, "too_small tags.A, custom tags"},
		{"updateConnection", `{"tags":{"1":"b","A":5,"a":"c"}}`, "invalid_key tags.1, invalid_type tags.A"},
		{"updateConnection", `{"tags":{"End_User_Email":"nope"}}`, "custom tags"},
		{"updateConnection", `{"tags":{"end_user_email":"a@b.co"}}`, ""},
		{"updateConnection", `{"tags":{"` + strings.Repeat("k", 65) + `":"b"}}`, "invalid_key tags." + strings.Repeat("k", 65)},
		{"updateConnection", `{"end_user":{"id":"a","tags":{"a":""}}}`, ""},
		{"updateConnection", `{"end_user":{"id":"a","tags":{"a":"","A":""}}}`, "custom end_user.tags"},
		{"createConnectSession", `{"tags":{},"overrides":{"a/b":{}}}`, "invalid_key overrides.a/b"},
		{"createConnectSession", `{"tags":{},"overrides":{"a":{"zzz":1}},"integrations_config_defaults":{"a":{"zzz":1,"connection_config":{"zzz":1}}}}`,
			"unrecognized_keys integrations_config_defaults.a"},
		// either of the two
		{"createConnectSession", `{"tags":{}}`, ""},
		{"createConnectSession", `{"end_user":{"id":"a"}}`, ""},
		{"createConnectSession", `{"tags":{},"end_user":null}`, "invalid_type end_user"},
		{"createConnectSession", `{"tags":null}`, "invalid_type tags"},
		{"createConnectSession", `{"tags":{},"allowed_integrations":["a","b/c"]}`, "invalid_format allowed_integrations.1"},
		// bodies that must be empty, are ignored, or are anything
		{"getConnectSession", ``, ""},
		{"getConnectSession", `{}`, ""},
		{"getConnectSession", `{"a":1}`, "unrecognized_keys"},
		{"getConnectSession", `[1]`, "invalid_type"},
		{"getConnection", `{"a":1}`, ""},
		{"setMetadataDeprecated", `[1]`, ""},
		{"proxyPost", `{"a":1}`, ""},
	}
	for _, tt := range tests {
		var body any
		if tt.body != "" {
			decoder := json.NewDecoder(strings.NewReader(tt.body))
			decoder.UseNumber()
			require.NoError(t, decoder.Decode(&body), tt.body)
		}
		assert.Equal(t, tt.want, said(lookup(t, tt.operation).CheckBody(body, tt.body != "")), "%s %.200s", tt.operation, tt.body)
	}
}

func credentials(more string) string {
	return `{"provider_config_key":"a","credentials":{"type":"OAUTH2","access_token":"t",` + more + `}}`
}

func TestCheckQuery(t *testing.T) {
	type object = map[string]any
	type list = []any
	hundred := strings.Repeat("&ids=a", 100)
	tests := []struct {
		operation, query string
		values           object // nil where they do not matter
		want             string
	}{
		{"listIntegrations", "", object{}, ""},
		{"listIntegrations", "b=1&a=2", nil, "unrecognized_keys"},
		{"startSync", "a=1", object{"a": "1"}, ""},
		{"getActionResult", "a=1", object{"a": "1"}, ""},
		{"getScriptsConfig", "format=a&format=b", object{"format": list{"a", "b"}}, ""},
		{"getConnection", "provider_config_key=a&refresh_token=YES&force_refresh=Disabled", object{"provider_config_key": "a", "refresh_token": "YES", "force_refresh": "Disabled"}, ""},
		{"getConnection", "refresh_token=&force_refresh=1&force_refresh=0", nil, "invalid_type provider_config_key, invalid_value refresh_token, invalid_type force_refresh"},
		{"getIntegration", "include=webhook", object{"include": list{"webhook"}}, ""},
		{"getIntegration", "include=webhook&include=credentials", object{"include": list{"webhook", "credentials"}}, ""},
		{"getIntegration", "include=webhook&include=zzz", nil, "invalid_union include"},
		{"getIntegration", "include[a]=webhook", nil, "invalid_union include"},
		{"listFunctions", "search=%20a%20&page=0&limit=100", object{"search": " a ", "page": 0.0, "limit": 100.0}, ""},
		{"listFunctions", "type=zzz&search=%20&page=0.5&limit=x", nil, "invalid_value type, too_small search, invalid_type page, invalid_type limit"},
		{"listFunctions", "page=-1&limit=", nil, "too_small page, too_small limit"},
		{"listConnections", "limit=2000&page=0.5&tags[A]=b&tags[c]=d", object{"limit": 2000.0, "page": 0.5, "tags": object{"A": "b", "c": "d"}}, ""},
		{"listConnections", "limit=2001&tags[a]=b&tags[A]=c&endUserId=", nil, "too_small endUserId, custom tags, too_big limit"},
		{"listConnections", "tags[]=a&integrationId=", nil, "too_small integrationId, invalid_type tags"},
		{"listRecords", "model=Item&ids=a,b", object{"model": "Item", "ids": list{"a,b"}}, ""},
		{"listRecords", "model=Item" + hundred, nil, ""},
		{"listRecords", "model=Item&ids=a" + hundred, nil, "invalid_union ids"},
		{"listRecords", "model=Item&ids=", nil, "invalid_union ids"},
		{"listRecords", "model=Item&filter=added,DELETED", object{"model": "Item", "filter": list{"added", "DELETED"}}, ""},
		{"listRecords", "model=I&filter=added,Deleted,&cursor=" + strings.Repeat("c", 1001), nil,
			"invalid_format model, invalid_value filter.1, invalid_value filter.2, too_big cursor"},
		{"listRecords", "model=Item&modified_after=2025-11-24T12:00:00Z", nil, ""},
		{"listRecords", "model=Item&modified_after=2025-11-24T11:59:59Z", nil, "custom modified_after"},
		{"listRecords", "model=Item&modified_after=2026-11-24T12:00:00%2B00:00", nil, "invalid_format modified_after"},
		{"listRecords", "model=Item&modified_after=2025-11-24T14:29:59%2B02:30", nil, "invalid_format modified_after, custom modified_after"},
		{"listRecords", "model=Item&modified_after=2025-11-24T09:30:00-02:30", nil, "invalid_format modified_after"},
		{"listRecords", "model=Item&delta=&modified_after=a&modified_after=b", nil, "invalid_format delta, custom delta, invalid_type modified_after"},
	}
	for _, tt := range tests {
		values, items := lookup(t, tt.operation).CheckQuery(tt.query, now)
		assert.Equal(t, tt.want, said(items), "%s %.100s", tt.operation, tt.query)
		if tt.values != nil {
			assert.Equal(t, tt.values, values, "%s %s", tt.operation, tt.query)
		}
	}
}

func TestCheckHeader(t *testing.T) {
	tests := []struct {
		operation string
		header    []string
		want      string
	}{
		{"getConnection", nil, ""},
		{"listRecords", nil, "invalid_type connection-id, invalid_type provider-config-key"},
		{"triggerAction", nil, "invalid_type provider-config-key, invalid_type connection-id"},
		{"triggerAction", []string{"Provider-Config-Key", "a/b", "Connection-Id", "", "X-Async", "maybe", "X-Max-Retries", "6"},
			"invalid_format provider-config-key, invalid_format connection-id, invalid_value x-async, too_big x-max-retries"},
		{"triggerAction", []string{"Provider-Config-Key", "a", "Connection-Id", "b", "X-Async", "Yes", "X-Max-Retries", "", "Zzz", "1"}, ""},
		{"listRecords", []string{"Provider-Config-Key", "a", "Connection-Id", "b", "Connection-Id", "c"}, ""},
		{"listRecords", []string{"Provider-Config-Key", "a", "Provider-Config-Key", "c", "Connection-Id", "b"}, "invalid_format provider-config-key"},
		{"triggerSync", []string{"Provider-Config-Key", "a/b"}, ""},
		{"proxyGet", []string{"Provider-Config-Key", "a", "Connection-Id", "b", "Retries", "-1", "Base-Url-Override", "", "Retry-On", "429,503"}, ""},
		{"proxyGet", []string{"Provider-Config-Key", "a", "Connection-Id", "b", "Retries", "x", "Base-Url-Override", "x.co", "Decompress", "True", "Retry-On", "429, 503"},
			"invalid_type retries, invalid_union base-url-override, invalid_value decompress, invalid_format retry-on"},
	}
	for _, tt := range tests {
		header := http.Header{}
		for i := 0; i < len(tt.header); i += 2 {
			header.Add(tt.header[i], tt.header[i+1])
		}
		assert.Equal(t, tt.want, said(lookup(t, tt.operation).CheckHeader(header)), "%s %v", tt.operation, tt.header)
	}
}

func TestCheckPath(t *testing.T) {
	tests := []struct {
		operation string
		path      map[string]string
		want      string
	}{
		{"listConnections", nil, ""},
		{"getConnection", map[string]string{"connectionId": "a/b"}, ""},
		{"getConnection", map[string]string{"connectionId": "a*b"}, "invalid_format connectionId"},
		{"setMetadataDeprecated", map[string]string{"connectionId": "a*b"}, ""},
		{"createSyncVariant", map[string]string{"name": "a.b", "variant": k255 + "k"}, "invalid_format name, too_big variant"},
		{"deleteEnvironment", map[string]string{"environmentUuid": "7"}, ""},
		{"deleteEnvironment", map[string]string{"environmentUuid": "0"}, "too_small environmentId"},
		{"deleteEnvironment", map[string]string{"environmentUuid": "1.5"}, "invalid_type environmentId"},
		{"getDryRun", map[string]string{"id": "4B7d8a4e-6b57-4d0a-9d2c-2d6a9f0b7c11"}, ""},
		{"getDryRun", map[string]string{"id": "4b7d8a4e-6b57-0d0a-9d2c-2d6a9f0b7c11"}, "invalid_format id"},
		{"getDryRun", map[string]string{"id": "4b7d8a4e-6b57-4d0a-cd2c-2d6a9f0b7c11"}, "invalid_format id"},
		{"getDryRun", map[string]string{"id": "00000000-0000-0000-0000-000000000000"}, ""},
		{"proxyGet", map[string]string{"path": "any/*"}, ""},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, said(lookup(t, tt.operation).CheckPath(tt.path, release.Recorded)), "%s %v", tt.operation, tt.path)
	}
	// The same parameter has another form, and name, in other releases.
	const number, id = "7", "4b7d8a4e-6b57-4d0a-9d2c-2d6a9f0b7c11"
	for version, want := range map[string][2]string{
		"0.71.5": {"", "invalid_type environmentId"}, "0.71.6": {"invalid_format environmentUuid", ""}, "0.71.10": {"invalid_format environmentUuid", ""},
	} {
		operation := lookup(t, "deleteEnvironment")
		assert.Equal(t, want[0], said(operation.CheckPath(map[string]string{"environmentUuid": number}, version)), version)
		assert.Equal(t, want[1], said(operation.CheckPath(map[string]string{"environmentUuid": id}, version)), version)
	}
}

// What the recordings do not show of the texts.
func TestMessages(t *testing.T) {
	var body any
	require.NoError(t, json.Unmarshal([]byte(`{"provider":null,"unique_key":"b","credentials":[],"zzz":1,"yyy":2}`), &body))
	assert.Equal(t, []reqschema.Item{
		{Code: "invalid_type", Message: "Invalid input: expected string, received null", Path: []string{"provider"}},
		{Code: "invalid_type", Message: "invalid credentials object", Path: []string{"credentials"}},
		{Code: "unrecognized_keys", Message: `Unrecognized keys: "yyy", "zzz"`, Path: []string{}},
	}, reqschema.Lookup("createIntegration").CheckBody(body, true))

	_, items := reqschema.Lookup("listFunctions").CheckQuery("page=0.5&limit=0", now)
	assert.Equal(t, []reqschema.Item{
		{Code: "invalid_type", Message: "Invalid input: expected int, received number", Path: []string{"page"}},
		{Code: "too_small", Message: "Too small: expected number to be >=1", Path: []string{"limit"}},
	}, items)
}
