package nango_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

func TestProvidersGet(t *testing.T) {
	client, server := serve(t, "providers/get-apple-app-store")
	provider, err := client.Providers.Get(t.Context(), "apple-app-store", nil)
	require.NoError(t, err)
	server.requireRecorded()

	extra := slices.Sorted(maps.Keys(provider.Extra))
	provider.Extra = nil
	assert.Equal(t, &nango.Provider{
		Name: "apple-app-store", DisplayName: "Apple App Store", AuthMode: "JWT", Categories: []string{"e-commerce"},
		Docs:        "https://nango.dev/docs/api-integrations/apple-app-store",
		DocsConnect: "https://nango.dev/docs/api-integrations/apple-app-store/connect",
		LogoURL:     "http://localhost:3000/images/template-logos/apple-app-store.svg",
		Proxy:       json.RawMessage(`{"base_url":"https://api.appstoreconnect.apple.com"}`),
		ConnectionConfig: map[string]nango.ProviderField{
			"scope": {
				Type: "string", Title: "Scope", Description: "Restricts the token to specific API requests.", Example: "GET /v1/apps", Optional: true,
			},
		},
		Credentials: map[string]nango.ProviderField{
			"issuerId": {
				Type: "string", Title: "Issuer ID", Description: "Your App Store Connect Issuer ID.", DocSection: "#step-2-note-your-issuer-id-and-key-id",
			},
			"privateKeyId": {
				Type: "string", Title: "Key ID", Description: "Your App Store Connect Key ID.", DocSection: "#step-2-note-your-issuer-id-and-key-id",
			},
			"privateKey": {
				Type: "string", Title: "Private Key", Description: "Your App Store Connect private key.", DocSection: "#step-1-create-an-api-key", Secret: true,
			},
		},
	}, provider)
	assert.Equal(t, []string{"signature", "token"}, extra)
}

func TestProvidersGetInALanguage(t *testing.T) {
	client, server := serve(t, "providers/get-acumatica")
	_, err := client.Providers.Get(t.Context(), "acumatica", &nango.GetProviderParams{Language: "de"})
	require.NoError(t, err)
	server.requireSent(sent{Method: "GET", Path: "/providers/acumatica", Header: map[string][]string{"Accept-Language": {"de"}}})
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
	server.requireSent(sent{
		Method: "GET", Path: "/providers", Query: url.Values{"search": {"github"}}, Header: http.Header{"Accept-Language": {"fr"}},
	})
}

func TestProvidersListDefaults(t *testing.T) {
	client, server := serve(t, "providers/list-search-none")
	providers, err := client.Providers.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, []*nango.Provider{}, providers)
	server.requireSent(sent{Method: "GET", Path: "/providers"})
}

func TestProviderTemplates(t *testing.T) {
	client, server := serve(t, "providers/templates-github", "providers/templates-none")
	templates, err := client.Providers.Templates(t.Context(), "github")
	require.NoError(t, err)
	echo, sync := templates[0], templates[len(templates)-1]
	echo.JSONSchema = nil
	assert.Equal(t, &nango.FunctionTemplate{
		Type: "action", Name: "echo", Description: "Echo the input\n- message: The message to echo\n- times: How many times",
		Scopes: []string{"echo:write"}, Input: "ActionInput_demo_none_echo", Returns: []string{"ActionOutput_demo_none_echo"},
	}, echo)
	assert.Equal(t, nango.FunctionSync, sync.Type, "actions come first")

	none, err := client.Providers.Templates(t.Context(), "slack")
	require.NoError(t, err)
	assert.Equal(t, []*nango.FunctionTemplate{}, none)
	server.requireRecorded()
}

func TestProviderErrors(t *testing.T) {
	for _, test := range []struct {
		recording string
		is        error
		code      string
		fields    []nango.FieldError
		call      func(*nango.ProviderService) error
	}{
		{"providers/get-unknown-404", nango.ErrNotFound, "not_found", nil, func(s *nango.ProviderService) error {
			_, err := s.Get(t.Context(), "zzz-unknown", nil)
			return err
		}},
		{"providers/get-invalid-name", nango.ErrInvalid, "invalid_uri_params",
			[]nango.FieldError{{Code: "invalid_format", Message: "Invalid string: must match pattern /^[a-zA-Z0-9_-]+$/", Path: []string{"provider"}}},
			func(s *nango.ProviderService) error {
				_, err := s.Get(t.Context(), "a b", nil)
				return err
			}},
		{"providers/list-search-invalid-chars", nango.ErrInvalid, "invalid_query_params",
			[]nango.FieldError{{Code: "invalid_format", Message: "Invalid string: must match pattern /^[a-zA-Z0-9~:.@ _-]+$/", Path: []string{"search"}}},
			func(s *nango.ProviderService) error {
				_, err := s.List(t.Context(), &nango.ListProvidersParams{Search: "a(b"})
				return err
			}},
	} {
		t.Run(test.recording, func(t *testing.T) {
			client, server := refused(t, test.recording)
			requireFailure(t, test.call(client.Providers), test.is, test.code, test.fields...)
			server.requireRecorded()
		})
	}
}

