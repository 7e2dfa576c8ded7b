package nango

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/nango-go/sdk/internal/dotpath"
)

// Option changes how a client works. Pass options to [New] or [Client.With]; calls take no options.
type Option func(*config) error

type config struct {
	baseURL        *url.URL
	httpClient     *http.Client
	freshClient    *http.Client // for the attempt after a timeout; nil means httpClient
	attemptTimeout time.Duration
	retry          RetryPolicy
	logger         *slog.Logger
	observer       Observer
	userAgent      []string
	maxResponse    int64
	authorize      func(http.Header) // a function, because code that prints values cannot look into it and show the key
	tokens         func() *tokenCache
}

// RetryPolicy determines how often the client retries a failed request, and how long it waits. A field that is zero
// means the default, so RetryPolicy{} is the default policy and RetryPolicy{MaxAttempts: 1} retries nothing. A policy
// does not change which failures the client retries: that depends on the operation, see the package documentation.
type RetryPolicy struct {
	// MaxAttempts counts all attempts, the first included. The default is 3.
	MaxAttempts int
	// BaseDelay is the upper bound of the first wait; the bound doubles for each further wait. The wait itself is
	// random, between zero and the bound. The default is 500 ms.
	BaseDelay time.Duration
	// MaxDelay is the largest bound. The default is 8 s.
	MaxDelay time.Duration
	// MaxRetryAfter is the longest wait that the client accepts from a Retry-After header. Retry-After replaces the
	// random wait. If the server asks for a longer wait, the client returns the error at once. The default is 30 s.
	MaxRetryAfter time.Duration
}

// WithBaseURL sets the URL of the API. The default is https://api.nango.dev. A self-hosted server listens on
// http://localhost:3003 if you have not changed its settings. The URL must be absolute, with http or https, and without
// user, query and fragment. It may have a path, for a gateway that serves the API under that path. The client ignores
// slashes at its end.
//
// A gateway should forward paths unchanged. Some gateways decode and normalise them, such as nginx with a path in its
// proxy_pass. They turn a//b into a/b, and the %2F of an id into a slash. Then an id with slashes may mean another
// connection, or none. Dot segments could lead such a gateway to another endpoint, so the client refuses them in ids
// and paths, plain and percent-encoded.
func WithBaseURL(baseURL string) Option {
	return func(c *config) error {
		base, reason := parseBaseURL(baseURL)
		if reason != "" {
			return &ArgumentError{Name: "base URL", Reason: reason}
		}
		c.tokens = newTokens() // another server has other tokens
		c.baseURL = base
		return nil
	}
}

// parseBaseURL returns a URL that can have paths below it, without slashes at its end. If the text is none, it returns
// what is wrong with the text.
func parseBaseURL(text string) (base *url.URL, reason string) {
	u, err := url.Parse(text)
	switch {
	case err != nil: // the text of err shows the URL, which may hold a password
		return nil, "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "does not begin with http:// or https://"
	case u.Hostname() == "":
		return nil, "names no host"
	case u.User != nil:
		return nil, "holds a user or password"
	case !isASCII(u.Host): // in a header, servers read another host
		return nil, "has a host that is not ASCII: write it in Punycode, which begins with xn--"
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return nil, "holds a query or fragment"
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	switch {
	case strings.Contains(path, "//"):
		return nil, `has a path with "//"`
	case dotpath.Has(path):
		return nil, dotpath.Reason
	}
	if base, err = url.Parse(origin(u) + path); err != nil {
		return nil, "is not a URL"
	}
	return base, ""
}

// WithHTTPClient sets the HTTP client that sends the requests. The SDK copies it, and uses its transport, cookies, time
// limit and redirect check. It calls the redirect check only for redirects that it would follow itself: those of GET
// and HEAD requests that are not proxied, to the same host and below the base URL.
//
// The default is one HTTP client for the whole program. It has time limits for dialing and TLS, and sends pings on
// HTTP/2 connections. If you use your own transport, set a SendPingTimeout in its [http.HTTP2Config]. Otherwise it uses
// a dead connection for as long as the operating system keeps the connection open.
//
// Until it returns the headers, a transport must stop when the request's context ends. After that, the SDK itself stops
// reading the body when the context ends.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) error {
		if client == nil {
			return &ArgumentError{Name: "HTTP client", Reason: "is nil"}
		}
		c.httpClient, c.freshClient = client, nil
		return nil
	}
}

