package nangotest_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// OAuth 1.0a signs the request, so that a provider's handler can check it.
func TestProxySignsOAuth1(t *testing.T) {
	for name, tt := range map[string]struct {
		provider    string
		app         nango.DeveloperApp
		credentials nango.Credentials
		config      map[string]any
		hash        func() hash.Hash
		method      string
		realm, base string
	}{
		"OAuth 1.0a": {
			"twitter", nango.OAuth1App{ClientID: "id", ClientSecret: "s&cret"},
			&nango.OAuth1Credentials{Token: nango.NewSecret("token"), TokenSecret: nango.NewSecret("token secret")},
			nil, sha1.New, "HMAC-SHA1", "", "https%3A%2F%2Fapi.twitter.com%2Fa%252Fb",
		},
		"NetSuite": {
			"netsuite-tba", nil,
			&nango.TBACredentials{TokenID: nango.NewSecret("token"), TokenSecret: nango.NewSecret("token secret"), ConfigOverride: &nango.CredentialsOverride{ClientSecret: nango.NewSecret("s&cret")}},
			map[string]any{"accountId": "12-sb1", "oauth_client_id": "id", "oauth_client_secret": "other"}, sha256.New, "HMAC-SHA256", `realm="12_SB1", `,
			"https%3A%2F%2F12-sb1.suitetalk.api.netsuite.com%2Fservices%2Frest%2Frecord%2Fv1%2Fa%252Fb",
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv, u := nangotest.Start(t), &upstream{}
			srv.SetTime(time.Unix(1700000000, 0))
			srv.AddIntegration(nangotest.Integration{ID: "acme", Provider: tt.provider, App: tt.app})
			srv.AddConnection(nangotest.Connection{IntegrationID: "acme", ConnectionID: "c1", Credentials: tt.credentials, Config: tt.config})
			srv.HandleProxy("acme", u)
			resp, err := srv.Client().Connection("acme", "c1").Proxy(t.Context(), nango.ProxyRequest{Method: "POST", Path: "/a%2Fb?z=1&a=x+y"})
			require.NoError(t, err)
			resp.Body.Close()
			require.Len(t, u.seen, 1)
			parts := regexp.MustCompile(`^OAuth (.*)oauth_consumer_key="id", oauth_nonce="([0-9a-f]{32})", oauth_signature="([^"]*)", ` +
				`oauth_signature_method="([^"]*)", oauth_timestamp="1700000000", oauth_token="token", oauth_version="1.0"$`).
				FindStringSubmatch(u.seen[0].header["authorization"])
			require.NotNil(t, parts, u.seen[0].header["authorization"])
			assert.Equal(t, []string{tt.realm, tt.method}, []string{parts[1], parts[4]})
			base := fmt.Sprintf("POST&%s&a%%3Dx%%2520y%%26oauth_consumer_key%%3Did%%26oauth_nonce%%3D%s%%26oauth_signature_method%%3D%s"+
				"%%26oauth_timestamp%%3D1700000000%%26oauth_token%%3Dtoken%%26oauth_version%%3D1.0%%26z%%3D1", tt.base, parts[2], tt.method)
			mac := hmac.New(tt.hash, []byte("s%26cret&token%20secret"))
			mac.Write([]byte(base))
			got, err := url.QueryUnescape(strings.ReplaceAll(parts[3], "+", "%2B"))
			require.NoError(t, err)
			assert.Equal(t, base64.StdEncoding.EncodeToString(mac.Sum(nil)), got)
		})
	}
}

// The signature is that of the example that AWS publishes, a GET of an object of S3 with a range.
func TestProxySignsForAWS(t *testing.T) {
	srv, u := nangotest.Start(t), &upstream{}
	srv.SetTime(time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
	srv.AddIntegration(nangotest.Integration{ID: "acme", Provider: "aws-sigv4"})
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "acme", ConnectionID: "c1", Config: map[string]any{"service": "s3", "region": "us-east-1"},
		Credentials: &nango.AWSSigV4Credentials{
			Region: "us-east-1", Service: "s3", AccessKeyID: nango.NewSecret("AKIAIOSFODNN7EXAMPLE"),
			SecretAccessKey: nango.NewSecret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
		},
	})
	srv.HandleHost("examplebucket.s3.amazonaws.com", u)
	resp, err := srv.Client().Connection("acme", "c1").Proxy(t.Context(), nango.ProxyRequest{
		Path: "/test.txt", BaseURLOverride: "https://examplebucket.s3.amazonaws.com", Header: http.Header{"Range": {"bytes=0-9"}},
	})
	require.NoError(t, err)
	resp.Body.Close()
	require.Len(t, u.seen, 1)
	assert.Equal(t, usual(
		"range", "bytes=0-9", "x-amz-date", "20130524T000000Z", "x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "+
			"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
	), u.seen[0].header)
}
