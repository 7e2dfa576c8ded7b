package doctor_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
)

// Whatever is not Nango's API is told from it, and nothing else is asked of it.
func TestAPI(t *testing.T) {
	for name, want := range map[string]struct {
		fault nangotest.Fault
		words string
	}{
		"the dashboard":         {nangotest.Respond(200, "text/html; charset=utf-8", "<!DOCTYPE html><html><head><title>Nango</title>"), "Nango's dashboard"},
		"a page to sign in":     {nangotest.Respond(200, "text/html", `<html><form><input type="password"></form>`), "a page to sign in"},
		"any page":              {nangotest.Respond(200, "text/html", "<html>It works!"), "a page of HTML"},
		"a page without a type": {nangotest.Respond(200, "", "\n<!doctype html><title>Nango</title>"), "Nango's dashboard"},
		"no route":              {nangotest.Respond(404, "text/html", "<pre>Cannot GET /x/providers/github</pre>"), "a page of HTML"},
		"no dashboard":          {nangotest.ServerError(), "look at the path of the base URL"},
		"a gateway's 502":       {nangotest.Respond(502, "text/plain", "bad gateway"), "responds with 502"},
		"a gateway's 403":       {nangotest.Respond(403, "application/json", `{"message":"Forbidden"}`), "something in front of Nango"},
		"another API":           {nangotest.Respond(200, "application/json", `{"data":{"id":1}}`), "not one of Nango's API"},
		"another API's 404":     {nangotest.Respond(404, "application/json", `{"message":"no Route matched"}`), "not one of Nango's API"},
		"another API's 401":     {nangotest.Respond(401, "application/json", `{"error":{"code":"invalid_api_key","message":"Incorrect API key provided"}}`), "something in front of Nango"},
		"a code that is a text": {nangotest.Respond(500, "application/json", `{"error":{"code":"Bearer `+someKey+`"}}`), "responds with 500"},
		"an empty response":     {nangotest.Respond(200, "application/json", ""), "not one of Nango's API"},
		"nothing listens":       {nangotest.Refused(), "connection refused"},
		"a reset":               {nangotest.Reset(), "does not respond"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := start(t)
			srv.Inject(nangotest.Rule{}, want.fault)
			report := run(t, srv.Client(), doctor.Params{})
			expect(t, report, doctor.CheckAPI, "", doctor.Fail, want.words)
			expect(t, report, doctor.CheckKey, "", doctor.Skipped, "it needs the check api, whose result is fail", "look at the check api first")
			expect(t, report, doctor.CheckConnections, "", doctor.Skipped, "it needs the check api, whose result is fail")
			assert.False(t, report.OK())
			assert.LessOrEqual(t, len(srv.Requests()), 1)
		})
	}
	expect(t, run(t, start(t).Client(), doctor.Params{}), doctor.CheckAPI, "", doctor.Pass, "(200)")
}

// A redirect to the page of an identity provider is told, with the host and without the rest of the URL.
func TestAPIRedirect(t *testing.T) {
	client := respondingClient(t, func(req *http.Request) (*http.Response, error) {
		header := http.Header{"Location": {"https://login.example.com/authorize?state=secret-state"}}
		return &http.Response{StatusCode: 302, Header: header, Body: http.NoBody, Request: req}, nil
	})
	report := run(t, client, doctor.Params{})
	expect(t, report, doctor.CheckAPI, "", doctor.Fail, "redirects (302) to the host login.example.com")
	assert.NotContains(t, report.String(), "secret-state")
}

