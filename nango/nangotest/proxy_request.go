package nangotest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/percent"
)

// outgoing is the call as it goes to the provider. It reads the state.
func (p *proxied) outgoing() (outgoing, *answer) {
	target := p.target()
	if target == nil {
		return outgoing{}, broken()
	}
	headers, a := p.upstreamHeader(target)
	if a != nil {
		return outgoing{}, a
	}
	forward := p.template.ForwardHeadersOnRedirect
	if wanted := p.r.Header.Get("Forward-Headers-On-Redirect"); wanted != "" {
		forward = wanted == "true"
	}
	out := outgoing{method: p.r.Method, url: target, header: http.Header{}, forward: forward}
	if p.body != nil && carriesBody(p.r.Method) {
		out.body = p.body.data
	}
	if out.body != nil && p.body.contentType != "" {
		headers["content-type"] = p.body.contentType
	}
	for name, value := range libraryHeaders(p.r.Method) {
		if _, set := headers[name]; !set {
			headers[name] = value
		}
	}
	for name, value := range headers {
		out.header.Set(name, value)
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
		headers["content-type"] = formType
	}
	return headers
}

// endpoint is what follows /proxy, as it came.
func (p *proxied) endpoint() string {
	raw := p.r.RequestURI
	if !strings.HasPrefix(raw, "/proxy") {
		raw = p.r.URL.RequestURI()
	}
	return strings.TrimLeft(strings.TrimPrefix(raw, "/proxy"), "/")
}

// base is the base URL of the call, without a slash at its end.
func (p *proxied) base() string {
	base := p.override
	if base == "" {
		if base = p.template.BaseURL; p.credentialType() == "AWS_SIGV4" && textOf(p.conn.config["base_url"]) != "" {
			base = textOf(p.conn.config["base_url"])
		}
		base = p.alternative(base)
	}
	return strings.TrimSuffix(base, "/")
}

// alternative is the part of a base URL that counts where it says "this if there is such a connectionConfig, else that".
func (p *proxied) alternative(base string) string {
	if first, second, ok := strings.Cut(base, "||"); ok && strings.Contains(base, "${") {
		if m := configKey.FindStringSubmatch(base); m != nil && textOf(p.conn.config[m[1]]) != "" {
			return strings.TrimSpace(first)
		}
		return strings.TrimSpace(second)
	}
	return base
}

// ownBase is the provider's own base URL, nil if it makes no URL.
func (p *proxied) ownBase() *url.URL {
	return js.ParseURL(p.interpolateURL(p.alternative(p.template.BaseURL)))
}

// target is the URL of the call, nil if it makes none.
func (p *proxied) target() *url.URL {
	base, endpoint := p.base(), p.endpoint()
	if p.override == "" && p.template.BaseURL != "" {
		endpoint = strings.TrimLeft(strings.Replace(endpoint, p.template.BaseURL, "", 1), "/")
	}
	if rest, ok := strings.CutPrefix(endpoint, base); ok && base != "" && !strings.Contains(base, "${") && (rest == "" || strings.ContainsRune("/?#", rune(rest[0]))) {
		endpoint = strings.TrimLeft(rest, "/")
	}
	if endpoint != "" {
		base += "/" + endpoint
	}
	u := js.ParseURL(p.interpolateURL(base))
	if u == nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(p.template.Query)) {
		if value, ok := p.template.Query[key].(string); ok {
			if value = p.interpolate(value, p.queryReplacers()); !strings.Contains(value, "${") {
				u.RawQuery = js.SetParameter(u.RawQuery, key, value)
			}
		}
	}
	return u
}

// interpolateURL fills in what a URL leaves to the connection.
func (p *proxied) interpolateURL(u string) string {
	config := object{}
	for key, value := range p.conn.config {
		config[strings.TrimPrefix(key, "connectionConfig.")] = value
	}
	replacers := object{"connection_config": config, "connection_id": p.conn.connectionID, "provider_config_key": p.integration.key}
	maps.Copy(replacers, p.conn.credentials)
	return p.interpolate(strings.ReplaceAll(u, "connectionConfig", "connection_config"), replacers)
}

