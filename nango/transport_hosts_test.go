package nango_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// refusedRequest sends a request that must be refused before anything is sent.
func (a *providerAPI) refusedRequest(client *http.Client, req *http.Request, name, reason string) {
	a.t.Helper()
	before := len(a.srv.Requests(nango.OperationID("proxyGet"), "proxyPost", "proxyPut", "proxyPatch", "proxyDelete"))
	resp, err := client.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	requireArgument(a.t, err, name, reason)
	a.nothing()
	assert.Len(a.t, a.srv.Requests("proxyGet", "proxyPost", "proxyPut", "proxyPatch", "proxyDelete"), before)
}

func TestTransportHosts(t *testing.T) {
	a := provide(t, plainProvider)
	for _, host := range []string{"uploads.test", "http://plain.test", "files.test", "https://odd.test:8443"} {
		a.srv.HandleHost(host, a)
	}
	client := a.client(&nango.TransportParams{ExtraHosts: []string{"uploads.test", "http://plain.test"}, DirectHosts: []string{"https://files.test", "odd.test:8443"}})
	for _, tt := range []struct{ url, override string }{
		{"https://api.test/v1/x", ""},
		{"https://API.test:443/v1/x", ""},
		{"https://api.test/v2/x", "https://api.test"},
		{"https://uploads.test/v1/x", "https://uploads.test"},
		{"http://plain.test/x", "http://plain.test"},
	} {
		resp, _ := ok(t, client, request(t, "GET", tt.url, ""))
		assert.Equal(t, 200, resp.StatusCode, tt.url)
		assert.Equal(t, "Bearer real-token", a.last().Header.Get("Authorization"))
		sent := a.srv.Requests("proxyGet")
		assert.Equal(t, tt.override, sent[len(sent)-1].Header.Get("Base-Url-Override"), tt.url)
	}
	for _, url := range []string{"https://files.test/x?sig=%zz&a=%E4", "https://odd.test:8443//x"} {
		req := request(t, "PUT", url, "100%", "Authorization", "placeholder", "Cookie", "a=1", "Proxy-Authorization", "p", "X-Amz-Security-Token", "signed")
		req.Header["origin"] = []string{"https://app.test"}
		resp, err := client.Transport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 401, resp.StatusCode, "past Nango, so without the customer's token")
		assert.Same(t, req, resp.Request)
		got := a.last()
		assert.Equal(t, "100%", got.Body)
		assert.Equal(t, []string{"signed", "https://app.test"}, []string{got.Header.Get("X-Amz-Security-Token"), got.Header.Get("Origin")})
		for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
			assert.Empty(t, got.Header[name])
		}
	}
	for _, url := range []string{
		"http://api.test/v1/x", "https://api.test:8443/v1/x", "https://evil.test/", "http://uploads.test/x", "https://plain.test/x",
		"https://sub.api.test/v1", "https://api.test.evil.test/v1", "http://files.test/x", "https://odd.test/x", "https://user@evil.test/@api.test/",
	} {
		a.refusedRequest(client, request(t, "GET", url, ""), "request URL", "is not on https://api.test")
	}
	for url, reason := range map[string]string{
		"https://api.test/v1/a/%2e%2E/b":  "..",
		"https://api.test/v1/%252e%252e/": "..",
		"https://api.test/v1/%ff":         "UTF-8",
		"https://api.test//v1/x":          "one slash",
	} {
		a.refusedRequest(client, request(t, "GET", url, ""), "request URL", reason)
	}
}

// Rewrite may choose another host, and the rules hold for that one too.
func TestTransportChecksTheHostOfARewrittenRequest(t *testing.T) {
	a := provide(t, plainProvider)
	a.srv.HandleHost("files.test", a)
	rewriteTo := func(host string) *http.Client {
		return a.client(&nango.TransportParams{DirectHosts: []string{"files.test"}, Rewrite: func(_, out *http.Request) error {
			out.URL.Host = host
			return nil
		}})
	}
	a.refusedRequest(rewriteTo("evil.test"), request(t, "GET", "https://api.test/v1/x", ""), "request URL", "is not on")
	resp, _ := ok(t, rewriteTo("files.test"), request(t, "GET", "https://api.test/v1/x", "", "Authorization", "placeholder"))
	assert.Equal(t, 401, resp.StatusCode)
	assert.Empty(t, a.last().Header["Authorization"])
	resp, _ = ok(t, rewriteTo("api.test"), request(t, "GET", "https://anything.test/v1/x", ""))
	assert.Equal(t, 200, resp.StatusCode)
	a.last()
	ok(t, rewriteTo("api.test"), request(t, "GET", "https://files.test/v1/x", "", "Origin", "https://app.test", "X-Own", "1"))
	got := a.last()
	assert.Equal(t, []string{"", "1"}, []string{got.Header.Get("Origin"), got.Header.Get("X-Own")}, "what may go past Nango may not go through it")
}

