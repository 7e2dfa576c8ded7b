package nango

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/internal/jsonx"
)

// defaultMaxProxied is the default of ProxyRequest.MaxResponseBytes.
const defaultMaxProxied = 64 << 20

// ProxyJSON calls the provider's API through Nango and decodes the response as a T, by the rules of encoding/json (a
// number in an any is a json.Number). It accepts any content type and skips a byte order mark. A 204 and an empty
// success return the zero T.
//
// If the provider's status is not 2xx, the error is a [*ProviderError]. A failure of Nango itself is an [*Error]; see
// [ConnectionHandle.Proxy]. A success that breaks off or is not the JSON of a T is an error that gives the reason and
// wraps a [*ProviderError] with the body.
//
// GET, POST, PUT, PATCH, DELETE, PROPFIND, REPORT /proxy/{path} (proxyGet, also for HEAD, proxyPost, proxyPut, proxyPatch,
// proxyDelete, proxyPropfind, proxyReport). Node: proxy, get, post, put, patch, delete.
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
	if len(body) == 0 { // Nango turns an empty 201 or 202 into an empty 200
		return result, nil
	}
	if err := jsonx.UnmarshalCaller(body, &result); err != nil {
		return *new(T), notJSON(resp, body, err)
	}
	return result, nil
}

// notJSON returns the error for a provider's success that could not be decoded.
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

// brokenOff returns the error for a provider's response whose body ended too early.
func brokenOff(resp *http.Response, body []byte, cause error) error {
	return fmt.Errorf("%w, and the response broke off: %w", newProviderError(resp, body, true), conceal(describe(cause), cause))
}
