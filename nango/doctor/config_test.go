package doctor_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
)

func TestBaseURL(t *testing.T) {
	for base, want := range map[string]struct {
		status doctor.Status
		words  string
	}{
		"https://api.nango.dev":              {doctor.Pass, "api.nango.dev"},
		"http://localhost:3003":              {doctor.Pass, "localhost:3003"},
		"http://127.0.0.1:3003":              {doctor.Pass, "127.0.0.1:3003"},
		"http://[::1]:3003":                  {doctor.Pass, "[::1]:3003"},
		"http://10.1.2.3:3003":               {doctor.Pass, "10.1.2.3"},
		"http://nango-server:3003":           {doctor.Pass, "nango-server"},
		"http://nango.prod.svc":              {doctor.Pass, "nango.prod.svc"},
		"https://nango.example.com/api":      {doctor.Pass, "nango.example.com"},
		"http://nango.example.com":           {doctor.Warn, "unencrypted"},
		"http://203.0.113.7:3003":            {doctor.Warn, "unencrypted"},
		"http://localhost:3009":              {doctor.Warn, "3003"},
		"https://app.nango.dev":              {doctor.Fail, "https://api.nango.dev"},
		"https://APP.nango.dev/dev":          {doctor.Fail, "https://api.nango.dev"},
		"https://docs.nango.dev":             {doctor.Fail, "pages for people"},
		"http://api.nango.dev":               {doctor.Fail, "unencrypted"},
		"https://api.nango.dev/v1":           {doctor.Fail, "no prefix"},
		"https://nango.example.com/api/v1":   {doctor.Fail, "dashboard"},
		"https://nango.example.com/proxy/":   {doctor.Fail, "/proxy"},
		"https://nango.example.com/my-proxy": {doctor.Pass, "nango.example.com"},
	} {
		t.Run(base, func(t *testing.T) {
			client, err := nango.New(someKey, nango.WithBaseURL(base))
			require.NoError(t, err)
			expect(t, run(t, client, doctor.Params{NoNetwork: true}), doctor.CheckBaseURL, "", want.status, want.words)
		})
	}
}

func TestKeyForm(t *testing.T) {
	for key, want := range map[string]struct {
		status doctor.Status
		words  string
	}{
		someKey:                                {doctor.Pass, "looks like an API key"},
		"0B9A6C1E-7D54-4E2F-9A38-2C61F0D4B7EA": {doctor.Pass, "looks like an API key"},
		"0b9a6c1e-7d54-1e2f-9a38-2c61f0d4b7ea": {doctor.Warn, "UUID of version 4"},
		"0b9a6c1e":                             {doctor.Warn, "UUID of version 4"},
		"nango_connect_session_" + "0123456789abcdef": {doctor.Fail, "customer's browser"},
	} {
		client, err := nango.New(key)
		require.NoError(t, err)
		report := run(t, client, doctor.Params{NoNetwork: true})
		expect(t, report, doctor.CheckKeyForm, "", want.status, want.words)
		assert.NotContains(t, report.String(), key)
	}
}

func TestSigningKey(t *testing.T) {
	client, err := nango.New(someKey)
	require.NoError(t, err)
	for name, want := range map[string]struct {
		params doctor.Params
		status doctor.Status
		words  string
	}{
		"right":                   {doctor.Params{SigningKey: nango.NewSecret(signingKey)}, doctor.Pass, "not the API key"},
		"none":                    {doctor.Params{}, doctor.Skipped, "Params.SigningKey"},
		"none, but a receiver":    {doctor.Params{WebhookURL: "https://hooks.example.com"}, doctor.Fail, "no webhook signing key"},
		"the API key":             {doctor.Params{SigningKey: nango.NewSecret(someKey)}, doctor.Warn, "is the API key"},
		"the API key, upper case": {doctor.Params{SigningKey: nango.NewSecret("0B9A6C1E-7D54-4E2F-9A38-2C61F0D4B7EA")}, doctor.Warn, "is the API key"},
		"a line end":              {doctor.Params{SigningKey: nango.NewSecret(signingKey + "\n")}, doctor.Fail, "white space"},
		"something else":          {doctor.Params{SigningKey: nango.NewSecret("whsec_123")}, doctor.Warn, "does not look like one"},
	} {
		t.Run(name, func(t *testing.T) {
			want.params.NoNetwork = true
			expect(t, run(t, client, want.params), doctor.CheckSigningKey, "", want.status, want.words)
		})
	}
}

// Without the network no request is sent, and the caller's observer hears of none. All other checks are skipped and say so.
func TestNoNetwork(t *testing.T) {
	client := respondingClient(t, func(req *http.Request) (*http.Response, error) {
		t.Errorf("a request was sent: %s", req.Method)
		return nil, http.ErrServerClosed
	})
	client, err := client.With(nango.WithObserver(nango.Observer{CallStart: func(ctx context.Context, c nango.Call) context.Context {
		t.Errorf("the observer hears of %s", c.Operation)
		return ctx
	}}))
	require.NoError(t, err)
	report := run(t, client, doctor.Params{NoNetwork: true, SigningKey: nango.NewSecret(signingKey), WebhookURL: "https://hooks.example.com"})
	for i, c := range report.Checks {
		if i < 3 {
			assert.Equal(t, doctor.Pass, c.Status, "%v", c)
			continue
		}
		assert.Equal(t, doctor.Skipped, c.Status, "%v", c)
		assert.Contains(t, c.Seen, "needs the network")
	}
	assert.Greater(t, len(report.Checks), 10)
}