// What fails before there is a response is said in words, without the URL.
func TestAPIUnreachable(t *testing.T) {
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler()) // its certificate is signed by nobody that the client knows
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknown.StartTLS()
	t.Cleanup(unknown.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for base, words := range map[string]string{
		unknown.URL: "signed by an authority that this machine does not know",
		strings.Replace(plain.URL, "http:", "https:", 1): "does not speak TLS",
	} {
		client, err := nango.New(someKey, nango.WithBaseURL(base))
		require.NoError(t, err)
		expect(t, run(t, client, doctor.Params{}), doctor.CheckAPI, "", doctor.Fail, words)
	}
	for words, failure := range map[string]error{
		"the host api.exmple.com cannot be resolved": &net.DNSError{Name: "api.exmple.com", Err: "no such host", IsNotFound: true},
		"dial failed":              &net.OpError{Op: "dial", Err: errors.New("network is unreachable")},
		"the request failed":       errors.New("https://user:password@nango.test"),
		"the connection broke off": io.ErrUnexpectedEOF,
	} {
		client := respondingClient(t, func(*http.Request) (*http.Response, error) { return nil, failure })
		report := run(t, client, doctor.Params{})
		expect(t, report, doctor.CheckAPI, "", doctor.Fail, words)
		assert.NotContains(t, report.String(), "password")
	}
}

func TestKey(t *testing.T) {
	srv := start(t)
	account := srv.AddAccountKey(nangotest.Key{})
	listing := srv.AddAccountKey(nangotest.Key{Scopes: []string{"account:environments:create"}})
	narrow := srv.AddKey(nangotest.Key{Scopes: []string{"environment:proxy"}})
	for key, want := range map[string]struct {
		status doctor.Status
		words  string
	}{
		srv.Key():      {doctor.Pass, "belongs to one environment: the one with 1 integration (crm)"},
		narrow.Secret:  {doctor.Pass, "belongs to one environment"},
		account.Secret: {doctor.Warn, "one of the account and not of an environment; the account has 2 environments"},
		listing.Secret: {doctor.Warn, "one of the account"},
		someKey:        {doctor.Fail, "401 unknown_account"},
		"0b9a6c1e":     {doctor.Fail, "401 invalid_secret_key_format"},
	} {
		report := run(t, srv.ClientWithKey(key), doctor.Params{})
		expect(t, report, doctor.CheckKey, "", want.status, want.words)
		assert.NotContains(t, report.String(), key)
	}
	for _, check := range []doctor.CheckID{doctor.CheckConnections, doctor.CheckResponseHeaders} {
		expect(t, run(t, srv.ClientWithKey(account.Secret), doctor.Params{
			ProxyConnection: srv.Client().Connection("crm", "c1"), ProxyPath: "/x",
		}), check, "", doctor.Skipped, "key of the environment")
	}
	remove := srv.Inject(nangotest.Rule{Operation: gen.OperationListIntegrations}, nangotest.Respond(200, "text/html", "<html>"))
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckKey, "", doctor.Inconclusive, "cannot be listed: the status is 200")
	remove()
	for status, code := range map[int]string{500: "server_error", 402: "plan_limit"} {
		remove = srv.Inject(nangotest.Rule{Operation: gen.OperationGetProvider}, nangotest.Respond(status, "application/json", `{"error":{"code":"`+code+`"}}`))
		expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckKey, "", doctor.Inconclusive, code)
		remove()
	}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		srv.AddIntegration(nangotest.Integration{ID: id, Provider: "hubspot"})
	}
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckKey, "", doctor.Pass, "6 integrations (", ", …)")
	srv.Inject(nangotest.Rule{}, nangotest.Respond(401, "application/json", `{"error":{"code":"missing_auth_header"}}`))
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckKey, "", doctor.Fail, "let the gateway")
}

