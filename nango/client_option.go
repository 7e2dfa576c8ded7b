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

// Option changes how a client works. Options are given to [New] and [Client.With], and to no call.
type Option func(*config) error

type config struct {
	baseURL        *url.URL
	httpClient     *http.Client
	freshClient    *http.Client // for an attempt after one that had no response in time; nil for the same
	attemptTimeout time.Duration
	retry          RetryPolicy
	logger         *slog.Logger
	observer       Observer
	userAgent      []string
	maxResponse    int64
	authorize      func(http.Header) // holds the key, since nothing that prints or encodes a value looks into a function
}

// RetryPolicy says how often and how patiently a failed request is repeated. A field that is zero means the default, so
// RetryPolicy{} is the default policy and RetryPolicy{MaxAttempts: 1} repeats nothing. Which failures are repeated depends
// on the operation and is not for a policy to say; see the package documentation.
type RetryPolicy struct {
	// MaxAttempts counts all attempts, the first included. The default is 3.
	MaxAttempts int
	// BaseDelay is the upper bound of the first wait. It doubles with each further wait. A wait is random between 0 and its bound.
	// The default is 500 ms.
	BaseDelay time.Duration
	// MaxDelay is the largest bound. The default is 8 s.
	MaxDelay time.Duration
	// MaxRetryAfter is the longest wait that a server may ask for with Retry-After, which takes the place of the
	// random wait. If it asks for more, its error is returned at once. The default is 30 s.
	MaxRetryAfter time.Duration
}

// WithBaseURL sets where the API is: https://api.nango.dev by default, http://localhost:3003 for a server of one's own
// as it is installed. The URL is absolute, http or https, and may have a path under which a gateway serves the API. It
// has no user, query or fragment. Slashes at its end do not count.
//
// A gateway should pass paths on as they come. One that decodes and normalises them, as nginx does where proxy_pass has a
// path of its own, turns a//b into a/b and the %2F of an id into a slash. An id with slashes may then mean another
// connection, or none. Dot segments could lead such a gateway to another endpoint. The client refuses them in ids and paths,
// plain and percent-encoded.
func WithBaseURL(baseURL string) Option {
	return func(c *config) error {
		u, err := url.Parse(baseURL)
		switch {
		case err != nil: // its text shows the URL, which may hold a password
			return baseURLError("is not a URL")
		case u.Scheme != "http" && u.Scheme != "https":
			return baseURLError("does not begin with http:// or https://")
		case u.Hostname() == "":
			return baseURLError("names no host")
		case u.User != nil:
			return baseURLError("holds a user or password")
		case u.RawQuery != "" || u.ForceQuery || strings.Contains(baseURL, "#"):
			return baseURLError("holds a query or fragment")
		}
		path := strings.TrimRight(u.EscapedPath(), "/")
		switch {
		case strings.Contains(path, "//"):
			return baseURLError(`has a path with "//"`)
		case dotpath.Has(path):
			return baseURLError(dotpath.Reason)
		}
		c.baseURL, err = url.Parse(origin(u) + path)
		return err
	}
}

func baseURLError(reason string) error { return &ArgumentError{Name: "base URL", Reason: reason} }

// WithHTTPClient sets the client that sends the requests, for its transport, cookies, time limit and redirect check. It is copied,
// never changed. The SDK follows redirects of GET and HEAD only, never of proxied calls, and only to the same host and below the
// base URL; about those it asks the client's redirect check. The default is one client for the whole program, with time limits for
// dialing and TLS, and with pings on HTTP/2 connections: give a transport of your own [http.HTTP2Config] with a SendPingTimeout,
// or it uses a dead connection for as long as the system keeps it. A transport has to obey the request's context until it returns
// the headers; after that the SDK stops reading the body when the context ends.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) error {
		if client == nil {
			return &ArgumentError{Name: "HTTP client", Reason: "is nil"}
		}
		c.httpClient, c.freshClient = client, nil
		return nil
	}
}

// WithAttemptTimeout limits one attempt of an operation that the server responds to without delay, headers and body together. The
// default, also for 0, is 60 s. Compiling, dry runs, deploying and deleting a connection have 5 minutes, or the given time if that
// is longer. Actions and the proxy have no limit of their own. A whole call is bounded by its context.
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

// WithRetry sets how often and how patiently a failed request is repeated.
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

// WithMaxResponseBytes bounds the body of a success, after decompression. A longer one is an [*Error] with its status that names the
// limit. The default, also for 0, is
// 256 MiB. [ProxyJSON] has a limit of its own, and [ConnectionHandle.Proxy], which streams, has none.
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

// WithLogger makes the client log each attempt at level debug: operation, status, number of the attempt, duration, and
// the failure where there was no response. It logs no body, header, id or query.
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) error {
		if logger == nil {
			return &ArgumentError{Name: "logger", Reason: "is nil"}
		}
		c.logger = logger
		return nil
	}
}

// WithObserver makes the client tell an observer when its calls and their attempts begin and end.
func WithObserver(observer Observer) Option {
	return func(c *config) error {
		if observer.CallStart == nil && observer.CallEnd == nil && observer.AttemptStart == nil && observer.AttemptEnd == nil {
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
		// The server takes a client of this name for Nango's own program and checks its version.
		if strings.Contains(strings.ToLower(product), "nango-cli/") {
			return &ArgumentError{Name: "user agent", Reason: "holds the name of Nango's own program"}
		}
		c.userAgent = []string{ownUserAgent() + "; " + product}
		return nil
	}
}
