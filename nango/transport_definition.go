package nango

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// definition is what a transport has to know of a provider, from its definition.
type definition struct {
	base   *url.URL // where the provider's API is; nil if the definition does not say it
	noBase string   // why base is nil

	headed     bool // Nango reads bodies as forms, to fill in headers
	fillsQuery bool // Nango writes the query anew, to fill in parameters
	fillsBody  bool // Nango adds fields to bodies in JSON

	credentials map[string]bool // the headers with the credential, by canonical name
	commonNames bool            // further headers can have it
	guessed     bool            // the definition could not be read; headed and commonNames are true
	own         ownHeaders
}

// definitions keeps the definitions that a client has read, by integration.
type definitions struct {
	mu      sync.Mutex
	reads   map[string]*definitionRead
	headers sync.Once // says that the server does not forward headers
	guessed sync.Once // says that a definition could not be read
}

type definitionRead struct {
	done  chan struct{}
	api   *definition
	err   error
	ended bool // the context of the request that read it has ended
}

// definition returns the definition of the integration's provider. Concurrent requests read it once, each as long as
// its own context lasts. A failure is not kept.
func (c *Client) definition(ctx context.Context, integrationID string) (*definition, error) {
	for {
		c.definitions.mu.Lock()
		read := c.definitions.reads[integrationID]
		first := read == nil
		if first {
			read = &definitionRead{done: make(chan struct{})}
			if c.definitions.reads == nil {
				c.definitions.reads = map[string]*definitionRead{}
			}
			c.definitions.reads[integrationID] = read
		}
		c.definitions.mu.Unlock()
		if first {
			c.readDefinition(ctx, integrationID, read)
			return read.api, read.err
		}
		select {
		case <-read.done:
		case <-ctx.Done():
			return nil, contextEnd(ctx)
		}
		if !read.ended {
			return read.api, read.err
		}
	}
}

func (c *Client) readDefinition(ctx context.Context, integrationID string, read *definitionRead) {
	read.ended = true // also if an observer panics
	defer func() {
		if read.api == nil {
			c.definitions.mu.Lock()
			delete(c.definitions.reads, integrationID)
			c.definitions.mu.Unlock()
		}
		close(read.done)
	}()
	read.api, read.err = c.fetchDefinition(ctx, integrationID)
	read.ended = read.err != nil && ctx.Err() != nil
}

func (c *Client) fetchDefinition(ctx context.Context, integrationID string) (*definition, error) {
	integration, err := c.Integrations.Get(ctx, integrationID, nil)
	if err != nil {
		return nil, err
	}
	if err := checkID("provider", integration.Provider); err != nil {
		return nil, err
	}
	resp, err := c.gen.GetProvider(ctx, gen.PathID(integration.Provider), &gen.GetProviderParams{})
	provider, err := decodeData[*Provider](resp, err)
	if err != nil {
		return nil, err
	}
	return newDefinition(provider, resp.Header), nil
}

func newDefinition(provider *Provider, header http.Header) *definition {
	var proxy struct {
		BaseURL string                     `json:"base_url"`
		Headers map[string]json.RawMessage `json:"headers"`
		Query   map[string]json.RawMessage `json:"query"`
		Body    map[string]json.RawMessage `json:"body"`
	}
	if provider.Proxy != nil {
		_ = jsonx.UnmarshalLenient(provider.Proxy, &proxy) // what cannot be read is absent
	}
	customised := provider.IntegrationConfig != nil
	api := &definition{
		headed: proxy.Headers != nil || customised, fillsQuery: len(proxy.Query) > 0, fillsBody: len(proxy.Body) > 0,
		credentials: map[string]bool{"Authorization": true}, commonNames: customised, own: ownHeadersOf(header),
	}
	for name, raw := range proxy.Headers {
		if template, _ := jsonx.Unquote(raw); carriesCredential(name, template) {
			api.credentials[http.CanonicalHeaderKey(name)] = true
		}
	}
	switch base, reason := parseBaseURL(proxy.BaseURL); {
	case proxy.BaseURL == "":
		api.noBase = "has no base URL"
	case strings.Contains(proxy.BaseURL, "${"):
		api.noBase = "has a base URL with placeholders, which each connection fills in"
	case customised:
		api.noBase = "lets each integration set the base URL"
	case reason != "":
		api.noBase = "has a base URL that " + reason
	default:
		api.base = base
	}
	return api
}

