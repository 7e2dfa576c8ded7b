package nango

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/jsonx"
)

// The code server_error is not specific: only these messages of the proxy say what went wrong.
const (
	proxyNoConnection  = "Failed to get connection"
	proxyNoCredentials = "Failed to get connection credentials"
)

// proxyCodes are the codes with which Nango itself refuses a proxied request, and their statuses. For a few other codes
// the message or the keys matter too; see nangoProxyCode.
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

// nangoProxyError reports whether Nango, and not the provider, refused a proxied request. Nothing marks the responses
// of either. A response of Nango is JSON that holds only an error, with one of Nango's codes and the status of that
// code. If a provider responds in exactly this form, the error counts as Nango's. An empty 500 of Nango counts as the
// provider's. If the body is too long and was cut, its beginning decides.
func nangoProxyError(method string, resp *http.Response, body []byte, cut bool) bool {
	if resp.StatusCode < http.StatusBadRequest || !isJSON(mediaType(resp.Header)) || !cut && !jsonx.Valid(body) {
		return false
	}
	keys := maps.Collect(jsonx.Members(body))
	if raw, ok := keys["error"]; ok && len(keys) == 1 {
		return nangoProxyCode(resp.StatusCode, raw)
	}
	return resp.StatusCode == http.StatusInternalServerError && !cut && unreachable(method, keys)
}

// mayBeNango reports whether the beginning of a failure can still become a failure of Nango's own.
func mayBeNango(status int, body []byte) bool {
	if text := bytes.TrimLeft(jsonx.TrimMark(body), " \t\r\n"); len(text) > 0 && text[0] != '{' {
		return false
	}
	for outer, raw := range jsonx.Members(body) {
		switch outer {
		case "error":
			if len(raw) > 0 && raw[0] != '{' {
				return false
			}
			for key, value := range jsonx.Members(raw) {
				code, ok := jsonx.Unquote(value)
				if !slices.Contains(envelopeKeys, key) || key == "code" && ok && !isProxyCode(status, code) {
					return false
				}
			}
		case "message", "code", "method":
			if status != http.StatusInternalServerError {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// envelopeKeys are all keys that Nango puts into an error.
var envelopeKeys = func() (keys []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[envelopeError]()) {
		keys = append(keys, field.Tag.Get("json"))
	}
	return keys
}()

func nangoProxyCode(status int, raw json.RawMessage) bool {
	keys := maps.Collect(jsonx.Members(raw))
	for key := range keys {
		if !slices.Contains(envelopeKeys, key) {
			return false
		}
	}
	code, _ := jsonx.Unquote(keys["code"])
	message, _ := jsonx.Unquote(keys["message"])
	switch {
	case code == "too_many_request":
		return isProxyCode(status, code) && keys["method"] != nil && keys["path"] != nil
	case code == "server_error" && strings.HasPrefix(message, proxyNoCredentials):
		return true // with the status of the failed refresh
	case code == "server_error" && message == proxyNoConnection:
		return status == http.StatusBadRequest
	default:
		return slices.Contains(proxyCodes[code], status)
	}
}

// isProxyCode reports whether Nango can refuse a proxied request with this code and status, whatever the message is.
func isProxyCode(status int, code string) bool {
	switch code {
	case "too_many_request":
		return status == http.StatusTooManyRequests
	case "server_error":
		return true
	}
	return slices.Contains(proxyCodes[code], status)
}

// unreachable recognises the body that Nango sends if it could not reach the provider. It is not in the envelope: it
// has a message, the request's method in lower case and sometimes the code of the network error.
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

// maxPeekedError is how much the client reads of a failure that begins like one of Nango's.
const maxPeekedError = 1 << 20

// nangoFailure returns the error of a proxied call that did not reach the provider, or nil for a response of the provider.
func nangoFailure(resp *http.Response) *Error {
	if failure := dashboardError(resp); failure != nil {
		return failure
	}
	return callOf(resp.Request.Context()).response // sendHTTP has examined it
}

// peekError reads the beginning of a failure of a proxied call, for as long as it can be one of Nango's. It returns
// Nango's error, or nil for the provider's.
func peekError(resp *http.Response) *Error {
	if resp.StatusCode < http.StatusBadRequest || !isJSON(mediaType(resp.Header)) {
		return nil
	}
	parsed := 0
	body, truncated, err := peek(resp, maxPeekedError, func(body []byte) bool {
		if text := bytes.TrimRight(body, " \t\r\n"); bytes.HasSuffix(text, []byte("}")) && jsonx.Valid(text) {
			return true
		}
		if len(body) < 2*parsed { // otherwise a long body would be parsed too often
			return false
		}
		parsed = len(body)
		return !mayBeNango(resp.StatusCode, body)
	})
	cut := truncated && len(body) == maxPeekedError
	if err != nil || !nangoProxyError(resp.Request.Method, resp, body, cut) {
		return nil
	}
	return envelopeErrorOf(resp, body, cut)
}

// dashboardTitle is in the page that Nango's server sends for every path that it does not know.
const dashboardTitle = "<title>Nango</title>"

// dashboardError returns an error if the response of a proxied call is the page of Nango's dashboard, and nil
// otherwise. The page means that the base URL is wrong. The title is in the first lines of the page.
func dashboardError(resp *http.Response) *Error {
	if resp.StatusCode != http.StatusOK || mediaType(resp.Header) != "text/html" {
		return nil
	}
	data, truncated, err := peek(resp, maxKeptBody, func(body []byte) bool {
		return bytes.Contains(body, []byte(dashboardTitle)) || bytes.Contains(body, []byte("<body")) || len(body) > 4<<10
	})
	if err != nil || !bytes.Contains(data, []byte(dashboardTitle)) {
		return nil
	}
	e := newError(resp.Request, resp)
	e.foreign = true
	e.keepBody(data, truncated)
	e.setMessage("the response is the page of Nango's dashboard: is the base URL right?")
	return e
}
