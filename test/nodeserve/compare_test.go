package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/test/recordings"
)

const (
	session   = `{"data": {"token": "t", "connect_link": "l", "expires_at": "2026-11-22T14:00:00.000Z"}}`
	variables = `[{"name": "STAGE", "value": "trial"}]`
)

func exchange(method, target string, status int, body string) *recordings.Exchange {
	return &recordings.Exchange{Request: recordings.Request{Method: method, Target: target}, Response: recordings.Response{Status: status, Body: body}}
}

// recorded are the exchanges that the calls of the tests are compared with.
var recorded = []*recordings.Exchange{
	exchange("POST", "/connect/sessions", 201, session),
	exchange("GET", "/environment-variables", 200, variables),
	exchange("GET", "/connections/ada?provider_config_key=github", 200, `{"connection_id": "ada", "end_user": null, "metadata": {"a": 1}, "errors": []}`),
	exchange("GET", "/connections/grace?provider_config_key=github", 200, `{"connection_id": "grace", "end_user": {"id": "1"}, "metadata": null, "errors": [{"type": "auth"}]}`),
	exchange("GET", "/proxy/user", 200, `{"login": "ada"}`),
	exchange("GET", "/no/such/operation", 200, `{}`),
}

func made(method, target string, status int, body string) call {
	return call{Method: "method", Responses: []response{{method, target, status, json.RawMessage(body)}}}
}

func TestCompare(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	for name, row := range map[string]struct {
		call call
		want []string
	}{
		"the same":      {made("POST", "/connect/sessions", 201, strings.ReplaceAll(session, `"t"`, `"other"`)), nil},
		"a missing key": {made("POST", "/connect/sessions", 201, strings.Replace(session, `"token": "t", `, "", 1)), []string{"createConnectSession 201: /data/token is missing"}},
		"another key":   {made("GET", "/environment-variables", 200, `[{"name": "STAGE", "value": "trial", "id": 1}]`), []string{"listEnvironmentVariables 200: /[]/id is not in the recording"}},
		"no item":       {made("GET", "/environment-variables/", 200, `[]`), []string{"listEnvironmentVariables 200: /[]/name is missing", "listEnvironmentVariables 200: /[]/value is missing"}},
		"no body":       {made("GET", "/environment-variables", 200, `null`), []string{"listEnvironmentVariables 200: /[]/name is missing", "listEnvironmentVariables 200: /[]/value is missing"}},
		"another status": {
			made("POST", "/connect/sessions", 200, session), []string{"createConnectSession: 200 is not recorded"},
		},
		"below a null there is nothing to compare": {
			made("GET", "/connections/ada?provider_config_key=github", 200, `{"connection_id": "ada", "end_user": {"id": "1"}, "metadata": null, "errors": []}`), nil,
		},
		"the nearest recording counts": {
			made("GET", "/connections/ada?provider_config_key=github", 200, `{"connection_id": "ada", "end_user": null, "metadata": null, "errors": [{"type": "auth", "log_id": "1"}]}`),
			[]string{"getConnection 200: /errors/[]/log_id is not in the recording"},
		},
		"a customer's keys do not count": {
			made("GET", "/connections/ada?provider_config_key=github", 200, `{"connection_id": "ada", "end_user": null, "metadata": {"b": 2}, "errors": []}`), nil,
		},
		"nor do a provider's": {made("GET", "/proxy/user?a=b", 200, `{"path": "/user"}`), nil},
		"a failed method":     {call{Method: "getToken", Error: "it broke"}, []string{"getToken fails: it broke"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := compare(validator, recorded, []call{row.call, row.call})
			require.NoError(t, err)
			assert.Equal(t, row.want, found)
		})
	}
	_, err = compare(validator, recorded, []call{made("GET", "/no/such/operation", 200, `{}`)})
	assert.ErrorIs(t, err, spectest.ErrNoOperation)
}

func TestReport(t *testing.T) {
	reasons, err := readReasons("# It is\n# right so.\na differs\nb differs\n\n# Another reason.\nc differs\n")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a differs": "It is right so.", "b differs": "It is right so.", "c differs": "Another reason."}, reasons)
	calls := []call{{Method: "getToken"}, {Method: "getToken"}, {Method: "proxy"}}
	for _, row := range []struct {
		found []string
		code  int
		want  string
	}{
		{[]string{"a differs", "b differs", "c differs"}, 0, "3 calls of 2 methods, 3 differences\naccepted: a differs (It is right so.)\n" +
			"accepted: b differs (It is right so.)\naccepted: c differs (Another reason.)\n"},
		{[]string{"a differs", "b differs", "d differs"}, 1, "3 calls of 2 methods, 3 differences\naccepted: a differs (It is right so.)\n" +
			"accepted: b differs (It is right so.)\nnew: d differs\ngone, so remove it from accepted.txt: c differs\n"},
	} {
		var out strings.Builder
		assert.Equal(t, row.code, report(&out, calls, row.found, reasons))
		assert.Equal(t, row.want, out.String())
	}
	for _, text := range []string{"a differs", "# A reason.\na differs\n\nb differs", "# A reason.\na differs\na differs"} {
		_, err := readReasons(text)
		assert.Error(t, err, text)
	}
	_, err = readReasons(accepted)
	assert.NoError(t, err)
}
