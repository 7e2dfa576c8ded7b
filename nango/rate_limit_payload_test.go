package nango

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// What actions throw, as Nango reports it with its statuses and codes.
func TestProviderRateLimitOfAPayload(t *testing.T) {
	thrown := func(payload string) string {
		return `{"error":{"code":"action_script_runtime_error","payload":` + payload + `}}`
	}
	const netSuite = `{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"Request Limit Exceeded"}`
	for text, want := range map[string]bool{
		// The forms of getlago/lago-api#2570, #2686 and #3184.
		`{"error":{"code":"script_http_error","payload":{"error":` + netSuite + `}}}`:                                                              true,
		`{"error":{"code":"action_script_failure","payload":{"error":` + fmt.Sprintf("%q", netSuite) + `}}}`:                                       true,
		`{"error":{"code":"action_script_failure","message":"failed with an error: {\"error\":{\"code\":\"SSS_REQUEST_LIMIT_EXCEEDED\"}}"}}`:       true,
		`{"error":{"code":"action_script_runtime_error","payload":{"name":"Error","message":"SSS_REQUEST_LIMIT_EXCEEDED: later"}}}`:                true,
		`{"type":"action_script_failure","payload":{"error":` + netSuite + `}}`:                                                                    true,
		`{"error":{"code":"action_script_runtime_error","payload":{"error_summary":"too_many_requests/.."}}}`:                                      true,
		`{"error":{"code":"action_script_runtime_error","payload":{"type":"rate_limited","retry_after":3}}}`:                                       true,
		`{"error":{"code":"action_script_runtime_error","payload":{"message":"HTTP 429: {\"error\":\"ratelimited\"}"}}}`:                           true,
		`{"error":{"code":"script_http_error","additional_properties":{"upstream_response":{"status":429,"headers":{},"body":{}}}}}`:               true,
		thrown(`{"o:errorDetails":[{"o:errorCode":"SSS_REQUEST_LIMIT_EXCEEDED"}]}`):                                                                true,
		thrown(`{"cause":{"code":"ThrottlingException"}}`):                                                                                         true,
		thrown(`{"name":"AxiosError","code":"ERR_BAD_REQUEST","response":{"status":403,"data":{"error":{"code":"RATE_LIMITED"}}}}`):                true,
		thrown(`{"body":{"error":"ratelimited"}}`):                                                                                                 true,
		thrown(`{"response":"[{\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\"}]"}`):                                                                      true,
		thrown(`{"message":"[{\"message\":\"TotalRequests Limit exceeded.\",\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\"}]"}`):                         true,
		thrown(`{"type":"rate_limited","retry_after":"3"}`):                                                                                        true,
		thrown(`{"type":"validation_error","details":{"name":"Rate Limit","status":"missing"}}`):                                                   false,
		thrown(`{"type":"validation_error","data":{"code":"throttled"}}`):                                                                          false,
		thrown(`{"message":"bad input {\"name\":\"throttled\"}"}`):                                                                                 false,
		thrown(`{"message":"bad input {\"code\":\"throttled\"}"}`):                                                                                 false,
		thrown(`{"message":"bad input: {\"code\":\"throttled\"} is no label"}`):                                                                    false,
		thrown(`{"message":"do not use SSS_REQUEST_LIMIT_EXCEEDED in memo"}`):                                                                      false,
		thrown(`{"message":"SSS_REQUEST_LIMIT_EXCEEDED is no memo"}`):                                                                              false,
		thrown(`{"error":{"error":{"code":"too_many_requests","method":"GET","path":"/x"}}}`):                                                      false,
		thrown(`{"message":"HTTP 429: {\"error\":{\"code\":\"too_many_request\",\"method\":\"GET\",\"path\":\"/x\"}}"}`):                           false,
		thrown(`{"error":"Too Many Requests"}`):                                                                                                    false,
		`{"error":{"code":"action_script_runtime_error","payload":{"status":429}}}`:                                                                false,
		`{"error":{"code":"action_script_runtime_error","payload":{"message":"rate limit"}}}`:                                                      false,
		`{"error":{"code":"script_http_error","payload":{"message":"no"},"upstream":{"status":403,"headers":{},"body":{"message":"no"}}}}`:         false,
		`{"error":{"code":"script_api_rate_limit_error","payload":{}}}`:                                                                            false,
		`{"error":{"code":"script_http_error","upstream":{"status":429,"body":{"error":{"code":"too_many_request","method":"GET","path":"/a"}}}}}`: false,
		`{"error":{"code":"script_http_error","upstream":{"status":429,"body":{"error":{"code":"too_many_request","message":"the provider's"}}}}}`: true,
		`{"error":{"code":"not_found","payload":{"error":` + netSuite + `}}}`:                                                                      false,
	} {
		client := testClient(t, always(500, text, "Date", noon.Format(http.TimeFormat)))
		_, err := TriggerAction[any](t.Context(), client.Connection("i", "c"), "a", nil)
		limit, ok := ProviderRateLimit(err)
		assert.Equal(t, want, ok, text)
		if strings.Contains(text, "retry_after") {
			assert.Equal(t, RateLimit{Reset: noon.Add(3 * time.Second), RetryAfter: 3 * time.Second}, limit)
		} else {
			assert.Zero(t, limit, text)
		}
	}
}

// A limit is found among all errors that are joined, whatever their order is.
func TestProviderRateLimitOfJoinedErrors(t *testing.T) {
	failure := func(status int) error {
		return newProviderError(reply(status, "", "Retry-After", "7"), nil, false)
	}
	for _, err := range []error{
		errors.Join(failure(404), failure(429)), errors.Join(failure(429), failure(404)),
		fmt.Errorf("two: %w, %w", &Error{}, fmt.Errorf("one: %w", errors.Join(nil, failure(404), failure(429)))),
	} {
		limit, ok := ProviderRateLimit(err)
		assert.True(t, ok)
		assert.Equal(t, 7*time.Second, limit.RetryAfter)
	}
	_, ok := ProviderRateLimit(errors.Join(failure(404), failure(503)))
	assert.False(t, ok)
}
