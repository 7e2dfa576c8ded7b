package doctor_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
)

// run makes the checks. Whatever they see, each of them has to say what it saw, and what to do if it is not right.
func run(t *testing.T, client *nango.Client, params doctor.Params) *doctor.Report {
	t.Helper()
	report, err := doctor.Run(t.Context(), client, params)
	require.NoError(t, err)
	for _, c := range report.Checks {
		assert.NotEmpty(t, c.Seen, "%v", c)
		assert.Equal(t, c.Status == doctor.Pass, c.Next == "", "%v", c)
		assert.NotContains(t, c.Seen+c.Next, "\n", "%v", c)
	}
	return report
}

// find returns the one check with an id and a subject.
func find(t *testing.T, report *doctor.Report, id doctor.CheckID, subject string) doctor.Check {
	t.Helper()
	var found []doctor.Check
	for _, c := range report.Checks {
		if c.ID == id && c.Subject == subject {
			found = append(found, c)
		}
	}
	require.Len(t, found, 1, "%s %s in\n%s", id, subject, report)
	return found[0]
}

// expect checks the result of one check and words that the report must say about it.
func expect(t *testing.T, report *doctor.Report, id doctor.CheckID, subject string, status doctor.Status, words ...string) {
	t.Helper()
	found := find(t, report, id, subject)
	assert.Equal(t, status, found.Status, "%v", found)
	for _, word := range words {
		assert.Contains(t, found.Seen+" → "+found.Next, word)
	}
}

// start returns a server with one customer.
func start(t *testing.T) *nangotest.Server {
	t.Helper()
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "c1"})
	return srv
}

// respondingClient returns a client whose requests all get the response of a handler.
func respondingClient(t *testing.T, respond func(*http.Request) (*http.Response, error)) *nango.Client {
	t.Helper()
	client, err := nango.New(someKey, nango.WithBaseURL("http://nango.test"), nango.WithHTTPClient(&http.Client{Transport: roundTripper(respond)}))
	require.NoError(t, err)
	return client
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

const (
	someKey    = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	signingKey = "5de32437-08d8-4bd6-9340-58ad69828aea"
)
