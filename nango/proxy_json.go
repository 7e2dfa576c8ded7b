package nango

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/internal/jsonx"
)

// defaultMaxProxied bounds the response of a provider.
const defaultMaxProxied = 64 << 20

// ProxyJSON calls the provider's API through Nango and decodes its response as a T, by encoding/json's rules (numbers in an any are
// json.Number). A status of the provider outside 2xx is a [*ProviderError], a failure of Nango's own an [*Error]; see
// [ConnectionHandle.Proxy]. A 204 and an empty success give the zero T. Any other success that is not the JSON of a T, or that breaks
// off, is an error that says so and wraps a [*ProviderError] with the body. JSON is read under any content type and over a byte order
// mark.
//
// GET, POST, PUT, PATCH, DELETE /proxy/{path} (proxyGet, also for HEAD, proxyPost, proxyPut, proxyPatch, proxyDelete). Node: proxy, get,
// post, put, patch, delete.
func ProxyJSON[T any](ctx context.Context, h *ConnectionHandle, req ProxyRequest) (T, error) {
	var result T
	resp, err := h.Proxy(ctx, req)
	if err != nil {
		return result, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return result, nil
	}
	if resp.StatusCode/100 != 2 {
		return result, providerError(resp)
	}
	body, err := readAll(resp.Body, resp.ContentLength, cmp.Or(req.MaxResponseBytes, defaultMaxProxied))
	if long, ok := err.(tooLong); ok {
		return result, fmt.Errorf("%w, and %w; ProxyRequest.MaxResponseBytes changes that", newProviderError(resp, body, true), long)
	}
	if err != nil {
		return result, brokenOff(resp, body, err)
	}
	if len(body) == 0 { // what Nango makes of an empty 201 or 202
		return result, nil
	}
	if err := jsonx.UnmarshalCaller(body, &result); err != nil {
		return *new(T), notJSON(resp, body, err)
	}
	return result, nil
}

// notJSON returns the error of a provider's success that could not be decoded.
func notJSON(resp *http.Response, body []byte, cause error) error {
	e := newProviderError(resp, body, false)
	if !jsonx.Valid(body) && (!isJSON(mediaType(resp.Header)) || encodingOf(resp.Header) != "") {
		return fmt.Errorf("%w: %s: %w", e, describeResponse(resp.Header, body), cause)
	}
	return fmt.Errorf("%w: %w", e, cause)
}

func providerError(resp *http.Response) error {
	body, truncated, err := peek(resp, maxKeptBody, nil)
	discard(resp.Body)
	if err != nil {
		return brokenOff(resp, body, err)
	}
	return newProviderError(resp, body, truncated)
}

// brokenOff returns the error of a provider's response whose body did not come to its end.
func brokenOff(resp *http.Response, body []byte, cause error) error {
	return fmt.Errorf("%w, and the response broke off: %w", newProviderError(resp, body, true), conceal(describe(cause), cause))
}
