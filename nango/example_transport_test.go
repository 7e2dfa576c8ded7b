package nango_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/nango-go/sdk/nango"
)

// Give the client to any Go client of the provider's API, such as go-github. Its requests have the provider's URLs.
func ExampleConnectionHandle_HTTPClient() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	github := client.Connection("github", "acme").HTTPClient(nil)
	resp, err := github.Get("https://api.github.com/acme/app/releases.atom")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	feed, err := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(feed), err)

	_, err = github.Get("https://evil.example/")
	refused, ok := errors.AsType[*nango.ArgumentError](err)
	fmt.Println(ok, refused.Name)
	// Output:
	// 200 OK <feed/> <nil>
	// true request URL
}

// A transport goes below a client's own middleware. A failure of Nango is an error through all of it.
func ExampleConnectionHandle_Transport() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	logged := loggingTransport{client.Connection("github", "nobody").Transport(nil)}
	_, err := (&http.Client{Transport: logged}).Get("https://api.github.com/user")
	fmt.Println(errors.Is(err, nango.ErrNotFound))
	// Output:
	// GET /user
	// true
}

type loggingTransport struct{ next http.RoundTripper }

func (t loggingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	fmt.Println(req.Method, req.URL.Path)
	return t.next.RoundTrip(req)
}

// A client that carries its token in a form, as slack-go does, sends a placeholder. Rewrite takes it out.
func ExampleTransportParams() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	github := client.Connection("github", "acme").HTTPClient(&nango.TransportParams{
		Rewrite: func(_, out *http.Request) error {
			if kind, _, _ := mime.ParseMediaType(out.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
				return nil
			}
			text, err := io.ReadAll(out.Body)
			if err != nil {
				return err
			}
			form, err := url.ParseQuery(string(text))
			if err != nil {
				return err
			}
			form.Del("token")
			out.Body = io.NopCloser(strings.NewReader(form.Encode()))
			return nil
		},
	})
	resp, err := github.PostForm("https://api.github.com/login/device/code", url.Values{"token": {"placeholder"}, "scope": {"repo"}})
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	arrived, err := io.ReadAll(resp.Body)
	fmt.Println(string(arrived), err)
	// Output: scope=repo <nil>
}

// Nango turns a 201 into a 200 if the provider's response has a Content-Length. Many clients read the body by the status, so
// give them back the status that the provider's API documents.
func ExampleTransportParams_modifyResponse() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	github := client.Connection("github", "acme").HTTPClient(&nango.TransportParams{
		ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode == http.StatusOK && resp.Request.Method == http.MethodPost {
				resp.StatusCode, resp.Status = http.StatusCreated, "201 Created"
			}
			return nil
		},
	})
	resp, err := github.Post("https://api.github.com/repos/acme/app/issues", "application/json", strings.NewReader(`{"title":"It is broken"}`))
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 201 Created
}

// A front end calls the provider through your server, as the connection of the customer who is signed in.
func ExampleConnectionHandle_Transport_reverseProxy() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions { // the transport refuses it
			w.WriteHeader(http.StatusNoContent)
			return
		}
		customer := "acme" // from your session
		proxy := &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.Out.URL.Scheme, r.Out.URL.Host = "https", "api.github.com"
			},
			Transport: client.Connection("github", customer).Transport(nil),
			ModifyResponse: func(resp *http.Response) error {
				resp.Header.Del("Set-Cookie") // the provider's, which would be set for your domain
				return nil
			},
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
				status := http.StatusBadGateway
				if _, refused := errors.AsType[*nango.ArgumentError](err); refused {
					status = http.StatusBadRequest
				} else if errors.Is(err, nango.ErrRefreshFailed) {
					status = http.StatusForbidden // the customer has to connect again
				}
				http.Error(w, http.StatusText(status), status)
			},
		}
		proxy.ServeHTTP(w, r)
	})

	for _, method := range []string{http.MethodGet, http.MethodTrace} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, "/acme/app/releases.atom", nil))
		fmt.Println(method, w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// GET 200 <feed/>
	// TRACE 400 Bad Request
}
