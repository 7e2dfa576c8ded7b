package nango_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/nango-go/sdk/nango"
)

func ExampleTriggerAction() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	type created struct {
		Number int             `json:"number"`
		Input  json.RawMessage `json:"input"`
	}

	issue, err := nango.TriggerAction[created](context.Background(), client.Connection("github", "acme"), "create-issue",
		map[string]string{"title": "It is broken"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("issue %d of %s\n", issue.Number, issue.Input)
	// Output:
	// issue 7 of {"title":"It is broken"}
}

// An action that failed says what it threw, and which response of the provider made it fail.
func ExampleTriggerAction_failed() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	_, err := nango.TriggerAction[any](context.Background(), client.Connection("github", "acme"), "close-issue", map[string]int{"number": 7})
	if failure, ok := errors.AsType[*nango.Error](err); ok && errors.Is(err, nango.ErrAction) {
		fmt.Println(failure.Code)
		fmt.Println(failure.Upstream.StatusCode, string(failure.Upstream.Body()))
	}
	// Output:
	// script_http_error
	// 410 {"message":"This issue was deleted"}
}

// The provider's response comes back whatever its status; only Nango's own failures are errors.
func ExampleConnectionHandle_Proxy() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	connection := client.Connection("github", "acme")

	for _, repository := range []string{"app", "gone"} {
		resp, err := connection.Proxy(context.Background(), nango.ProxyRequest{
			Path:   "/acme/" + repository + "/releases.atom",
			Header: http.Header{"Accept": {"application/atom+xml"}},
		})
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(resp.StatusCode, resp.Header.Get("Content-Type"), string(body))
	}
	// Output:
	// 200 application/atom+xml <feed/>
	// 404 application/json; charset=utf-8 {"message":"Not Found"}
}

// Upload a file. Nango rebuilds the form, and an equal one reaches the provider.
func ExampleConnectionHandle_Proxy_form() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	srv.HandleProxy("github", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, header, err := r.FormFile("file")
		if err != nil {
			log.Fatal(err)
		}
		content, _ := io.ReadAll(file)
		fmt.Fprintf(w, "%s: %s %q", r.FormValue("title"), header.Filename, content)
	}))

	resp, err := client.Connection("github", "acme").Proxy(context.Background(), nango.ProxyRequest{
		Method: "POST",
		Path:   "/upload",
		Form: &nango.Form{
			Fields: []nango.FormField{{Name: "title", Value: "100% done"}},
			Files:  []nango.FormFile{{Name: "file", FileName: "Prüfung.txt", ContentType: "text/plain", Content: strings.NewReader("passed")}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(string(body), err)
	// Output:
	// 100% done: Prüfung.txt "passed" <nil>
}

func ExampleProxyJSON() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	connection := client.Connection("github", "acme")
	type issue struct {
		Number int    `json:"number"`
		Title  string `json:"title"`
	}

	for _, repository := range []string{"app", "old"} {
		created, err := nango.ProxyJSON[issue](context.Background(), connection, nango.ProxyRequest{
			Method: "POST",
			Path:   "/repos/acme/" + repository + "/issues",
			JSON:   map[string]string{"title": "It is broken"},
		})
		if provider, ok := errors.AsType[*nango.ProviderError](err); ok {
			fmt.Printf("the provider refused: %d %s\n", provider.StatusCode, provider.Body())
		} else if err != nil {
			log.Fatal(err)
		} else {
			fmt.Println(created.Number, created.Title)
		}
	}
	// Output:
	// 7 It is broken
	// the provider refused: 410 {"message":"Issues are disabled for this repo"}
}
