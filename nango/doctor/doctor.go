package doctor

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
)

// Params says what [Run] looks at. The zero value checks the client, its key and up to ten connections.
type Params struct {
	// NoNetwork makes only the checks that need no network: of the base URL, the form of the key and the signing key.
	NoNetwork bool
	// Scopes are the API-key scopes that your program needs. Only they are checked, and a missing one is a [Fail]. Empty means
	// all scopes of an environment that can be checked, and a missing one is a [Warn].
	Scopes []string
	// SigningKey is the webhook signing key that the receiver of your webhooks has; zero if there is none.
	SigningKey nango.Secret

	// Connections are the connections to look at. What is wrong with one of them, or that the key may not look at it, is a
	// [Fail]; a paused sync is a [Warn], since it may be paused on purpose. If there are none, Run looks at the newest
	// connections of the environment; what is wrong with one of those is a [Warn], since it may be a customer's decision.
	Connections []*nango.ConnectionHandle
	// ConnectionLimit is how many connections Run looks at if Connections is empty, up to 2000; 0 means 10.
	ConnectionLimit int
	// ReadCredentials makes Run read each connection with its credentials, as a program does that asks for a token. The server
	// notes the time of the read (last_fetched_at), and refreshes credentials that expire within 15 minutes. It needs the scope
	// environment:connections:read_credentials.
	ReadCredentials bool

	// ProxyConnection and ProxyPath are a connection, and a path of its provider, such as /user, for one GET through the proxy.
	// It shows whether the server forwards the provider's headers. Choose a path whose response is small and whose call
	// changes nothing at the provider. The server refreshes the connection's credentials for it if they expire soon.
	ProxyConnection *nango.ConnectionHandle
	ProxyPath       string

	// WebhookURL is the URL of your receiver of webhooks. Run sends two events to it, of the type nango_go_doctor: one is
	// signed with SigningKey, and the other with a key that was made for it alone.
	WebhookURL string
	// WebhookClient sends these events; nil means a client that follows no redirects. Its redirect check is not used.
	WebhookClient *http.Client

	// CheckTimeout is the longest time for one check; 0 means 20 s, which is also how long Nango waits for a receiver.
	CheckTimeout time.Duration
	// Timeout is the longest time for the run; 0 means 2 minutes. The checks that are left then are [Skipped], and Run returns
	// [context.DeadlineExceeded] beside the report.
	Timeout time.Duration
}

const (
	defaultConnectionLimit = 10
	maxConnectionLimit     = 2000
	defaultCheckTimeout    = 20 * time.Second
	defaultTimeout         = 2 * time.Minute
)

// Run makes the checks and reports what they saw. It sends each request once, whatever the retry policy of the client is.
// The client's own observer and logger see the requests.
//
// The error is a [*nango.ArgumentError] if the client is nil or a field of params is wrong; then the report is nil. If ctx
// or the Timeout ends before all checks are made, the error is that of the context, and the report has what was seen until
// then, with all other checks skipped. So print the report first.
//
// The doc comment of the package says what Run sends. It calls, as far as the params ask for it: GET /providers/github,
// GET /integrations and the calls of the table of scopes, GET /environments, GET /functions/invocations/{id},
// GET /connections, GET /connections/{connectionId}, GET /sync/status and GET /proxy/{path}.
func Run(ctx context.Context, client *nango.Client, params Params) (*Report, error) {
	if err := params.check(client); err != nil {
		return nil, err
	}
	once, err := client.With(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(params.Timeout, defaultTimeout))
	defer cancel()
	r := &run{ctx: limited, client: once, params: params, report: &Report{}, results: map[CheckID]Status{}, causes: map[CheckID]CheckID{}, room: math.MaxInt}
	r.all()
	if r.cut {
		return r.report, limited.Err()
	}
	return r.report, ctx.Err()
}

// check refuses params that make no sense.
func (p *Params) check(client *nango.Client) error {
	refuse := func(name, reason string) error { return &nango.ArgumentError{Name: name, Reason: reason} }
	switch {
	case client == nil:
		return refuse("client", "is nil")
	case p.ConnectionLimit < 0 || p.ConnectionLimit > maxConnectionLimit:
		return refuse("ConnectionLimit", fmt.Sprintf("is not between 0 and %d", maxConnectionLimit))
	case p.CheckTimeout < 0:
		return refuse("CheckTimeout", "is negative")
	case p.Timeout < 0:
		return refuse("Timeout", "is negative")
	case (p.ProxyConnection == nil) != (p.ProxyPath == ""):
		return refuse("ProxyPath", "needs a ProxyConnection, and the other way round")
	}
	for _, connection := range p.Connections {
		switch {
		case connection == nil:
			return refuse("Connections", "holds nil")
		case connection.IntegrationID() == "" || connection.ConnectionID() == "":
			return refuse("Connections", "holds a connection with an empty id")
		}
	}
	for _, scope := range p.Scopes {
		if !strings.HasPrefix(scope, "environment:") && !strings.HasPrefix(scope, "account:") {
			return refuse("Scopes", "holds a text that begins with neither environment: nor account:")
		}
	}
	if p.WebhookURL == "" {
		return nil
	}
	// The error of Parse shows the URL, which may hold a token.
	if u, err := url.Parse(p.WebhookURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return refuse("WebhookURL", "is no URL with a host that begins with http:// or https://")
	}
	return nil
}

