package nangotest

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/memhttp"
	"github.com/nango-go/sdk/internal/outbound"
	"github.com/nango-go/sdk/internal/proxying"
)

// HandleProxy makes a handler the API of an integration's provider: calls of the proxy reach it in memory, whatever the provider's
// base URL is, with the credentials that Nango adds. Where a call has another Base-Url-Override, see [Server.HandleHost]. Without
// a handler the provider's host does not resolve, which is a 400 of the proxy, base_url_override_not_allowed. The handler replaces
// the one before; the function that HandleProxy returns removes it. It panics for an unknown integration and for a nil handler.
//
// If the handler calls Flush, the response streams, and its status and headers arrive as they are. Other successes lose the status,
// and before release 0.71.7 the headers, like those that the real server receives without chunks; see
// [nango.ConnectionHandle.Proxy] and [Server.SetRelease]. A handler that panics with
// [http.ErrAbortHandler] drops the connection. Retries wait 3 s and more. If the server's clock is stopped, they move it and take
// no time. Under testing/synctest they take the bubble's time, otherwise real time.
func (e *environment) HandleProxy(integrationID string, h http.Handler) (remove func()) {
	mustHandle("HandleProxy", h, "the function that HandleProxy returned takes a handler away")
	var i *integration
	var upstream *memhttp.Server
	e.change("HandleProxy", func() {
		i, upstream = e.mustIntegration("HandleProxy", integrationID), e.server.newHost(h)
		i.upstream = upstream
	})
	return func() {
		e.server.locked(func() {
			if i.upstream == upstream { // and not of a later call
				i.upstream = nil
			}
		})
	}
}

var proxyHandlers = map[gen.OperationID]handler{
	gen.OperationProxyGet: (*call).proxy, gen.OperationProxyPost: (*call).proxy, gen.OperationProxyPut: (*call).proxy,
	gen.OperationProxyPatch: (*call).proxy, gen.OperationProxyDelete: (*call).proxy, gen.OperationProxyPropfind: (*call).proxy, gen.OperationProxyReport: (*call).proxy,
}

// proxied is a call that is handed on to a provider.
type proxied struct {
	*call
	integration *integration
	conn        *connection
	template    proxying.Template
	body        *proxying.Body
	fetched     time.Time // when the credentials were looked at
	keepHeaders bool      // a success keeps the provider's headers
}

// proxy hands a call on to the provider.
func (c *call) proxy() *response {
	i := c.env.integration(c.r.Header.Get("Provider-Config-Key"))
	if i == nil {
		return fail(http.StatusNotFound, "unknown_provider_config",
			"Provider config not found for the given provider config key. Please make sure the provider config exists in the Nango dashboard.")
	}
	conn := c.env.find(i.key, c.r.Header.Get("Connection-Id"))
	if conn == nil {
		return fail(http.StatusBadRequest, "server_error", "Failed to get connection")
	}
	if failure := conn.ensureFresh(c.fault, false, false); failure != nil {
		return notFresh(failure)
	}
	p := &proxied{
		call: c, integration: i, conn: conn, fetched: c.now,
		template: i.template(), keepHeaders: c.s.from("0.71.7"),
	}
	if p.template.BaseURL == "" && p.values().Override() == "" && p.template.AuthMode != "AWS_SIGV4" {
		return fail(http.StatusBadRequest, "unsupported_provider", "unsupported_provider")
	}
	body, err := p.values().ReadBody()
	if err != nil {
		return refusedCall(err)
	}
	p.body = body
	var a *response
	c.s.outside(func() { a = p.carryOut() })
	return a
}

// values are what the request to the provider is made of. They read the state.
func (p *proxied) values() *proxying.Call {
	target := p.r.RequestURI
	if !strings.HasPrefix(target, "/proxy") {
		target = p.r.URL.RequestURI()
	}
	return &proxying.Call{
		Method: p.r.Method, Target: target, Header: p.r.Header, Body: p.raw, Template: p.template, Now: p.s.clock.Now(), OldMethods: !p.s.from("0.71.10"),
		Connection: proxying.Connection{
			IntegrationID: p.integration.key, ConnectionID: p.conn.connectionID,
			Config: p.conn.config, Credentials: p.conn.credentials, App: p.integration.app,
		},
	}
}

// refusedCall is what the proxy makes of a call of which there is no request to the provider.
func refusedCall(err error) *response {
	if unsupported, ok := errors.AsType[proxying.UnsupportedAuth](err); ok {
		return fail(http.StatusBadRequest, "unsupported_auth", unsupported.Error())
	}
	return serverError()
}

