package nango

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
)

// What the generated client makes of dots in place of ids never leaves, alone or in pairs, whatever the base URL.
func TestRemaindersAreRefused(t *testing.T) {
	for _, base := range []string{testBase, testBase + "/gw"} {
		client := testClient(t, func(req *http.Request) (*http.Response, error) {
			t.Error("sent", req.URL)
			return reply(200, `{}`), nil
		}, WithBaseURL(base))
		tried := 0
		for _, op := range gen.Operations {
			if isProxy(op.ID) {
				continue
			}
			for _, ids := range [][]string{{".", "id"}, {"..", "id"}, {"id", "."}, {"id", ".."}, {".", "."}, {"..", ".."}, {".", ".."}, {"..", "."}, {"", "id"}, {"id", ""}} {
				path, left := op.Path, ids
				for strings.Contains(path, "{") && len(left) > 0 {
					before, rest, _ := strings.Cut(path, "{")
					_, after, _ := strings.Cut(rest, "}")
					path, left = before+left[0]+after, left[1:]
				}
				if path == op.Path || !strings.ContainsAny(strings.Join(ids[:len(ids)-len(left)], ""), ".") && ids[0] == "id" && len(left) == 1 {
					continue
				}
				target, err := client.config.baseURL.Parse(base + "/")
				require.NoError(t, err)
				target, err = target.Parse("." + path) // as the generated client does
				require.NoError(t, err)
				req, err := http.NewRequestWithContext(t.Context(), op.Method, target.String(), nil)
				require.NoError(t, err)
				tried++
				_, err = client.Generated().Client.Do(req)
				assert.IsType(t, &ArgumentError{}, err, "%s %s", op.Method, path)
			}
		}
		assert.Greater(t, tried, 100)
	}
}

func TestOrdinaryIDsAreNoRemainders(t *testing.T) {
	for _, op := range gen.Operations {
		client := testClient(t, always(200, `{}`))
		body := ""
		if op.Body != nil {
			object := map[string]any{}
			for _, key := range op.Body {
				object[key] = "x"
			}
			data, err := json.Marshal(object)
			require.NoError(t, err)
			body = string(data)
		}
		_, err := send(t.Context(), client, op.Method, filled(op.Path, "an-id"), body)
		assert.NoError(t, err, op.ID)
	}
}

func TestRemaindersThatAreIDsAsWell(t *testing.T) {
	client := testClient(t, always(200, `{}`))
	for path, name := range map[string]string{
		"/providers/templates":           "provider",
		"/integrations/functions":        "uniqueKey",
		"/integrations/a/functions/code": "name",
	} {
		_, err := send(t.Context(), client, "GET", path, "")
		assert.Equal(t, &ArgumentError{Name: name, Reason: pathReason}, err)
		req, err := http.NewRequestWithContext(t.Context(), "GET", testBase+path, nil)
		require.NoError(t, err)
		_, err = client.gen.Client.Do(req)
		assert.NoError(t, err, "a service has checked the id and may use it")
	}
	for _, body := range []string{"", "null", `{}`, `{"connection_id":"a","metadata":{}}`, `[1]`} {
		_, err := send(t.Context(), client, "POST", "/connection/metadata", body)
		assert.Equal(t, &ArgumentError{Name: "connectionId", Reason: pathReason}, err, "the metadata of one connection: "+body)
	}
	_, err := send(t.Context(), client, "POST", "/connection/metadata", `{"connection_id":"a","provider_config_key":"b","metadata":{}}`)
	assert.NoError(t, err, "the metadata of many")
}