func (p *proxied) queryReplacers() object {
	token := textOf(p.conn.credentials["token"])
	if p.credentialType() == "OAUTH2" {
		token = textOf(p.conn.credentials["access_token"])
	}
	replacers := object{"accessToken": token, "connectionConfig": p.conn.config, "credentials": p.conn.credentials}
	maps.Copy(replacers, p.conn.credentials)
	return replacers
}

func (p *proxied) credentialType() string { return textOf(p.conn.credentials["type"]) }

// upstreamHeader are the headers for the provider, by their names in lower case: those that the credentials make, over them the
// definition's, over them the caller's. A user agent of the definition's stays.
func (p *proxied) upstreamHeader(target *url.URL) (map[string]string, *answer) {
	headers, a := p.authorization()
	if a != nil {
		return nil, a
	}
	if p.template.Headers != nil && (percent.Loose(target.RawQuery) || p.body.isRaw() && p.r.Method != http.MethodDelete && percent.Loose(string(p.body.data))) {
		return nil, broken() // what the templates could name is read out of the query and the body
	}
	for name, value := range p.template.Headers {
		if value, ok := value.(string); ok {
			if value, ok = p.templateHeader(value, target); ok {
				headers[name] = value
			}
		}
	}
	agent := headers["user-agent"]
	maps.Copy(headers, p.headers)
	if agent != "" {
		headers["user-agent"] = agent
	}
	return headers, nil
}

// authorization is what credentials of the connection's type make by themselves.
func (p *proxied) authorization() (map[string]string, *answer) {
	of := func(key string) string { return textOf(p.conn.credentials[key]) }
	value := ""
	switch kind := p.credentialType(); kind {
	case "BASIC":
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(of("username")+":"+of("password")))
	case "OAUTH2", "APP":
		value = "Bearer " + of("access_token")
	case "OAUTH2_CC", "SIGNATURE", "JWT":
		value = "Bearer " + of("token")
	case "TWO_STEP":
		if !p.template.authorizes() {
			value = "Bearer " + of("token")
		}
	case "", "API_KEY", "BILL", "CUSTOM", "OAUTH1", "TBA", "AWS_SIGV4": // the last three sign, which no handler of a test could check
	default:
		return nil, fail(http.StatusBadRequest, "unsupported_auth", `Auth "`+kind+`" is not supported`)
	}
	if value == "" {
		return map[string]string{}, nil
	}
	return map[string]string{"authorization": value}, nil
}

// authorizes says that the definition has a header of its own for the token of a two-step connection.
func (t template) authorizes() bool {
	for name, value := range t.Headers {
		value := textOf(value)
		if strings.Contains(value, "${accessToken}") || strings.EqualFold(name, "cookie") && strings.Contains(value, "${credentials._cookies}") {
			return true
		}
	}
	return false
}

// templateHeader fills a header of the definition in. It reports false for one that needs a connectionConfig that is not there.
func (p *proxied) templateHeader(value string, target *url.URL) (string, bool) {
	all := object{
		"credentials": p.conn.credentials, "method": p.r.Method, "endpoint": "/" + p.endpoint(), "host": target.Host, "path": target.Opaque,
	}
	maps.Copy(all, p.conn.credentials)
	if strings.Contains(value, "connectionConfig") {
		all["connectionConfig"] = p.conn.config
		value = p.interpolate(value, all)
		return value, value != "" && !strings.Contains(value, "${")
	}
	switch p.credentialType() {
	case "OAUTH2":
		all = object{"accessToken": p.conn.credentials["access_token"], "clientId": p.integration.app["client_id"], "clientSecret": p.integration.app["client_secret"]}
	case "JWT", "OAUTH2_CC", "SIGNATURE":
		all = object{"accessToken": p.conn.credentials["token"]}
	case "TWO_STEP":
		all["accessToken"] = p.conn.credentials["token"]
	}
	return p.interpolate(value, all), true
}
