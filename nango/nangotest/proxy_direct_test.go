package nangotest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// The server's HTTP client reaches a host that has a handler directly, and the server for every other host.
func TestHTTPClientReachesHosts(t *testing.T) {
	srv := nangotest.Start(t)
	remove := srv.HandleHost("files.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "file ", r.URL.Path, " ", r.Host)
	}))
	srv.Inject(nangotest.Rule{}, nangotest.ServerError()) // of the server, not of the host
	get := func(url string) (int, string) {
		resp, err := srv.HTTPClient().Get(url)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	status, body := get("https://files.test/connections")
	assert.Equal(t, 200, status)
	assert.Equal(t, "file /connections files.test", body)
	assert.Empty(t, srv.Requests())
	remove()
	status, _ = get("http://files.test/connections")
	assert.Equal(t, 500, status)
	assert.Len(t, srv.Requests(nango.OperationID("listConnections")), 1)

	_, err := srv.HTTPClient().Get("https://files.test/connections") // the server has no certificate, and never meant to get this
	assert.ErrorContains(t, err, `nangotest: the test has no handler for the host "files.test": HandleHost takes one`)
	assert.Len(t, srv.Requests(), 1)
}
