package nango_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// What HTTP cannot carry is refused before a request is made, whichever argument it comes with.
func TestHeadersAreCheckedInOnePlace(t *testing.T) {
	client, server := serveBodies(t, `{}`)
	handle := client.Connection("i", "c")
	proxied := func(req nango.ProxyRequest) error {
		req.Path = "/x"
		_, err := handle.Proxy(t.Context(), req)
		return err
	}
	header := func(name, value string) error { return proxied(nango.ProxyRequest{Header: http.Header{name: {value}}}) }
	for _, test := range []struct {
		err            error
		argument, says string
	}{
		{failed(client.ConnectSessions.Get(t.Context(), "token\n")), "token", "holds a control character"},
		{client.ConnectSessions.Delete(t.Context(), "to\rken"), "token", "holds a control character"},
		{failed(client.Providers.List(t.Context(), &nango.ListProvidersParams{Language: "de\n"})), "Language", "holds a control character"},
		{failed(client.Providers.Get(t.Context(), "github", &nango.GetProviderParams{Language: "\x00"})), "Language", "holds a control character"},
		{failed(client.Connection("i\n", "c").Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})), "integrationID", "holds a control character"},
		{proxied(nango.ProxyRequest{Method: "POST", JSON: 1, ContentType: "a\nb"}), "ContentType", "holds a control character"},
		{proxied(nango.ProxyRequest{BaseURLOverride: "https://a\nb"}), "BaseURLOverride", "holds a control character"},
		{proxied(nango.ProxyRequest{BaseURLOverride: "https://bücher.example"}), "BaseURLOverride", "is not ASCII: write a host in Punycode, which begins with xn--, and escape a path"},
		{header("X-A", "a\r\nInjected: 1"), "Header", "X-A holds a control character"},
		{header("X-A", "\x7f"), "Header", "X-A holds a control character"},
		{header("", "a"), "Header", "has a name that is empty"},
		{header("X A", "a"), "Header", "has a name that is empty, or holds a character"},
		{header("X-Ä", "a"), "Header", "has a name that is empty, or holds a character"},
		{header("Content-Length", "3"), "Header", "holds Content-Length"},
		{header("transfer-encoding", "chunked"), "Header", "holds Transfer-Encoding"},
		{header("Connection", "close"), "Header", "holds Connection"},
		{header("Host", "a"), "Header", "holds Host"},
		{header("Trailer", "a"), "Header", "holds Trailer"},
		{header("Upgrade", "h2c"), "Header", "holds Upgrade"},
	} {
		requireArgument(t, test.err, test.argument, test.says)
	}
	server.requireSent()

	require.NoError(t, header("X-A", "tab\tand ünïcode"))
	assert.Equal(t, "tab\tand ünïcode", server.requests[0].Header.Get("Nango-Proxy-X-A"))
}

// The server responds with an empty 431 where URL and headers take 16 KiB.
func TestLongHeadsAreRefused(t *testing.T) {
	client, server := serveBodies(t, `{}`, `{}`, `{}`)
	handle := client.Connection("i", "c")
	const nearly, over = 14 << 10, 15 << 10
	proxied := func(path string, header http.Header) error {
		_, err := handle.Proxy(t.Context(), nango.ProxyRequest{Path: path, Header: header})
		return err
	}
	long := func(length int) string { return strings.Repeat("x", length) }
	requireArgument(t, proxied("/", http.Header{"X-A": {long(over)}}), "Header", "is longer than 15 KiB in all")
	requireArgument(t, proxied("/", http.Header{"X-A": {long(nearly / 2)}, "X-B": {long(nearly / 2), long(1 << 10)}}), "Header", "is longer than 15 KiB in all")
	requireArgument(t, proxied("/"+long(nearly), http.Header{"X-A": {long(1 << 10)}}), "Header", "is longer than 15 KiB in all")
	requireArgument(t, proxied("/"+long(over), nil), "URL", "is longer than 15 KiB")
	requireArgument(t, proxied("/?q="+long(over), nil), "URL", "is longer than 15 KiB")
	requireArgument(t, failed(client.Providers.List(t.Context(), &nango.ListProvidersParams{Search: long(over)})), "URL", "is longer than 15 KiB")
	requireArgument(t, failed(client.Providers.List(t.Context(), &nango.ListProvidersParams{Language: long(over)})), "Header", "is longer than 15 KiB")
	server.requireSent()
	require.NoError(t, proxied("/", http.Header{"X-A": {long(nearly)}}))
	require.NoError(t, proxied("/"+long(nearly), nil))
}

// A request of the caller's own cannot say another path than the one that is checked.
func TestOpaqueURLsAreRefused(t *testing.T) {
	client, server := serveBodies(t, `{}`)
	generated := client.Generated()
	req, err := http.NewRequestWithContext(t.Context(), "GET", generated.Server+"connections/a", nil)
	require.NoError(t, err)
	req.URL.Opaque = "//" + req.URL.Host + "/connections/../environment-variables"
	_, err = generated.Client.Do(req)
	requireArgument(t, err, "request", "is not for a URL below the base URL")
	req.URL = &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: "/connections/a"}
	req.Header["nango-proxy-content-length"] = []string{"3"}
	_, err = generated.Client.Do(req)
	requireArgument(t, err, "Header", "holds Content-Length")
	server.requireSent()
}
