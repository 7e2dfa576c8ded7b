package nango_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

func TestProvidersGet(t *testing.T) {
	client, server := serve(t, "providers/get-acumatica")
	provider, err := client.Providers.Get(t.Context(), "acumatica")
	require.NoError(t, err)
	server.requireRecorded()
	assert.Equal(t, "Acumatica", provider.DisplayName)
	assert.Equal(t, "OAUTH2_CC", provider.AuthMode)
	assert.JSONEq(t, `"https://${connectionConfig.instanceUrl}/identity/connect/token"`, string(provider.Extra["token_url"]))

	// Cached as JSON a definition has lost nothing.
	encoded, err := json.Marshal(provider)
	require.NoError(t, err)
	var answer struct{ Data json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(server.answers[0].Response.Body), &answer))
	assert.JSONEq(t, string(answer.Data), string(encoded))
}

func TestProvidersList(t *testing.T) {
	client, server := serve(t, "providers/list-search")
	providers, err := client.Providers.List(t.Context(), &nango.ListProvidersParams{Search: "github", Language: "fr"})
	require.NoError(t, err)
	names := make([]string, len(providers))
	for i, p := range providers {
		names[i] = p.Name
	}
	assert.Equal(t, []string{"github", "github-app", "github-app-oauth", "github-pat"}, names)
	want := sent{Method: "GET", Path: "/providers", Query: url.Values{"search": {"github"}}, Header: map[string][]string{"Accept-Language": {"fr"}}}
	server.requireSent(want)
}