// run is the state of one Run.
type run struct {
	ctx     context.Context
	client  *nango.Client
	params  Params
	report  *Report
	results map[CheckID]Status  // of the checks that others need
	causes  map[CheckID]CheckID // of those that were skipped, the check that failed
	cut     bool                // the time was up before all checks were made

	key     nango.Secret // the API key
	first   *response    // the response to the first request
	skew    clockSkew
	account bool   // the key is one of the account
	scarce  string // why checks with many requests are left out; empty if they are not
	room    int    // how many requests are left for connections
}

// all makes the checks in their order.
func (r *run) all() {
	r.check(CheckBaseURL, "", r.baseURL)
	r.check(CheckKeyForm, "", r.keyForm)
	r.check(CheckSigningKey, "", r.signingKey)
	r.online(CheckAPI, "", r.api, CheckBaseURL)
	r.online(CheckKey, "", r.keyAccepted, CheckAPI, CheckKeyForm)
	r.online(CheckRateLimit, "", r.rateLimit, CheckAPI)
	r.online(CheckClock, "", r.clock, CheckAPI)
	r.scopes()
	r.online(CheckRelease, "", r.release, CheckKey)
	r.online(CheckResponseHeaders, "", r.responseHeaders, CheckKey)
	r.connections()
	r.online(CheckReceiver, "", r.receiver)
	r.online(CheckForgery, "", r.forgery, CheckReceiver)
}

// finding is what a check saw: the fields of [Check] that it decides.
type finding struct {
	status     Status
	seen, next string
}

// online is check for what needs the network.
func (r *run) online(id CheckID, subject string, look func(context.Context) finding, needs ...CheckID) {
	if r.params.NoNetwork {
		look, needs = func(context.Context) finding {
			return finding{Skipped, "it needs the network", "run the checks with the network"}
		}, nil
	}
	r.check(id, subject, look, needs...)
}

// check makes one check within its time, unless one that it needs has failed or the time is up.
func (r *run) check(id CheckID, subject string, look func(context.Context) finding, needs ...CheckID) {
	found, skip := r.blocked(id, needs)
	if !skip {
		ctx, cancel := context.WithTimeout(r.ctx, cmp.Or(r.params.CheckTimeout, defaultCheckTimeout))
		found = look(ctx)
		cancel()
		if r.ctx.Err() != nil && found.status != Pass { // what it saw may be the end of the time only
			found, r.cut = finding{Inconclusive, "the time of the run was up during this check", moreTime}, true
		}
	}
	if found.status == Pass {
		found.next = ""
	}
	r.results[id] = found.status
	r.report.Checks = append(r.report.Checks, Check{ID: id, Subject: subject, Status: found.status, Seen: found.seen, Next: found.next})
}

const moreTime = "run the checks again with more time, and look at what was slow before"

// blocked returns why a check cannot run, if it cannot.
func (r *run) blocked(id CheckID, needs []CheckID) (finding, bool) {
	if r.ctx.Err() != nil {
		r.cut = true
		return finding{Skipped, "the time of the run was up before this check", moreTime}, true
	}
	for _, need := range needs {
		if result := r.results[need]; result != Pass && result != Warn {
			if cause, skipped := r.causes[need]; skipped {
				need = cause
			}
			r.causes[id] = need
			return finding{Skipped, fmt.Sprintf("it needs the check %s, whose result is %s", need, r.results[need]), fmt.Sprintf("look at the check %s first", need)}, true
		}
	}
	return finding{}, false
}

// quiet returns a copy of the client whose requests go to a transport of ours and not to the caller's observer and logger.
func (r *run) quiet(transport http.RoundTripper) (*nango.Client, error) {
	return r.client.With(
		nango.WithHTTPClient(&http.Client{Transport: transport}),
		nango.WithObserver(nango.Observer{CallEnd: func(context.Context, nango.CallResult) {}}),
		nango.WithLogger(slog.New(slog.DiscardHandler)),
	)
}
