package nango

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Under the code server_error the proxy says by its message alone what went wrong.
const (
	proxyNoConnection  = "Failed to get connection"
	proxyNoCredentials = "Failed to get connection credentials"
)

// proxyCodes are the codes with which Nango itself refuses a proxied request, and their statuses. A few more are told
// by nangoProxyError, since their code does not say enough.
var proxyCodes = map[string][]int{
	"invalid_headers":                   {http.StatusBadRequest},
	"invalid_json":                      {http.StatusBadRequest},
	"invalid_query_params":              {http.StatusBadRequest},
	"base_url_override_disabled":        {http.StatusBadRequest},
	"base_url_override_not_allowed":     {http.StatusBadRequest},
	"missing_api_url":                   {http.StatusBadRequest},
	"missing_provider":                  {http.StatusBadRequest},
	"unknown_provider":                  {http.StatusBadRequest},
	"unsupported_provider":              {http.StatusBadRequest},
	"unsupported_auth":                  {http.StatusBadRequest},
	"unknown_error":                     {http.StatusBadRequest},
	"failed_to_get_connection":          {http.StatusBadRequest},
	"invalid_certificate_or_key_format": {http.StatusBadRequest},
	"proxy_request_failed":              {http.StatusBadRequest},
	"missing_auth_header":               {http.StatusUnauthorized},
	"malformed_auth_header":             {http.StatusUnauthorized},
	"invalid_secret_key_format":         {http.StatusUnauthorized},
	"unknown_account":                   {http.StatusUnauthorized},
	"plan_limit":                        {http.StatusPaymentRequired},
	"forbidden":                         {http.StatusForbidden},
	"unknown_provider_config":           {http.StatusNotFound},
	"connection_refresh_backoff":        {http.StatusFailedDependency},
	"generic_error_support":             {http.StatusInternalServerError},
	"server_error":                      {http.StatusInternalServerError},
	"unhandled_plan_not_found":          {http.StatusInternalServerError},
}

// proxied reports whether the request went to a provider.
func (e *Error) proxied() bool {
	op := operations()[e.Operation]
	return op != nil && op.Proxied
}

// nangoProxyError reports whether a proxied request was refused by Nango and not by the provider. Nothing marks the one
// from the other: Nango's is JSON that holds an error and nothing else, with a code of Nango's under the status of that
// code. A provider that answers so by chance is taken for Nango, and an empty 500 of Nango's for the provider.
func nangoProxyError(method string, resp *http.Response, body []byte) bool {
	if resp.StatusCode < http.StatusBadRequest || !isJSON(mediaType(resp.Header)) {
		return false
	}
	var keys map[string]json.RawMessage
	if jsonx.Unmarshal(body, &keys) != nil {
		return false
	}
	if raw, ok := keys["error"]; ok && len(keys) == 1 {
		return nangoProxyCode(resp.StatusCode, raw)
	}
	return resp.StatusCode == http.StatusInternalServerError && unreachable(method, keys)
}

// envelopeKeys are all that Nango puts into an error.
var envelopeKeys = []string{"code", "message", "errors", "payload", "additional_properties", "upstream", "method", "path"}

func nangoProxyCode(status int, raw json.RawMessage) bool {
	var inner envelopeError
	var keys map[string]json.RawMessage
	if jsonx.Unmarshal(raw, &inner) != nil || jsonx.Unmarshal(raw, &keys) != nil {
		return false
	}
	for key := range keys {
		if !slices.Contains(envelopeKeys, key) {
			return false
		}
	}
	code, _ := jsonx.Unquote(inner.Code)
	message, _ := jsonx.Unquote(inner.Message)
	switch {
	case code == "too_many_request":
		return status == http.StatusTooManyRequests && inner.Method != nil && inner.Path != nil
	case code == "server_error" && strings.HasPrefix(message, proxyNoCredentials):
		return true // under the status that refreshing them failed with
	case code == "server_error" && message == proxyNoConnection:
		return status == http.StatusBadRequest
	default:
		return slices.Contains(proxyCodes[code], status)
	}
}

// unreachable tells the body of a provider that could not be reached, which has no envelope: a message, the request's
// method in lower case and perhaps the code of the network's failure.
func unreachable(method string, keys map[string]json.RawMessage) bool {
	for key := range keys {
		if key != "message" && key != "code" && key != "method" {
			return false
		}
	}
	_, hasMessage := jsonx.Unquote(keys["message"])
	name, _ := jsonx.Unquote(keys["method"])
	return hasMessage && name == strings.ToLower(method)
}

// peekError reads the beginning of a failure of a proxied call, unless its first bytes show that it is not Nango's.
func peekError(resp *http.Response) (data []byte, truncated bool, err error) {
	return peek(resp, maxKeptBody, func(start []byte) bool {
		text := strings.TrimLeft(string(start[:min(len(start), 64)]), " \t\r\n{")
		return len(text) < 10 || strings.HasPrefix(text, `"error"`) || strings.HasPrefix(text, `"message"`) ||
			strings.HasPrefix(text, `"method"`) || strings.HasPrefix(text, `"code"`)
	})
}

// dashboardTitle stands in the page that Nango's server gives for every path that it does not know.
const dashboardTitle = "<title>Nango</title>"

// isDashboard reports whether a proxied call was answered with the page of Nango's dashboard, which is what a wrong base URL
// leads to. The page has a length and is small, so that no answer that streams is waited for.
func isDashboard(resp *http.Response) bool {
	small := resp.ContentLength > 0 && resp.ContentLength <= maxKeptBody || resp.Uncompressed
	if resp.StatusCode != http.StatusOK || mediaType(resp.Header) != "text/html" || !small {
		return false
	}
	data, _, _ := peek(resp, maxKeptBody, nil)
	return strings.Contains(string(data), dashboardTitle)
}

func dashboardError(resp *http.Response) *Error {
	data, truncated, _ := peek(resp, maxKeptBody, nil)
	e := newError(callOf(resp.Request.Context()).op, resp.Request.Method)
	e.StatusCode, e.Header, e.bare = resp.StatusCode, resp.Header, true
	e.keepBody(data, truncated)
	e.Message = "the answer is the page of Nango's dashboard: is the base URL right?"
	return e
}
