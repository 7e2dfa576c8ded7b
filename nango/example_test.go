package nango_test

import (
	"log"
	"net/http"

	"github.com/nango-go/sdk/internal/replay"
	"github.com/nango-go/sdk/nango"
)

// exampleClient returns a client that is answered, without a network, by these recordings of a real server.
func exampleClient(recordings ...string) *nango.Client {
	transport, err := replay.NewTransport(recordings...)
	if err != nil {
		log.Fatal(err)
	}
	client, err := nango.New("your-api-key", nango.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		log.Fatal(err)
	}
	return client
}