// WithAttemptTimeout limits the time of one attempt, for its headers and its body together. It applies to operations to
// which the server responds without delay. The default, also for 0, is 60 s. Compiling, dry runs, deploying and
// deleting a connection have a limit of 5 minutes, or the given time if that is longer. Actions and the proxy have no
// limit for an attempt. To limit a whole call, use its context.
func WithAttemptTimeout(timeout time.Duration) Option {
	return func(c *config) error {
		if timeout < 0 {
			return &ArgumentError{Name: "attempt timeout", Reason: "is negative"}
		}
		if timeout == 0 {
			timeout = defaultAttemptTimeout
		}
		c.attemptTimeout = timeout
		return nil
	}
}

// WithRetry sets how often the client retries a failed request, and how long it waits.
func WithRetry(policy RetryPolicy) Option {
	return func(c *config) error {
		if policy.MaxAttempts < 0 || policy.BaseDelay < 0 || policy.MaxDelay < 0 || policy.MaxRetryAfter < 0 {
			return &ArgumentError{Name: "retry policy", Reason: "has a negative field"}
		}
		orDefault(&policy.MaxAttempts, 3)
		orDefault(&policy.BaseDelay, 500*time.Millisecond)
		orDefault(&policy.MaxDelay, 8*time.Second)
		orDefault(&policy.MaxRetryAfter, 30*time.Second)
		c.retry = policy
		return nil
	}
}

func orDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// WithMaxResponseBytes limits the size of a success's body, after decompression. If the body is longer, the call
// returns an [*Error] that has the status and names the limit. The default, also for 0, is 256 MiB. [ProxyJSON] has a
// limit of its own. [ConnectionHandle.Proxy] has none, because it streams.
func WithMaxResponseBytes(limit int64) Option {
	return func(c *config) error {
		if limit < 0 {
			return &ArgumentError{Name: "max response bytes", Reason: "is negative"}
		}
		if limit == 0 {
			limit = defaultMaxResponse
		}
		c.maxResponse = limit
		return nil
	}
}

// WithLogger makes the client log each attempt at level debug. A log entry has the operation, the status, the number of
// the attempt and the duration. If there was no response, it has the error too. It never has a body, a header, an id or
// a query. A transport of [ConnectionHandle.Transport] also logs at level warn, once per client, that the server seems not to
// forward all headers, or that the API key may not read the provider's definition.
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) error {
		if logger == nil {
			return &ArgumentError{Name: "logger", Reason: "is nil"}
		}
		c.logger = logger
		return nil
	}
}

// WithObserver makes the client notify an observer when its calls and their attempts begin and end.
func WithObserver(observer Observer) Option {
	return func(c *config) error {
		if observer.isZero() {
			return &ArgumentError{Name: "observer", Reason: "has no func"}
		}
		c.observer = observer
		return nil
	}
}

// WithUserAgent appends product, such as "myapp/1.2", to the client's own User-Agent.
func WithUserAgent(product string) Option {
	return func(c *config) error {
		if strings.TrimSpace(product) == "" || strings.ContainsFunc(product, unicode.IsControl) {
			return &ArgumentError{Name: "user agent", Reason: "is blank or holds a control character"}
		}
		// The server mistakes a client of this name for Nango's own program and checks its version.
		if strings.Contains(strings.ToLower(product), "nango-cli/") {
			return &ArgumentError{Name: "user agent", Reason: "holds the name of Nango's own program"}
		}
		c.userAgent = []string{ownUserAgent() + "; " + product}
		return nil
	}
}