var placeholders = regexp.MustCompile(`\$\{([^{}]*)\}`)

// carriesCredential reports whether Nango puts a part of the credential into a header, by the header's template. Some
// templates only fill in a setting of the connection that callers choose for themselves, such as a version.
func carriesCredential(name, template string) bool {
	name = strings.ToLower(name)
	chosen := strings.HasPrefix(name, "accept") || name == "user-agent" || strings.Contains(name, "version")
	for _, match := range placeholders.FindAllStringSubmatch(template, -1) {
		chosen = chosen && strings.HasPrefix(match[1], "connectionConfig.")
	}
	return strings.Contains(template, "${") && !chosen
}

// definition returns the definition that counts for a request. If the API key may not read it, and a ProviderURL says
// where the provider's API is, the transport goes on with what is right for most providers.
func (t *transport) definition(in *http.Request) (*definition, error) {
	if t.fault != nil {
		return nil, t.fault
	}
	if in.URL == nil {
		return nil, &ArgumentError{Name: "request URL", Reason: "is nil"}
	}
	if err := t.handle.checkHeaders(); err != nil {
		return nil, err
	}
	if guessed := t.guessed.Load(); guessed != nil {
		return guessed, nil
	}
	client, ctx := t.handle.client, in.Context()
	api, err := client.definition(ctx, t.handle.integrationID)
	failure, _ := errors.AsType[*Error](err)
	if failure == nil || !failure.Is(ErrForbidden) {
		return api, err
	}
	if t.base == nil {
		explained := *failure
		explained.hint = "the transport reads the definition of the provider with it: give TransportParams.ProviderURL, or a key with this scope"
		return nil, &explained
	}
	api = &definition{headed: true, commonNames: true, guessed: true, own: ownHeadersOf(failure.Header())}
	api.credentials = map[string]bool{"Authorization": true}
	t.guessed.Store(api)
	client.warn(ctx, &client.definitions.guessed, "nango: the API key may not read the definition of the provider, so the transport "+
		"removes headers that commonly carry a credential, and treats bodies as for a provider whose definition has headers")
	return api, nil
}

// warn logs a text, once per client.
func (c *Client) warn(ctx context.Context, once *sync.Once, text string) {
	if c.config.logger != nil {
		once.Do(func() { c.config.logger.LogAttrs(ctx, slog.LevelWarn, text) })
	}
}

// keptOff are headers that do not go to the provider, beside those of one connection between two hosts.
var keptOff = map[string]bool{
	"Cookie": true, "Forwarded": true, "Origin": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "Referer": true, "Via": true,
}

// canonical gives headers their canonical names, in an order that does not change.
func canonical(header http.Header) {
	for _, key := range slices.Sorted(maps.Keys(header)) {
		if name := http.CanonicalHeaderKey(key); name != key {
			header[name] = append(header[name], header[key]...)
			delete(header, key)
		}
	}
}

// stripDirect removes the headers with a credential from a request that goes past Nango. The names that are merely common stay:
// such a request can be signed with them.
func (d *definition) stripDirect(header http.Header) {
	for name := range header {
		if d.credentials[name] || name == "Cookie" || name == "Proxy-Authorization" {
			delete(header, name)
		}
	}
}

// strip removes the headers that must not reach the provider.
func (d *definition) strip(header http.Header) {
	named := map[string]bool{}
	for _, value := range header["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			named[http.CanonicalHeaderKey(strings.TrimSpace(name))] = true
		}
	}
	for name, values := range header {
		off := unproxied[name] || keptOff[name] || named[name] || strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "Nango-")
		switch {
		// Nango unpacks what it can. What it asks for itself it can unpack.
		case name == "Accept-Encoding":
			off = len(values) != 1 || !strings.EqualFold(values[0], "identity")
		case name == "User-Agent": // net/http sends no empty one
			off = len(values) == 0 || values[0] == ""
		}
		if off || d.credentials[name] || d.commonNames && commonCredential(name) {
			delete(header, name)
		}
	}
}

// commonCredential reports whether many providers carry a credential in a header of this name.
func commonCredential(name string) bool {
	switch name {
	case "Api-Key", "Apikey", "Private-Token", "X-Api-Key":
		return true
	}
	return strings.HasPrefix(name, "X-") && (strings.HasSuffix(name, "-Token") || strings.HasSuffix(name, "-Api-Key"))
}
