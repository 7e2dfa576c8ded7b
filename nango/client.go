package nango

import (
	"go/version"
	"net/http"
	"runtime"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// Version is the version of this SDK. The User-Agent of every request holds it.
const Version = "0.1.0"

const defaultBaseURL = "https://api.nango.dev"

// Client sends requests to one Nango server with one API key. Make one with [New] and share it: it is safe for
// concurrent use, never changes and needs no closing. It is safe to print, because it never shows its key.
type Client struct {
	// Providers is the catalogue of the APIs that Nango knows.
	Providers *ProviderService
	// Connections lists, imports and waits for connections. For a single connection, use [Client.Connection].
	Connections *ConnectionService
	// ConnectSessions lets customers authorise connections.
	ConnectSessions *ConnectSessionService
	// Integrations manages integrations: the providers that you set up in the environment.
	Integrations *IntegrationService
	// Syncs controls syncs for all connections of an integration.
	Syncs *SyncService
	// Functions reads, compiles, dry-runs and deploys functions.
	Functions *FunctionService
	// Environment manages the environment that the API key belongs to.
	Environment *EnvironmentService
	// Account manages environments and their keys. It needs an account key.
	Account *AccountService

	config      config
	gen         *gen.Client // sends through the chain
	definitions *definitions
}

// New returns a client that sends apiKey with every request. The key belongs to one environment, or to the account. Its
// scopes determine which operations it may call.
//
// New makes no request, so a wrong key only shows at the first call, as an error that matches [ErrUnauthorized]. New
// returns an [*ArgumentError] if apiKey cannot be a key or if an option is invalid. The error never shows the key.
func New(apiKey string, opts ...Option) (*Client, error) {
	if reason := keyFault(apiKey); reason != "" {
		return nil, &ArgumentError{Name: "API key", Reason: reason}
	}
	bearer := []string{"Bearer " + apiKey}
	c := config{
		authorize:  func(header http.Header) { header["Authorization"] = bearer },
		userAgent:  []string{ownUserAgent()},
		httpClient: sharedClient(), freshClient: freshClient(),
	}
	defaults := []Option{
		WithBaseURL(defaultBaseURL), WithAttemptTimeout(0), WithRetry(RetryPolicy{}),
		WithMaxResponseBytes(0),
	}
	return newClient(c, append(defaults, opts...))
}

// With returns a copy of the client with changed options and the same key. The client itself does not change. Both share
// the cache of tokens ([TokenParams.MaxAge]), unless one of the options is [WithBaseURL].
func (c *Client) With(opts ...Option) (*Client, error) {
	return newClient(c.config, opts)
}

// Generated returns the client that is generated from the API's document. Use it for operations that this package does
// not cover. Its requests are sent like all others: with the key, retries, time limits and logs. If a request leaves
// the base URL, or if its path has a dot segment, the error is an [*ArgumentError]. If an id would lead to another
// endpoint, the error is [gen.ErrPathID].
//
// The generated client returns every response, whatever its status. The body has been read already, up to 64 KiB of it
// if the request failed; only a proxied response still streams. The promise of compatibility does not include the
// generated client.
func (c *Client) Generated() *gen.Client {
	generated := *c.gen
	return &generated
}

// newClient makes a client from a configuration and changes to it. Every client comes from here.
func newClient(c config, opts []Option) (*Client, error) {
	for _, opt := range opts {
		if opt == nil {
			return nil, &ArgumentError{Name: "option", Reason: "is nil"}
		}
		if err := opt(&c); err != nil {
			return nil, err
		}
	}
	generated, err := gen.NewClient(c.baseURL.String(), gen.WithHTTPClient(chain(c)))
	if err != nil {
		return nil, err
	}
	client := &Client{config: c, gen: generated, definitions: &definitions{}}
	client.Providers = &ProviderService{client}
	client.Connections = &ConnectionService{client}
	client.ConnectSessions = &ConnectSessionService{client}
	client.Integrations = &IntegrationService{client}
	client.Syncs = &SyncService{client}
	client.Functions = &FunctionService{client}
	client.Environment = &EnvironmentService{client}
	client.Account = &AccountService{client}
	return client, nil
}

// keyFault says why text cannot be an API key; it returns "" if it can. The server does not trim the key, so white
// space around it is a fault as well.
func keyFault(text string) string {
	notInKey := func(r rune) bool { return r <= ' ' || r > '~' }
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty"
	case len(text) >= 7 && strings.EqualFold(text[:7], "Bearer "):
		return `begins with "Bearer ", which the client adds itself`
	case strings.ContainsFunc(text, notInKey):
		return "holds white space, a control character or a character beyond ASCII"
	}
	return ""
}

func ownUserAgent() string {
	return "nango-go/" + Version + " (" + runtime.GOOS + "/" + runtime.GOARCH + "; " + version.Lang(runtime.Version()) + ")"
}