// A definition without a usable base URL needs a ProviderURL, and then Nango is told where to go.
func TestTransportProviderURL(t *testing.T) {
	fields := map[string]nango.ProviderField{"keyName": {Type: "string"}, "baseUrl": {Type: "string", Optional: true}}
	config := map[string]string{"keyName": "X-Api-Key"}
	for _, tt := range []struct {
		name     string
		provider nangotest.Provider
		reason   string
	}{
		{"no base", nangotest.Provider{AuthMode: "OAUTH2"}, "has no base URL"},
		{"placeholders", nangotest.Provider{AuthMode: "OAUTH2", BaseURL: "https://${connectionConfig.sub}.test/v1"}, "placeholders"},
		{"customised", nangotest.Provider{AuthMode: "API_KEY", BaseURL: "https://api.test/v1", IntegrationConfig: fields}, "integration"},
		{"a dummy", nangotest.Provider{AuthMode: "OAUTH2", BaseURL: "https://dummy.test"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.provider.Name = "p"
			a := provide(t, nangotest.Provider{Name: "other", AuthMode: tt.provider.AuthMode, BaseURL: "https://other.test"})
			a.srv.AddProvider(tt.provider)
			integration := nangotest.Integration{ID: "i", Provider: "p"}
			var credentials nango.Credentials = &nango.OAuth2Credentials{AccessToken: nango.NewSecret("real-token")}
			if tt.provider.IntegrationConfig != nil {
				integration.Config = config
				credentials = &nango.APIKeyCredentials{APIKey: nango.NewSecret("real-token")}
			}
			a.srv.AddIntegration(integration)
			a.srv.AddConnection(nangotest.Connection{IntegrationID: "i", ConnectionID: "c", Credentials: credentials})
			a.srv.HandleHost("api.test", a)
			handle := a.srv.Client().Connection("i", "c")
			if tt.reason != "" {
				a.refusedRequest(handle.HTTPClient(nil), request(t, "GET", "https://api.test/v1/x", ""), "ProviderURL", tt.reason)
			}
			client := handle.HTTPClient(&nango.TransportParams{ProviderURL: "https://api.test/v1/"})
			ok(t, client, request(t, "POST", "https://api.test/v1/x", `{"a":"%"}`, "Content-Type", "application/json", "X-Api-Key", "mine", "Authorization", "mine"))
			got := a.last()
			assert.Equal(t, "/v1/x", got.URI)
			if tt.provider.IntegrationConfig == nil {
				assert.Equal(t, "Bearer real-token", got.Header.Get("Authorization"))
				assert.Equal(t, "mine", got.Header.Get("X-Api-Key"))
				assert.Equal(t, `{"a":"%"}`, got.Body)
			} else { // an integration chooses the header, which only it knows
				assert.Equal(t, "real-token", got.Header.Get("X-Api-Key"))
				assert.Empty(t, got.Header.Get("Authorization"))
				assert.Equal(t, `{"a":"\u0025"}`, got.Body)
			}
			assert.Equal(t, "https://api.test/v1", lastHeader(a, "proxyPost").Get("Base-Url-Override"))
		})
	}
}

func TestTransportParamsAreChecked(t *testing.T) {
	client, err := nango.New(apiKey)
	require.NoError(t, err)
	for name, params := range map[string]nango.TransportParams{
		"ProviderURL":    {ProviderURL: "api.test"},
		"ExtraHosts[1]":  {ExtraHosts: []string{"a.test", "b.test/path"}},
		"DirectHosts[0]": {DirectHosts: []string{"ftp://a.test"}},
		"MaxBodyBytes":   {MaxBodyBytes: -1},
		"DirectHosts":    {ExtraHosts: []string{"a.test"}, DirectHosts: []string{"https://A.test:443"}},
		"ExtraHosts[0]":  {ExtraHosts: []string{"bücher.test"}},
	} {
		body := &tracked{}
		req := request(t, "POST", "https://api.test/", "")
		req.Body = body
		_, err := client.Connection("i", "c").HTTPClient(&params).Do(req)
		requireArgument(t, err, name, "")
		assert.Equal(t, 1, body.closes())
	}
	for name, handle := range map[string]*nango.ConnectionHandle{
		"integrationID": client.Connection("..", "c"), "connectionID": client.Connection("i", ""),
	} {
		_, err := handle.HTTPClient(nil).Get("https://api.test/")
		requireArgument(t, err, name, "")
	}
	_, err = client.Connection("i", "c").Transport(nil).RoundTrip(&http.Request{})
	requireArgument(t, err, "request URL", "nil")
}
