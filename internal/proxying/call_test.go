package proxying_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/proxying"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

// template reads the proxy part of a definition.
func template(t *testing.T, proxy string) (read proxying.Template) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(proxy), &read))
	return read
}

// request is a proxied request; the header's names and values alternate.
func request(proxy proxying.Template, connection proxying.Connection, method, path string, header ...string) *proxying.Call {
	call := &proxying.Call{Method: method, Target: "/proxy" + path, Header: http.Header{}, Template: proxy, Connection: connection, Now: noon}
	for i := 0; i < len(header); i += 2 {
		call.Header.Set(header[i], header[i+1])
	}
	return call
}

type values = map[string]any

func TestURLs(t *testing.T) {
	for _, tt := range []struct {
		name, proxy string
		connection  proxying.Connection
		path        string
		override    string
		want        string // empty for a request that the server fails on
	}{
		{"plain", `{"base_url":"https://a.test/v1"}`, proxying.Connection{}, "/b%2Fc?d=e", "", "https://a.test/v1/b%2Fc?d=e"},
		{"no path", `{"base_url":"https://a.test/"}`, proxying.Connection{}, "", "", "https://a.test/"},
		{"the base URL in front of the path", `{"base_url":"https://a.test/v1"}`, proxying.Connection{}, "/https://a.test/v1/b", "", "https://a.test/v1/b"},
		{"an override", `{"base_url":"https://a.test"}`, proxying.Connection{}, "/b", "http://b.test:8080/x/", "http://b.test:8080/x/b"},
		{"an override in front of the path", `{}`, proxying.Connection{}, "/https://b.test/c", "https://b.test", "https://b.test/c"},
		{"no URL", `{"base_url":"a.test"}`, proxying.Connection{}, "/b", "", ""},
		{"a name of the config", `{"base_url":"https://${connectionConfig.region}.a.test"}`, proxying.Connection{Config: values{"region": "eu"}}, "/b", "", "https://eu.a.test/b"},
		{"a name that is missing", `{"base_url":"https://${connectionConfig.region}.a.test"}`, proxying.Connection{}, "/b", "", ""},
		{"the first alternative", `{"base_url":"https://${connectionConfig.host} || https://a.test"}`, proxying.Connection{Config: values{"host": "b.test"}}, "/c", "", "https://b.test/c"},
		{"the second alternative", `{"base_url":"https://${connectionConfig.host} || https://a.test"}`, proxying.Connection{}, "/c", "", "https://a.test/c"},
		{"ids and credentials", `{"base_url":"https://${shop}.test/${provider_config_key}/${connection_id}"}`,
			proxying.Connection{ConnectionID: "c", IntegrationID: "i", Credentials: values{"shop": "s"}}, "", "", "https://s.test/i/c"},
		{"a base URL of the connection", `{"base_url":"https://a.test"}`,
			proxying.Connection{Credentials: values{"type": "AWS_SIGV4"}, Config: values{"base_url": "https://b.test"}}, "/c", "", "https://b.test/c"},
		{"query", `{"base_url":"https://a.test","query":{"key":"${apiKey}","none":"${none}","list":[1]}}`,
			proxying.Connection{Credentials: values{"apiKey": "k"}}, "/b?key=mine&x=y%20z", "", "https://a.test/b?key=k&x=y+z"},
		{"a token in the query", `{"base_url":"https://a.test","query":{"t":"${accessToken}"}}`,
			proxying.Connection{Credentials: values{"type": "OAUTH2", "access_token": "t"}}, "/b", "", "https://a.test/b?t=t"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request(template(t, tt.proxy), tt.connection, "GET", tt.path)
			if tt.override != "" {
				r.Header.Set("Base-Url-Override", tt.override)
			}
			out, err := r.Request(nil)
			if tt.want == "" {
				assert.ErrorIs(t, err, proxying.ErrUnforeseen)
				return
			}
			require.NoError(t, err)
			got := out.URL.Scheme + "://" + out.URL.Host + strings.TrimSuffix(out.URL.Opaque+"?"+out.URL.RawQuery, "?")
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestBaseURL(t *testing.T) {
	u := request(template(t, `{"base_url":"https://${connectionConfig.host} || https://a.test"}`), proxying.Connection{Config: values{"host": "B.test"}}, "GET", "/").OwnBase()
	require.NotNil(t, u)
	assert.Equal(t, "b.test", u.Host)
	assert.Nil(t, request(template(t, `{}`), proxying.Connection{}, "GET", "/").OwnBase())
}

func TestAuthorization(t *testing.T) {
	for _, tt := range []struct {
		credentials values
		proxy, want string
	}{
		{nil, `{}`, ""},
		{values{"type": "BASIC", "username": "ann", "password": "ü:"}, `{}`, "Basic YW5uOsO8Og=="},
		{values{"type": "OAUTH2", "access_token": "t"}, `{}`, "Bearer t"},
		{values{"type": "APP", "access_token": "t"}, `{}`, "Bearer t"},
		{values{"type": "OAUTH2_CC", "token": "t"}, `{}`, "Bearer t"},
		{values{"type": "SIGNATURE", "token": "t"}, `{}`, "Bearer t"},
		{values{"type": "JWT", "token": "t"}, `{}`, "Bearer t"},
		{values{"type": "TWO_STEP", "token": "t"}, `{}`, "Bearer t"},
		{values{"type": "TWO_STEP", "token": "t"}, `{"headers":{"x-token":"${accessToken}"}}`, ""},
		{values{"type": "TWO_STEP", "token": "t"}, `{"headers":{"Cookie":"${credentials._cookies}"}}`, ""},
		{values{"type": "API_KEY", "apiKey": "k"}, `{}`, ""},
		{values{"type": "API_KEY", "apiKey": "k"}, `{"headers":{"authorization":"Key ${apiKey}"}}`, "Key k"},
		{values{"type": "OAUTH1"}, `{}`, ""},
		{values{"type": "TBA"}, `{}`, ""},
		{values{"type": "AWS_SIGV4"}, `{}`, ""},
	} {
		out, err := request(template(t, tt.proxy), proxying.Connection{Credentials: tt.credentials}, "GET", "/b", "Base-Url-Override", "https://a.test").Request(nil)
		require.NoError(t, err, tt.credentials)
		assert.Equal(t, tt.want, out.Header.Get("Authorization"), "%v %s", tt.credentials, tt.proxy)
	}
	_, err := request(template(t, `{"base_url":"https://a.test"}`), proxying.Connection{Credentials: values{"type": "FUTURE"}}, "GET", "/b").Request(nil)
	assert.EqualError(t, err, `Auth "FUTURE" is not supported`)
}

func TestHeaders(t *testing.T) {
	proxy := `{"base_url":"https://a.test","headers":{
		"x-key":"${apiKey}","x-region":"${connectionConfig.region}","x-none":"${connectionConfig.none}","x-basic":"Basic ${base64(${apiKey}:)}",
		"x-either":"${credentials.none} || ${credentials.apiKey}","x-nested":"${credentials.raw.n}","x-now":"${now}","x-at":"${method} ${host}${path}",
		"x-unknown":"${unknown}","user-agent":"definition","x-list":[1],"x-mine":"definition"}}`
	connection := proxying.Connection{
		Credentials: values{"type": "API_KEY", "apiKey": "k", "raw": values{"n": json.Number("1.0")}}, Config: values{"region": "eu"},
	}
	out, err := request(template(t, proxy), connection, "GET", "/b", "Nango-Proxy-X-Mine", "caller", "Nango-Proxy-User-Agent", "caller", "X-Other", "caller").Request(nil)
	require.NoError(t, err)
	assert.Equal(t, http.Header{
		"X-Key": {"k"}, "X-Region": {"eu"}, "X-Basic": {"Basic azo="}, "X-Either": {"k"}, "X-Nested": {"1"}, "X-Now": {"2030-01-02T12:00:00.000Z"},
		"X-At": {"GET a.test/b"}, "X-Unknown": {"${unknown}"}, "User-Agent": {"definition"}, "X-Mine": {"caller"},
		"Accept": {"application/json, text/plain, */*"}, "Accept-Encoding": {"gzip, compress, deflate, br"}, "Connection": {"keep-alive"},
	}, out.Header)
	assert.False(t, out.ForwardHeaders)
}

// The templates of some kinds of credentials see less than others.
func TestHeadersByCredentials(t *testing.T) {
	for _, tt := range []struct {
		credentials values
		want        string
	}{
		{values{"type": "OAUTH2", "access_token": "t", "apiKey": "k"}, "t id secret ${apiKey}"},
		{values{"type": "JWT", "token": "t", "apiKey": "k"}, "t ${clientId} ${clientSecret} ${apiKey}"},
		{values{"type": "TWO_STEP", "token": "t", "apiKey": "k"}, "t ${clientId} ${clientSecret} k"},
	} {
		proxy := template(t, `{"base_url":"https://a.test","headers":{"x-all":"${accessToken} ${clientId} ${clientSecret} ${apiKey}"}}`)
		connection := proxying.Connection{Credentials: tt.credentials, App: values{"client_id": "id", "client_secret": "secret"}}
		out, err := request(proxy, connection, "GET", "/").Request(nil)
		require.NoError(t, err)
		assert.Equal(t, tt.want, out.Header.Get("X-All"))
	}
}

// The server reads the query and the body where headers have templates, and fails on what decodeURIComponent refuses.
func TestLoosePercentSigns(t *testing.T) {
	with, without := template(t, `{"base_url":"https://a.test","headers":{}}`), template(t, `{"base_url":"https://a.test"}`)
	loose := func(proxy proxying.Template, method, path, data string) error {
		r := request(proxy, proxying.Connection{}, method, path, "Content-Type", "text/plain")
		r.Body = []byte(data)
		body, err := r.ReadBody()
		require.NoError(t, err)
		_, err = r.Request(body)
		return err
	}
	assert.ErrorIs(t, loose(with, "GET", "/?a=%E4", ""), proxying.ErrUnforeseen)
	assert.ErrorIs(t, loose(with, "POST", "/", "100%"), proxying.ErrUnforeseen)
	assert.NoError(t, loose(with, "DELETE", "/", "100%"))
	assert.NoError(t, loose(with, "POST", "/?a=%C3%A4", "100"))
	assert.NoError(t, loose(without, "POST", "/?a=%E4", "100%"))
}

func TestForwardHeaders(t *testing.T) {
	for _, tt := range []struct {
		proxy, header string
		want          bool
	}{
		{`{"base_url":"https://a.test","forward_headers_on_redirect":true}`, "", true},
		{`{"base_url":"https://a.test","forward_headers_on_redirect":true}`, "false", false},
		{`{"base_url":"https://a.test"}`, "true", true},
	} {
		out, err := request(template(t, tt.proxy), proxying.Connection{}, "GET", "/", "Forward-Headers-On-Redirect", tt.header).Request(nil)
		require.NoError(t, err)
		assert.Equal(t, tt.want, out.ForwardHeaders)
	}
}

func TestTemplate(t *testing.T) {
	read := template(t, `{"retry":{"at":"x-reset","after":["retry-after","x-after"],"error_code":"4xx","remaining":"x-left"}}`)
	assert.Equal(t, []string{"x-reset"}, []string(read.Retry.At))
	assert.Equal(t, []string{"retry-after", "x-after"}, []string(read.Retry.After))
	for base, want := range map[string]bool{"": true, "${a}": true, "https://${a}.test": true, "a.test": false} {
		assert.Equal(t, want, template(t, `{"base_url":"`+base+`"}`).MakesURL(), base)
	}
}