// notFresh is what the proxy makes of credentials that could not be refreshed.
func notFresh(f *refreshFailure) *response {
	if f == errBackoff {
		return fail(f.status, f.kind, f.message)
	}
	return fail(f.status, "server_error", "Failed to get connection credentials: '"+f.message+"'")
}

// carryOut makes the call, as often as the caller wants it. It runs with the state unlocked.
func (p *proxied) carryOut() *response {
	retries, _ := strconv.ParseFloat(strings.TrimSpace(p.r.Header.Get("Retries")), 64)
	if retries <= -1 {
		return serverError()
	}
	for k := 0; ; k++ {
		out, a := p.prepare()
		if a != nil {
			return a
		}
		resp, err := out.Send(p.r.Context(), p.way)
		wait, again := p.retry(resp, err, k)
		if !again || float64(k) >= math.Ceil(retries) {
			return p.received(resp, err)
		}
		if resp != nil {
			resp.Body.Close()
		}
		if p.body != nil && p.body.Rebuilt { // the form has been read, so that the request would never end
			<-p.r.Context().Done()
			return p.unreachable(p.r.Context().Err())
		}
		if !p.s.clock.Wait(p.r.Context(), wait) {
			return p.unreachable(p.r.Context().Err())
		}
	}
}

// prepare makes the request of one attempt, with credentials that are no older than a minute.
func (p *proxied) prepare() (out *outbound.Request, a *response) {
	p.s.locked(func() {
		if now := p.s.clock.Now(); now.Sub(p.fetched) >= time.Minute {
			p.now, p.fetched = now, now
			if p.conn.ensureFresh(p.fault, false, false) != nil {
				a = fail(http.StatusBadRequest, "failed_to_get_connection", "Failed to get connection credentials")
				return
			}
		}
		var err error
		if out, err = p.values().Request(p.body); err != nil {
			a = refusedCall(err)
		}
	})
	return out, a
}

// way leads to the integration's handler where a URL is on the provider's own host.
func (p *proxied) way(u *url.URL) (http.RoundTripper, error) {
	var upstream *memhttp.Server
	p.s.locked(func() {
		if own := p.values().OwnBase(); own != nil && outbound.Address(own) == outbound.Address(u) {
			upstream = p.integration.upstream
		}
	})
	if upstream != nil {
		return upstream, nil
	}
	return p.s.wayTo(u)
}

// The longest that the server waits before it tries again, and the first of its waits, which double.
const (
	longestWait = 10 * time.Minute
	firstWait   = 3 * time.Second
)

// retry says whether what came of attempt k, counted from 0, is worth another one, and after what time.
func (p *proxied) retry(resp *http.Response, err error, k int) (time.Duration, bool) {
	wait := min(firstWait<<min(k, 10), longestWait)
	if network, ok := errors.AsType[*outbound.NetworkError](err); ok {
		return wait, network.Temporary()
	}
	if err != nil || resp.StatusCode/100 == 2 {
		return 0, false
	}
	rules := p.template.Retry
	again := rules.Applies(resp, strings.Split(p.r.Header.Get("Retry-On"), ","))
	if hint := rules.Wait(resp.Header, p.s.clock.Now()); hint > 0 {
		wait = hint
	}
	return wait, again
}

// received makes a response of what came from the provider.
func (p *proxied) received(resp *http.Response, err error) *response {
	if err != nil {
		return p.unreachable(err)
	}
	r := proxying.Received(resp, p.keepHeaders)
	return &response{status: r.Status, header: r.Header, body: r.Body, stream: r.Stream}
}

// missingHandler says that the test gave the provider or the host no handler, where that is why nothing responds.
func (p *proxied) missingHandler(err error) (hint string) {
	p.s.locked(func() {
		if host, ok := errors.AsType[unknownHost](err); ok {
			hint = fmt.Sprintf(" (%v)", host)
		}
		if p.integration.upstream == nil && p.r.Header.Get("Base-Url-Override") == "" {
			hint = fmt.Sprintf(" (nangotest: the test has no handler for the API of the integration %q: HandleProxy takes one)", p.integration.key)
		}
	})
	return hint
}

// unreachable says why no response came from the provider. It has no envelope.
func (p *proxied) unreachable(err error) *response {
	if errors.Is(err, outbound.ErrNotAllowed) {
		return fail(http.StatusBadRequest, "base_url_override_not_allowed",
			"This outbound URL is not allowed by server configuration."+p.missingHandler(err))
	}
	why := object{"message": err.Error() + p.missingHandler(err), "method": strings.ToLower(p.r.Method)}
	if network, ok := errors.AsType[*outbound.NetworkError](err); ok {
		why["code"] = network.Code
	}
	return jsonResponse(http.StatusInternalServerError, why)
}
