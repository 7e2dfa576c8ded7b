package nango_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func ExampleWithObserver() {
	srv := nangotest.New()
	defer srv.Close()

	client := srv.Client(nango.WithObserver(nango.Observer{
		CallEnd: func(_ context.Context, c nango.CallResult) {
			fmt.Println(c.Operation, c.StatusCode, c.Code, c.Attempts) // count it, or measure c.Duration
		},
		AttemptEnd: func(_ context.Context, a nango.AttemptResult) {
			if a.RateLimit != nil {
				fmt.Println("requests left:", a.RateLimit.Remaining > 0)
			}
		},
	}))
	_, err := client.Integrations.Get(context.Background(), "github", nil)
	fmt.Println(err != nil)
	// Output:
	// requests left: true
	// getIntegration 404 not_found 1
	// true
}

// The header reaches Nango. With the prefix Nango-Proxy- it would also reach the provider of a proxied call.
func ExampleObserver_headers() {
	srv := nangotest.New()
	defer srv.Close()
	srv.Inject(nangotest.Rule{If: func(r *http.Request) bool {
		fmt.Println(r.Header.Get("X-Request-Source"))
		return false
	}}, nangotest.Latency(0))

	client := srv.Client(nango.WithObserver(nango.Observer{
		Headers: func(_ context.Context, a nango.Attempt) http.Header {
			return http.Header{"X-Request-Source": {fmt.Sprintf("billing, attempt %d of %s", a.Number, a.Operation)}}
		},
	}))
	_, err := client.Environment.Variables(context.Background())
	fmt.Println(err)
	// Output:
	// billing, attempt 1 of listEnvironmentVariables
	// <nil>
}

// named adds the operation to a header that a proxy of the company's own reads.
type named struct{ next http.RoundTripper }

func (n named) RoundTrip(req *http.Request) (*http.Response, error) {
	if operation, ok := nango.OperationFrom(req.Context()); ok {
		req = req.Clone(req.Context())
		req.Header.Set("X-Operation", string(operation))
	}
	return n.next.RoundTrip(req)
}

func ExampleOperationFrom() {
	client, err := nango.New("key", nango.WithHTTPClient(&http.Client{Transport: named{http.DefaultTransport}}))
	fmt.Println(client != nil, err)
	// Output: true <nil>
}
