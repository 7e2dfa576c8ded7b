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

// Client is the way to one Nango server with one API key. Make one with [New] and keep it: it is safe for concurrent use,
// never changes and needs no closing. It shows its key nowhere; printing it is harmless.
type Client struct {
	// Providers is the catalogue of the APIs that Nango knows.
	Providers *ProviderService
	// Connections lists, imports and waits for connections; for one of them see [Client.Connection].
	Connections *ConnectionService
	// ConnectSessions lets customers authorise connections.
	ConnectSessions *ConnectSessionService
	// Integrations sets providers up.
	Integrations *IntegrationService
	// Syncs controls syncs for all connections of an integration.
	Syncs *SyncService
	// Functions reads, compiles, tries out and deploys functions.
	Functions *FunctionService
	// Environment has the calls for the environment of the key.
	Environment *EnvironmentService
	// Account has the calls that need an account key.
	Account *AccountService

	config config
	gen    *gen.Client // sends through the chain
}

// New returns a client that sends apiKey with every request. The key belongs to one environment, or to the account; which
// operations it may call depends on its scopes. New makes no request, so that a wrong key shows at the first call, as
// [ErrUnauthorized]. It returns an [*ArgumentError], which never shows the key, for what cannot be a key and for an option
// that makes no sense.
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

// With returns a changed copy of the client, with the same key. The client itself stays as it is.
func (c *Client) With(opts ...Option) (*Client, error) {
	return newClient(c.config, opts)
}

// Generated returns the client that is generated from the API's document, for what this package does not cover. Its requests are
// sent like all others: with the key, retries, time limits and logging. A request that leaves the base URL, or whose path has a
// dot segment, fails with an [*ArgumentError], and one whose id would lead to another endpoint with [gen.ErrPathID]. Responses
// come as they are, whatever their status: they have been read, bodies of failures up to 64 KiB, and only those of the proxy are
// still streaming. Package gen can change in any release.
func (c *Client) Generated() *gen.Client {
	generated := *c.gen
	return &generated
}

// newClient makes every client.
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
	client := &Client{config: c, gen: generated}
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

// keyFault says why text cannot be an API key; it returns "" if it can. The server reads a key up to its end as it
// stands, so that white space around it is a fault as well.
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
