package nango

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

var allSentinels = map[string]error{
	"ErrRefreshFailed": ErrRefreshFailed, "ErrAction": ErrAction, "ErrUnauthorized": ErrUnauthorized, "ErrForbidden": ErrForbidden,
	"ErrRateLimited": ErrRateLimited, "ErrActionPending": ErrActionPending, "ErrNotFound": ErrNotFound, "ErrConflict": ErrConflict,
	"ErrInvalid": ErrInvalid, "ErrServer": ErrServer, "ErrNoCredentials": ErrNoCredentials, "ErrSessionExpired": ErrSessionExpired,
}

// sentinelsOf returns the names of the sentinels that err matches.
func sentinelsOf(err error) []string {
	names := []string{}
	for name, sentinel := range allSentinels {
		if errors.Is(err, sentinel) {
			names = append(names, name)
		}
	}
	return names
}

func TestSentinels(t *testing.T) {
	for _, test := range []struct {
		want string // "" for none
		e    Error
	}{
		{"ErrRefreshFailed", Error{StatusCode: 400, Code: "invalid_credentials"}},
		{"ErrRefreshFailed", Error{StatusCode: 424, Code: "invalid_credentials"}},
		{"ErrRefreshFailed", Error{StatusCode: 401, Code: "invalid_credentials"}},
		{"ErrRefreshFailed", Error{StatusCode: 502, Code: "invalid_credentials"}},
		{"ErrServer", Error{StatusCode: 502, Code: "invalid_credentials", foreign: true}},
		{"ErrRefreshFailed", Error{StatusCode: 424, Code: "connection_refresh_backoff", Operation: "proxyGet"}},
		{"ErrRefreshFailed", Error{StatusCode: 424, Code: "server_error", Operation: "proxyPost", Message: "Failed to get connection credentials: 'x'"}},
		{"", Error{StatusCode: 424, Code: "server_error", Operation: "getConnection", Message: "Failed to get connection credentials: 'x'"}},

		{"ErrAction", Error{StatusCode: 424, Code: "script_http_error"}},
		{"ErrAction", Error{StatusCode: 424, Code: "script_api_rate_limit_error"}},
		{"ErrAction", Error{StatusCode: 500, Code: "action_script_runtime_error"}},
		{"ErrAction", Error{StatusCode: 500, Code: "script_internal_error"}},
		{"ErrAction", Error{StatusCode: 500, Code: "script_network_error"}},
		{"ErrAction", Error{StatusCode: 400, Code: "invalid_action_input"}},
		{"ErrAction", Error{StatusCode: 400, Code: "invalid_action_output"}},
		{"ErrAction", Error{StatusCode: 400, Code: "script_output_too_large"}},
		{"ErrAction", Error{StatusCode: 400, Code: "action_failure"}},
		{"ErrAction", Error{StatusCode: 500, Code: "action_script_failure"}},
		{"ErrAction", Error{StatusCode: 500, Code: "execution_timeout"}},
		{"ErrAction", Error{StatusCode: 500, Code: "function_runtime_out_of_memory"}},
		{"ErrAction", Error{StatusCode: 500, Code: "function_runtime_timed_out"}},
		{"ErrAction", Error{StatusCode: 500, Code: "function_runtime_other"}},
		{"ErrAction", Error{StatusCode: 500, Code: "script_cancelled"}},
		{"ErrAction", Error{StatusCode: 500, Code: "script_invalid_error"}},
		{"ErrAction", Error{StatusCode: 410, Code: "script_aborted"}},
		{"ErrAction", Error{StatusCode: 500, Code: "unhandled_boom", Operation: "triggerAction"}},
		{"ErrAction", Error{StatusCode: 500, Code: "unhandled_unhandled_boom", Operation: "getActionResult"}},
		{"ErrServer", Error{StatusCode: 500, Code: "unhandled_plan_not_found", Operation: "triggerAction"}},
		{"ErrServer", Error{StatusCode: 500, Code: "unhandled_boom", Operation: "importConnectionDeprecated"}},
		{"ErrServer", Error{StatusCode: 500, Code: "internal_server_error", Operation: "triggerAction"}},
		{"ErrServer", Error{StatusCode: 500, Code: "script_internal_error", foreign: true}},

		{"ErrUnauthorized", Error{StatusCode: 401, Code: "unknown_account"}},
		{"ErrUnauthorized", Error{StatusCode: 401, foreign: true}},
		{"ErrForbidden", Error{StatusCode: 403, Code: "forbidden"}},
		{"ErrRateLimited", Error{StatusCode: 429, Code: "too_many_request"}},
		{"ErrRateLimited", Error{StatusCode: 429, foreign: true}},

		{"ErrActionPending", Error{StatusCode: 404, Code: "not_found", Operation: "getActionResult"}},
		{"", Error{StatusCode: 404, Operation: "getActionResult", foreign: true}},
		{"ErrNotFound", Error{StatusCode: 404, Code: "not_found", Operation: "triggerAction"}},
		{"ErrNotFound", Error{StatusCode: 404, Code: "unknown_connection"}},
		{"ErrNotFound", Error{StatusCode: 404, Code: "disabled_resource", Operation: "triggerAction"}},
		{"ErrNotFound", Error{StatusCode: 404, Code: "anything"}},
		{"", Error{StatusCode: 404, Message: "<html>", foreign: true}},
		{"", Error{StatusCode: 404, Code: "not_found", foreign: true}},
		{"", Error{StatusCode: 404}},
		{"ErrNotFound", Error{StatusCode: 400, Code: "unknown_connection"}},
		{"ErrNotFound", Error{StatusCode: 400, Code: "unknown_provider_config"}},
		{"ErrNotFound", Error{StatusCode: 400, Code: "unknown_provider"}},
		{"ErrNotFound", Error{StatusCode: 400, Code: "unknown_sync"}},
		{"ErrInvalid", Error{StatusCode: 400, Code: "unknown_sync", foreign: true}},
		{"ErrServer", Error{StatusCode: 500, Code: "unknown_connection"}},
		{"ErrNotFound", Error{StatusCode: 400, Code: "invalid_body", Operation: "getSyncStatus", Message: "Connection not found"}},
		{"ErrInvalid", Error{StatusCode: 400, Code: "invalid_body", Operation: "startSync", Message: "Connection not found"}},
		{"ErrNotFound", Error{StatusCode: 400, Code: "invalid_body", Operation: "createReconnectSession", Message: "ConnectionID or IntegrationId does not exists"}},
		{"ErrInvalid", Error{StatusCode: 400, Code: "invalid_body", Operation: "createReconnectSession", Message: "other"}},
		{"ErrNotFound", Error{StatusCode: 400, Code: "server_error", Operation: "proxyGet", Message: "Failed to get connection"}},
		{"ErrInvalid", Error{StatusCode: 400, Code: "server_error", Operation: "proxyGet", Message: "Failed to get connection pool"}},
		{"ErrInvalid", Error{StatusCode: 400, Code: "server_error", Operation: "setSyncFrequency", Message: "Failed to get connection"}},

		{"ErrConflict", Error{StatusCode: 409, Code: "conflict"}},
		{"ErrConflict", Error{StatusCode: 400, Code: "sync_variant_already_exists"}},
		{"ErrInvalid", Error{StatusCode: 400, Code: "invalid_body"}},
		{"ErrInvalid", Error{StatusCode: 400, foreign: true}},
		{"ErrServer", Error{StatusCode: 500, Code: "generic_error_support"}},
		{"ErrServer", Error{StatusCode: 502, foreign: true}},
		{"ErrServer", Error{StatusCode: 599}},
		{"", *because(context.Canceled, Error{})},
		{"", Error{StatusCode: 200, foreign: true}},
		{"", Error{StatusCode: 302}},
		{"", Error{StatusCode: 402, Code: "plan_limit"}},
		{"", Error{StatusCode: 415, Code: "invalid_content_type"}},
		{"", Error{StatusCode: 424, Code: "something"}},
	} {
		t.Run(fmt.Sprintf("%d %s %s %s bare=%v", test.e.StatusCode, test.e.Operation, test.e.Code, test.e.Message, test.e.foreign), func(t *testing.T) {
			want := []string{}
			if test.want != "" {
				want = append(want, test.want)
			}
			assert.Equal(t, want, sentinelsOf(&test.e))
			assert.Equal(t, want, sentinelsOf(fmt.Errorf("wrapped: %w", &test.e)))
		})
	}
}