func TestRateLimit(t *testing.T) {
	srv := start(t)
	for perMinute, want := range map[int]struct {
		status doctor.Status
		words  string
	}{
		1000: {doctor.Pass, "999 of 1000"},
		20:   {doctor.Warn, "19 of 20"},
		0:    {doctor.Inconclusive, "without one"},
	} {
		srv.SetRateLimit(perMinute)
		report := run(t, srv.Client(), doctor.Params{})
		expect(t, report, doctor.CheckRateLimit, "", want.status, want.words)
		skipped := want.status == doctor.Warn
		assert.Equal(t, skipped, find(t, report, doctor.CheckScope, "environment:proxy").Status == doctor.Skipped, "%d", perMinute)
		assert.Equal(t, skipped, find(t, report, doctor.CheckConnections, "").Status == doctor.Skipped, "%d", perMinute)
	}
	srv.SetRateLimit(50) // enough for the scopes, and not for all connections
	for n := range 40 {
		srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: fmt.Sprint("more-", n)})
	}
	report := run(t, srv.Client(), doctor.Params{ConnectionLimit: 100})
	expect(t, report, doctor.CheckRateLimit, "", doctor.Pass, "49 of 50")
	expect(t, report, doctor.CheckConnections, "", doctor.Warn, "of them are left out", "run the checks again in a minute")
	assert.Equal(t, doctor.Pass, find(t, report, doctor.CheckConnection, "crm/more-39").Status)
	expect(t, report, doctor.CheckScope, "environment:proxy", doctor.Pass)
	srv.SetRateLimit(1000)
	for range 850 {
		_, err := srv.Client().Providers.Get(t.Context(), "github", nil)
		require.NoError(t, err)
	}
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckRateLimit, "", doctor.Warn, "149 of 1000", "shares one limit")
	srv.Inject(nangotest.Rule{}, nangotest.RateLimited("20"))
	report = run(t, srv.Client(), doctor.Params{})
	expect(t, report, doctor.CheckRateLimit, "", doctor.Fail, "429")
	expect(t, report, doctor.CheckKey, "", doctor.Inconclusive, "in a minute")
	assert.Equal(t, doctor.Skipped, find(t, report, doctor.CheckRelease, "").Status)
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		for ahead, want := range map[time.Duration]struct {
			status doctor.Status
			words  string
		}{
			0:                 {doctor.Pass, "is 0s ahead of"},
			-20 * time.Second: {doctor.Pass, "is 19s ahead of"}, // the date is cut to a second
			2 * time.Minute:   {doctor.Warn, "is 2m0s behind"},
			-2 * time.Minute:  {doctor.Warn, "is 1m59s ahead of"},
			5 * time.Minute:   {doctor.Warn, "is 5m0s behind"},
			time.Hour:         {doctor.Fail, "is 1h0m0s behind"},
		} {
			srv.SetTime(time.Now().Add(ahead))
			expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckClock, "", want.status, want.words)
		}
	})
	client := respondingClient(t, func(req *http.Request) (*http.Response, error) {
		body := io.NopCloser(strings.NewReader(`{"error":{"code":"not_found"}}`))
		return &http.Response{StatusCode: 404, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Request: req}, nil
	})
	expect(t, run(t, client, doctor.Params{}), doctor.CheckClock, "", doctor.Inconclusive, "no date")
}

func TestRelease(t *testing.T) {
	for version, want := range map[string]struct {
		status doctor.Status
		words  string
	}{
		"0.71.10":                 {doctor.Pass, "the calls of release 0.71.7"},
		"0.71.7":                  {doctor.Pass, "the calls of release 0.71.7"},
		"0.71.6":                  {doctor.Warn, "the calls of release 0.71.5 and not those of 0.71.7"},
		"0.71.5":                  {doctor.Warn, "the calls of release 0.71.5 and not those of 0.71.7"},
		nangotest.RecordedRelease: {doctor.Warn, "older than release 0.71.5"},
	} {
		srv := start(t)
		srv.SetRelease(version)
		for _, key := range []string{srv.Key(), srv.AddAccountKey(nangotest.Key{}).Secret, srv.AddKey(nangotest.Key{Scopes: []string{"environment:proxy"}}).Secret} {
			expect(t, run(t, srv.ClientWithKey(key), doctor.Params{}), doctor.CheckRelease, "", want.status, want.words)
		}
	}
	// A server that has the dashboard responds to an unknown GET with its page.
	srv := start(t)
	page := nangotest.Respond(200, "text/html", "<!doctype html><title>Nango</title>")
	srv.Inject(nangotest.Rule{Operation: gen.OperationListEnvironments}, page)
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckRelease, "", doctor.Warn, "the calls of release 0.71.5")
	srv.Inject(nangotest.Rule{Operation: gen.OperationGetInvocation}, page)
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckRelease, "", doctor.Warn, "older than release 0.71.5")

	srv = start(t)
	srv.Inject(nangotest.Rule{Operation: gen.OperationListEnvironments}, nangotest.Respond(403, "application/json", `{"message":"no"}`))
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckRelease, "", doctor.Inconclusive, "in front of the server")
}
