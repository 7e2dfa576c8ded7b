package doctor_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
)

// okHandler is a provider whose responses have a header of its own.
var okHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/plain", "/me":
		w.Header().Set("Link", `<https://api.example.com/?page=2>; rel="next"`)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "2")
		_, _ = w.Write([]byte("{}"))
	case "/stream":
		_, _ = w.Write([]byte("{"))
		_ = http.NewResponseController(w).Flush()
	case "/nothing":
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
})

func TestResponseHeaders(t *testing.T) {
	srv := start(t)
	srv.HandleProxy("crm", okHandler)
	known, unknown := srv.Client().Connection("crm", "c1"), srv.Client().Connection("crm", "c2")
	for name, want := range map[string]struct {
		release    string
		connection *nango.ConnectionHandle
		path       string
		status     doctor.Status
		words      string
	}{
		"kept":                  {"0.71.10", known, "/plain", doctor.Pass, "such as Link"},
		"lost":                  {"0.71.6", known, "/plain", doctor.Warn, "use Nango 0.71.7 or newer"},
		"a stream":              {"0.71.6", known, "/stream", doctor.Inconclusive, "another path"},
		"no body":               {"0.71.6", known, "/nothing", doctor.Inconclusive, "another path"},
		"a failure":             {"0.71.6", known, "/missing", doctor.Inconclusive, "responded with 404"},
		"an unknown connection": {"0.71.10", unknown, "/plain", doctor.Fail, "the proxied call failed: the status is 400 (server_error)"},
		"a bad path":            {"0.71.10", known, "/a/../b", doctor.Fail, "was not made"},
		"nothing given":         {"0.71.10", nil, "", doctor.Skipped, "ProxyPath"},
	} {
		t.Run(name, func(t *testing.T) {
			srv.SetRelease(want.release)
			report := run(t, srv.Client(), doctor.Params{ProxyConnection: want.connection, ProxyPath: want.path})
			expect(t, report, doctor.CheckResponseHeaders, "", want.status, want.words)
		})
	}
	narrow := srv.AddKey(nangotest.Key{Scopes: []string{"environment:records:read"}})
	report := run(t, srv.ClientWithKey(narrow.Secret), doctor.Params{ProxyConnection: known, ProxyPath: "/plain"})
	expect(t, report, doctor.CheckResponseHeaders, "", doctor.Fail, "403 (forbidden)")
	assert.False(t, report.OK())
}
