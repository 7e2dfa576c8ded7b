package clients_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/google/go-github/v89/github"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/test/clients/things"
)

// exampleConnection returns a connection with a provider that responds to every request in the same way. Its responses have a
// Content-Length, so Nango changes their status to 200.
func exampleConnection(baseURL string, status int, body string) (connection *nango.ConnectionHandle, closeServer func()) {
	srv := nangotest.New()
	srv.AddProvider(nangotest.Provider{Name: "p", AuthMode: "OAUTH2", BaseURL: baseURL})
	srv.AddIntegration(nangotest.Integration{ID: "i", Provider: "p"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "i", ConnectionID: "c"})
	srv.HandleProxy("i", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	return srv.Client().Connection("i", "c"), srv.Close
}

// GitHub responds with 202 while it computes statistics. go-github has an error for that, if it sees the status.
func Example_gitHubAccepted() {
	connection, closeServer := exampleConnection("https://api.github.com", http.StatusAccepted, `{}`)
	defer closeServer()

	client, err := github.NewClient(github.WithHTTPClient(connection.HTTPClient(&nango.TransportParams{
		ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode == http.StatusOK && resp.ContentLength == 2 && strings.Contains(resp.Request.URL.Path, "/stats/") {
				resp.StatusCode = http.StatusAccepted
			}
			return nil
		},
	})))
	if err != nil {
		log.Fatal(err)
	}
	_, _, err = client.Repositories.ListContributorsStats(context.Background(), "octocat", "hello-world")
	_, accepted := errors.AsType[*github.AcceptedError](err)
	fmt.Println(accepted)
	// Output: true
}

// A client of oapi-codegen reads the body by the status that the document names.
func Example_oapiCodegenCreated() {
	connection, closeServer := exampleConnection("https://things.test/v1", http.StatusCreated, `{"name":"lamp"}`)
	defer closeServer()

	client, err := things.NewClientWithResponses("https://things.test/v1", things.WithHTTPClient(connection.HTTPClient(&nango.TransportParams{
		ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode == http.StatusOK && resp.Request.Method == http.MethodPost {
				resp.StatusCode = http.StatusCreated
			}
			return nil
		},
	})))
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.CreateThingWithResponse(context.Background(), things.Thing{Name: "lamp"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.JSON201.Name)
	// Output: lamp
}

// azblob takes an upload for failed if the status is not 201.
func Example_azblobCreated() {
	connection, closeServer := exampleConnection("https://account.blob.core.windows.net", http.StatusCreated, "")
	defer closeServer()

	options := &azblob.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: connection.HTTPClient(&nango.TransportParams{
		ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode == http.StatusOK && resp.Request.Method == http.MethodPut {
				resp.StatusCode = http.StatusCreated
			}
			return nil
		},
	})}}
	client, err := azblob.NewClientWithNoCredential("https://account.blob.core.windows.net", options)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.UploadBuffer(context.Background(), "pictures", "lamp.png", []byte("…"), nil)
	fmt.Println(err)
	// Output: <nil>
}
