package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/nango"
)

// keptHeaders are the headers that a proxied success can have on every server, beside those that Nango adds to all responses.
var keptHeaders = []string{
	"Connection", "Content-Length", "Content-Type", "Date", "Etag", "Keep-Alive", "Mcp-Session-Id", "X-Correlation-Id", "X-Request-Id",
}

// responseHeaders makes one proxied GET and looks for headers that neither Nango nor a gateway in front of it sends.
func (r *run) responseHeaders(ctx context.Context) finding {
	switch {
	case r.params.ProxyConnection == nil:
		return finding{Skipped, "no connection and path were given for a proxied call", "set Params.ProxyConnection and ProxyPath if your program reads headers such as Link through the proxy"}
	case r.account:
		return finding{Skipped, "the key is one of the account", needsEnvironment}
	}
	given := r.params.ProxyConnection
	resp, err := r.client.Connection(given.IntegrationID(), given.ConnectionID()).Proxy(ctx, nango.ProxyRequest{Path: r.params.ProxyPath})
	if err != nil {
		if refused, ok := errors.AsType[*nango.ArgumentError](err); ok {
			return finding{Fail, "the proxied call was not made: " + refused.Error(), "correct Params.ProxyPath or the connection"}
		}
		return finding{Fail, "the proxied call failed: " + failure(err), "look at the connection and the path"}
	}
	defer resp.Body.Close()
	const other = "choose another path of the provider, whose response is a success with a Content-Length"
	switch {
	case resp.StatusCode >= 300:
		return finding{Inconclusive, fmt.Sprintf("the provider responded with %d, and failures keep their headers on every server", resp.StatusCode), other}
	case resp.ContentLength < 0 || resp.StatusCode == http.StatusNoContent:
		return finding{Inconclusive, "the response streams or has no body, and tells nothing about other responses", other}
	}
	own := map[string]bool{}
	for _, name := range keptHeaders {
		own[name] = true
	}
	for name := range r.first.header {
		own[name] = true
	}
	for name := range resp.Header {
		if !own[name] {
			return finding{Pass, "a proxied success keeps the provider's headers, such as " + name, ""}
		}
	}
	return finding{Warn, "a proxied success has no header that only the provider can have sent, so Link, Location and rate limits seem to be lost",
		"use Nango 0.71.7 or newer, or see docs/compatibility.md for what makes an older server keep them"}
}

// failure says in a few words why a call of the client failed: by status and code, or by what happened on the way.
func failure(err error) string {
	if failed, ok := errors.AsType[*nango.Error](err); ok && failed.StatusCode != 0 {
		code := codeOf(failed.Code)
		if code == "" {
			return fmt.Sprintf("the status is %d", failed.StatusCode)
		}
		return fmt.Sprintf("the status is %d (%s)", failed.StatusCode, code)
	}
	return reason(err)
}
