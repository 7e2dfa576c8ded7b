package nangooauth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangooauth"
	"github.com/nango-go/sdk/nango/nangotest"
)

// exampleServer returns a Nango server in this process, with a customer who has connected an account with GitHub.
func exampleServer() *nangotest.Server {
	srv := nangotest.New()
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "github", ConnectionID: "acme",
		Credentials: &nango.OAuth2Credentials{
			AccessToken: nango.NewSecret("token-of-acme"), RefreshToken: nango.NewSecret("your-refresh-token"),
			ExpiresAt: srv.Now().Add(8 * time.Hour),
		},
	})
	return srv
}

// exampleProvider returns a provider that shows which token it got. It does not take the token revoked.
func exampleProvider(revoked string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+revoked {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "%s %s", r.Method, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}))
}

// The provider has revoked the token before its time. The client gets a fresh one and sends the request again.
func ExampleHTTPClient() {
	srv, provider := exampleServer(), exampleProvider("token-of-acme")
	defer srv.Close()
	defer provider.Close()
	client := srv.Client()

	httpClient := nangooauth.HTTPClient(client.Connection("github", "acme"), nil) // for a library that takes an *http.Client
	resp, err := httpClient.Post(provider.URL+"/issues", "application/json", strings.NewReader(`{"title":"It is broken"}`))
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body), err)
	// Output:
	// 200 POST refreshed-token-1 <nil>
}

// The error says that the customer has to reconnect.
func ExampleHTTPClient_reconnect() {
	srv := exampleServer()
	defer srv.Close()
	srv.Connection("github", "acme").ExpireToken()
	srv.Connection("github", "acme").FailRefresh(400, "invalid_grant")

	httpClient := nangooauth.HTTPClient(srv.Client().Connection("github", "acme"), nil)
	_, err := httpClient.Get("https://api.github.com/user")
	fmt.Println(errors.Is(err, nango.ErrRefreshFailed))
	// Output:
	// true
}

// Libraries that take an oauth2.TokenSource use it as oauth2.NewClient does.
func ExampleTokenSource() {
	srv, provider := exampleServer(), exampleProvider("")
	defer srv.Close()
	defer provider.Close()
	client := srv.Client()

	source := nangooauth.TokenSource(client.Connection("github", "acme"), nil)
	resp, err := oauth2.NewClient(context.Background(), source).Get(provider.URL + "/user")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body), err)
	// Output:
	// 200 GET token-of-acme <nil>
}
