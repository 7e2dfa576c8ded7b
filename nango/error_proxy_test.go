package nango

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRecordedProxyResponses(t *testing.T) {
	nangos := map[string]bool{
		"auth/proxy-missing-header": true, "auth/proxy-unknown-key": true, "auth/scoped-proxy-403": true,
		"ratelimit/429-proxy":  true,
		"proxy/bad-decompress": true, "proxy/bad-is-sync": true, "proxy/retry-on-bad": true, "proxy/missing-headers": true,
		"proxy/base-url-override-invalid": true, "proxy/base-url-override-loopback-blocked": true,
		"proxy/no-base-url": true, "proxy/oauth2-bad-refresh": true,
		"proxy/post-invalid-json": true, "proxy/post-json-string-body": true,
		"proxy/unknown-connection": true, "proxy/unknown-integration": true,
		"proxy/upstream-connection-refused": true, "proxy/upstream-dropped-connection": true,
		"proxy/form-octets-percent": true, "proxy/form-rebuilt-nested": true, "proxy/form-rebuilt-order": true,
		"proxy/percent-api-bearer-form-latin1": true, "proxy/percent-api-bearer-json-percent": true, "proxy/percent-api-bearer-png": true,
		"proxy/percent-api-bearer-query-latin1": true, "proxy/percent-api-bearer-text-percent": true,
	}
	seen, errors := 0, 0
	for _, r := range recordedExchanges(t) {
		if !strings.HasPrefix(r.Request.Target, "/proxy") {
			continue
		}
		seen++
		got := nangoProxyError(r.Request.Method, r.Respond(nil), []byte(r.Response.Body), false)
		assert.Equal(t, nangos[r.Name], got, r.Name)
		if got {
			errors++
		}
	}
	assert.Greater(t, seen, 70)
	assert.Equal(t, len(nangos), errors, "every name above is one of a recording")
}

func TestNangoProxyError(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   bool
	}{
		{"the code under its status", 424, `{"error":{"code":"connection_refresh_backoff"}}`, true},
		{"the code under another status", 400, `{"error":{"code":"connection_refresh_backoff"}}`, false},
		{"an unknown code", 400, `{"error":{"code":"rate_limited"}}`, false},
		{"no code", 400, `{"error":{"message":"no"}}`, false},
		{"a key that Nango does not put into an error", 500, `{"error":{"message":"m","type":"t","param":null,"code":"server_error"}}`, false},
		{"a key beside the error", 400, `{"error":{"code":"invalid_headers"},"ok":false}`, false},
		{"an error that is a text", 400, `{"error":"invalid_headers"}`, false},
		{"a success", 200, `{"error":{"code":"invalid_headers"}}`, false},
		{"a list", 400, `[{"error":{"code":"invalid_headers"}}]`, false},
		{"an empty body", 500, ``, false},
		{"too many requests, of Nango", 429, `{"error":{"code":"too_many_request","method":"GET","path":"/proxy/x"}}`, true},
		{"too many requests, without a path", 429, `{"error":{"code":"too_many_request","method":"GET"}}`, false},
		{"too many requests, without a method", 429, `{"error":{"code":"too_many_request","path":"/x"}}`, false},
		{"too many requests, another status", 400, `{"error":{"code":"too_many_request","method":"GET","path":"/x"}}`, false},
		{"connection unknown", 400, `{"error":{"code":"server_error","message":"Failed to get connection"}}`, true},
		{"connection unknown, other status", 503, `{"error":{"code":"server_error","message":"Failed to get connection"}}`, false},
		{"a message of the provider", 503, `{"error":{"code":"server_error","message":"Failed to get connection from the pool"}}`, false},
		{"credentials not had, any status", 401, `{"error":{"code":"server_error","message":"Failed to get connection credentials: 'x'"}}`, true},
		{"a success that says so", 200, `{"error":{"code":"server_error","message":"Failed to get connection credentials: 'x'"}}`, false},
		{"server error", 500, `{"error":{"code":"server_error"}}`, true},
		{"server error of the provider", 400, `{"error":{"code":"server_error","message":"oops"}}`, false},
		{"plan", 402, `{"error":{"code":"plan_limit","message":"x"}}`, true},
		{"support id", 500, `{"error":{"code":"generic_error_support","payload":"id"}}`, true},
		{"provider unreachable", 500, `{"message":"socket hang up","code":"ECONNRESET","method":"post"}`, true},
		{"provider unreachable, no code", 500, `{"message":"x","method":"post"}`, true},
		{"provider unreachable, other method", 500, `{"message":"x","method":"get"}`, false},
		{"provider unreachable, upper case", 500, `{"message":"x","method":"POST"}`, false},
		{"provider unreachable, one key more", 500, `{"message":"x","method":"post","id":1}`, false},
		{"provider unreachable, no message", 500, `{"code":"x","method":"post"}`, false},
		{"provider unreachable, other status", 502, `{"message":"x","code":"ECONNRESET","method":"post"}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, nangoProxyError("POST", reply(test.status, ""), []byte(test.body), false))
			html := reply(test.status, "", "Content-Type", "text/html")
			assert.False(t, nangoProxyError("POST", html, []byte(test.body), false), "only JSON is Nango's")
			if test.want { // a byte order mark changes nothing, also while the body comes
				assert.True(t, nangoProxyError("POST", reply(test.status, ""), []byte("\ufeff"+test.body), false))
				assert.True(t, mayBeNango(test.status, []byte("\ufeff"+test.body[:9])))
			}
		})
	}
	for code, statuses := range proxyCodes {
		for _, status := range statuses {
			body := fmt.Appendf(nil, `{"error":{"code":%q,"message":"x"}}`, code)
			assert.True(t, nangoProxyError("GET", reply(status, ""), body, false), code)
			assert.False(t, nangoProxyError("GET", reply(418, ""), body, false), code)
		}
	}
}