// A response without the value that is due is an error, not a nil pointer.
func TestResponseWithoutData(t *testing.T) {
	client, _ := serveBodies(t, `{}`, `{"data":null}`)
	for _, lacks := range []string{"the response has no data", "data is null, not an object"} {
		provider, err := client.Providers.Get(t.Context(), "github", nil)
		assert.Nil(t, provider)
		assert.EqualError(t, err, "nango: GET /providers/{provider}: 200 OK: "+lacks+": is the base URL right?")
	}
}

func TestProviderRoundTrip(t *testing.T) {
	names := recordings.Names("providers")
	tested := 0
	for _, name := range names {
		e, err := recordings.Load(name)
		require.NoError(t, err)
		if e.Response.Status != http.StatusOK || strings.Contains(name, "/list-") || strings.Contains(name, "/templates-") {
			continue
		}
		var definition struct{ Data json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(e.Response.Body), &definition))
		assertProviderRoundTrip(t, string(definition.Data))
		tested++
	}
	assert.Positive(t, tested)
}

func assertProviderRoundTrip(t *testing.T, definition string) nango.Provider {
	t.Helper()
	var provider nango.Provider
	require.NoError(t, json.Unmarshal([]byte(definition), &provider))
	encoded, err := json.Marshal(provider)
	require.NoError(t, err)
	assert.JSONEq(t, definition, string(encoded))
	assert.Equal(t, 1, strings.Count(string(encoded), `"docs":`))
	return provider
}

// Definitions come as their authors wrote them: a value of another type than its field's costs that field only, and nothing
// of it is lost.
func TestProviderOddTypes(t *testing.T) {
	got := assertProviderRoundTrip(t, `{
		"categories": ["crm", 1], "name": "odd", "display_name": "Odd", "auth_mode": "API_KEY", "docs": 7, "logo_url": "",
		"Extra": {"its": "own"}, "default_scopes": "read", "token_url": {"OAUTH2": "u"},
		"credentials": {
			"key": {"type": "string", "title": "", "description": "", "example": 42, "order": "1", "secret": "true", "default_value": "", "enum": ["a"]},
			"plain": {"type": "string", "title": "P", "description": "p", "order": 2, "visible_when": {"field": "key", "equals": "x"}}
		},
		"integration_config": {"broken": "no object"}
	}`)
	empty := ""
	assert.Equal(t, nango.Provider{
		Name: "odd", DisplayName: "Odd", AuthMode: "API_KEY",
		Credentials: map[string]nango.ProviderField{
			"key": {
				Type: "string", DefaultValue: &empty, Enum: []string{"a"},
				Extra: map[string]json.RawMessage{"example": json.RawMessage(`42`), "order": json.RawMessage(`"1"`), "secret": json.RawMessage(`"true"`)},
			},
			"plain": {
				Type: "string", Title: "P", Description: "p", Order: 2,
				Extra: map[string]json.RawMessage{"visible_when": json.RawMessage(`{"field":"key","equals":"x"}`)},
			},
		},
		Extra: map[string]json.RawMessage{
			"docs": json.RawMessage(`7`), "categories": json.RawMessage(`["crm", 1]`), "default_scopes": json.RawMessage(`"read"`),
			"token_url": json.RawMessage(`{"OAUTH2":"u"}`), "Extra": json.RawMessage(`{"its":"own"}`),
			"integration_config": json.RawMessage(`{"broken": "no object"}`),
		},
	}, got)

	client, _ := serveBodies(t, `{"data":[{"name":"a","docs":[]},{"name":"b","docs":"d"}]}`)
	list, err := client.Providers.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, []*nango.Provider{
		{Name: "a", Extra: map[string]json.RawMessage{"docs": json.RawMessage(`[]`)}}, {Name: "b", Docs: "d"},
	}, list)
}

func TestProviderNotAnObject(t *testing.T) {
	for _, text := range []string{`[]`, `"x"`, `7`, `{"name":`} {
		assert.Error(t, json.Unmarshal([]byte(text), new(nango.Provider)), text)
	}
}
