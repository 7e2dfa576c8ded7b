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
// code. A provider that responds so by chance is taken for Nango, and an empty 500 of Nango's for the provider. Of a body that
// is cut for its length the beginning decides.
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

// mayBeNango reports whether what has come of a failure can still become one of Nango's.
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

// envelopeKeys are all that Nango puts into an error.
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
		return true // under the status that refreshing them failed with
	case code == "server_error" && message == proxyNoConnection:
		return status == http.StatusBadRequest
	default:
		return slices.Contains(proxyCodes[code], status)
	}
}

// isProxyCode reports whether Nango can refuse a proxied request with a code under a status, whatever its message is.
func isProxyCode(status int, code string) bool {
	switch code {
	case "too_many_request":
		return status == http.StatusTooManyRequests
	case "server_error":
		return true
	}
	return slices.Contains(proxyCodes[code], status)
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

// maxPeekedError is how much is read of a failure that begins as one of Nango's.
const maxPeekedError = 1 << 20

// nangoError returns the error of a proxied call that Nango itself refused, nil for a response of the provider.
func nangoError(resp *http.Response) *Error {
	if call := callOf(resp.Request.Context()); call.response != nil {
		return call.response
	}
	if resp.StatusCode == http.StatusTooManyRequests { // which has been looked at
		return nil
	}
	return peekError(resp)
}

// peekError reads the beginning of a failure of a proxied call, for as long as it can be one of Nango's, and returns that
// one's error; nil for the provider's.
func peekError(resp *http.Response) *Error {
	if resp.StatusCode < http.StatusBadRequest || !isJSON(mediaType(resp.Header)) {
		return nil
	}
	looked := 0
	body, truncated, err := peek(resp, maxPeekedError, func(body []byte) bool {
		if text := bytes.TrimRight(body, " \t\r\n"); bytes.HasSuffix(text, []byte("}")) && jsonx.Valid(text) {
			return true
		}
		if len(body) < 2*looked { // so that a long body is not parsed again and again
			return false
		}
		looked = len(body)
		return !mayBeNango(resp.StatusCode, body)
	})
	cut := truncated && len(body) == maxPeekedError
	if err != nil || !nangoProxyError(resp.Request.Method, resp, body, cut) {
		return nil
	}
	return envelopeErrorOf(resp, body, cut)
}

// dashboardTitle stands in the page that Nango's server gives for every path that it does not know.
const dashboardTitle = "<title>Nango</title>"

// dashboardError returns an error where a proxied call got the page of Nango's dashboard, which is what a wrong
// base URL leads to, and nil for all else. The title stands in the first lines.
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
