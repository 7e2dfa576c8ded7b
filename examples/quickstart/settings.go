package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/nango-go/sdk/nango"
)

// settings say what the steps work on; an empty one leaves its step out.
type settings struct {
	integration string
	proxyPath   string
	model       string
	action      string
	// invite brings a connect session to the customer, and wait says how the program then waits.
	invite func(*nango.ConnectSession)
	wait   nango.WaitParams
	// webhooks tells what the program's receiver was sent.
	webhooks chan string
}

// online sets the tour to a real server.
func (t *tour) online(out io.Writer, getenv func(string) string) (err error) {
	t.client, err = nango.New(getenv("NANGO_API_KEY"), nango.WithBaseURL(cmp.Or(getenv("NANGO_HOST"), "https://api.nango.dev")))
	if err != nil {
		return err
	}
	t.set = settings{
		integration: getenv("NANGO_INTEGRATION"),
		proxyPath:   getenv("NANGO_PROXY_PATH"),
		model:       getenv("NANGO_MODEL"),
		action:      getenv("NANGO_ACTION"),
		invite: func(session *nango.ConnectSession) {
			fmt.Fprintln(out, "\nopen this link to connect:", session.ConnectLink)
		},
	}
	if t.set.integration == "" {
		return errors.New("set NANGO_INTEGRATION to the id of an integration of the environment")
	}
	return nil
}
