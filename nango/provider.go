package nango

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// Provider is the definition of a third-party API that Nango can authorise and call. The fields are the stable part of
// the definition. Extra holds all other members of the server's JSON, by key.
type Provider struct {
	Name              string                     `json:"name"`
	DisplayName       string                     `json:"display_name"`
	AuthMode          string                     `json:"auth_mode"` // OAUTH2, API_KEY, …; new modes can appear
	Docs              string                     `json:"docs"`
	DocsConnect       string                     `json:"docs_connect,omitzero"`
	SetupGuideURL     string                     `json:"setup_guide_url,omitzero"`
	LogoURL           string                     `json:"logo_url"`
	Categories        []string                   `json:"categories,omitzero"`
	DefaultScopes     []string                   `json:"default_scopes,omitzero"`
	AvailableScopes   []string                   `json:"available_scopes,omitzero"`
	ConnectionConfig  map[string]ProviderField   `json:"connection_config,omitzero"`
	Credentials       map[string]ProviderField   `json:"credentials,omitzero"`
	IntegrationConfig map[string]ProviderField   `json:"integration_config,omitzero"`
	Proxy             json.RawMessage            `json:"proxy,omitzero"`
	Extra             map[string]json.RawMessage `json:",embed"`
}

// ProviderField describes one input that a provider asks for: a connection setting, a credential or an integration
// setting. Extra holds all other members of the server's JSON, such as visible_when, by key.
type ProviderField struct {
	Type        string   `json:"type"` // "string" so far
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Example     string   `json:"example,omitzero"`
	Pattern     string   `json:"pattern,omitzero"` // a JavaScript regular expression
	Format      string   `json:"format,omitzero"`  // hostname, uri, uuid or email
	Enum        []string `json:"enum,omitzero"`
	// DefaultValue is nil if there is no default; "" is a default.
	DefaultValue *string `json:"default_value,omitzero"`
	Prefix       string  `json:"prefix,omitzero"`
	Suffix       string  `json:"suffix,omitzero"`
	DocSection   string  `json:"doc_section,omitzero"` // an anchor on the page DocsConnect
	Order        int     `json:"order,omitzero"`
	Optional     bool    `json:"optional,omitzero"`
	Secret       bool    `json:"secret,omitzero"`
	Hidden       bool    `json:"hidden,omitzero"`    // not shown to the customer
	Automated    bool    `json:"automated,omitzero"` // filled in by Nango

	Extra map[string]json.RawMessage `json:",embed"`
}

// UnmarshalJSON decodes a provider's definition. A member without a field goes to Extra. So does a value whose type is
// not the type of its field.
func (p *Provider) UnmarshalJSON(data []byte) error {
	type plain Provider
	return decodeOpen(data, (*plain)(p), &p.Extra)
}

// MarshalJSON encodes the definition in the form in which the server sent it, so that you can cache the catalogue.
func (p Provider) MarshalJSON() ([]byte, error) {
	type plain Provider
	return encodeOpen(plain(p), p.Extra)
}

// UnmarshalJSON decodes the definition of a field, in the way of [Provider.UnmarshalJSON].
func (f *ProviderField) UnmarshalJSON(data []byte) error {
	type plain ProviderField
	return decodeOpen(data, (*plain)(f), &f.Extra)
}

// MarshalJSON encodes the field in the form in which the server sent it.
func (f ProviderField) MarshalJSON() ([]byte, error) {
	type plain ProviderField
	return encodeOpen(plain(f), f.Extra)
}

// decodeOpen decodes an object whose types the API does not guarantee. A value of a wrong type goes to extra, and all
// other fields are set: one wrong definition out of many hundreds must not make the catalogue unreadable.
func decodeOpen[T any](data []byte, v *T, extra *map[string]json.RawMessage) error {
	if jsonx.Unmarshal(data, v) == nil {
		return nil
	}
	var wellTyped map[string]json.RawMessage
	if err := jsonx.Unmarshal(data, &wellTyped); err != nil {
		return err
	}
	wrongTyped := map[string]json.RawMessage{}
	for key, value := range wellTyped {
		alone, err := jsonx.Marshal(map[string]json.RawMessage{key: value})
		if err != nil || jsonx.Unmarshal(alone, new(T)) != nil {
			wrongTyped[key] = value
			delete(wellTyped, key)
		}
	}
	rest, err := jsonx.Marshal(wellTyped)
	if err != nil {
		return err
	}
	*v = *new(T)
	if err := jsonx.Unmarshal(rest, v); err != nil {
		return err
	}
	maps.Copy(wrongTyped, *extra)
	*extra = wrongTyped
	return nil
}

// encodeOpen encodes the fields of a struct and the members of its field Extra as one object.
func encodeOpen(v any, extra map[string]json.RawMessage) ([]byte, error) {
	encoded, err := jsonx.Marshal(v)
	if err != nil {
		return nil, err
	}
	var keys map[string]json.RawMessage
	if err := jsonx.Unmarshal(encoded, &keys); err != nil {
		return nil, err
	}
	delete(keys, "Extra") // encoding/json may encode Extra as an ordinary field
	maps.Copy(keys, extra)
	return jsonx.Marshal(keys)
}

// ProviderService reads the catalogue of providers. The server also accepts the token of a connect session, but the SDK
// sends the API key, which has to belong to one environment.
type ProviderService struct{ client *Client }

// ListProvidersParams filters [ProviderService.List].
type ListProvidersParams struct {
	// Search is a part of the provider's name; case does not matter. The server reads it as a regular expression, so
	// that a dot matches any character. Letters, digits, spaces and ~ : . @ _ - are allowed.
	Search string
	// Language is the language of the texts: en (the default), es, fr or de. It is sent as Accept-Language.
	Language string
}

// List returns every provider that matches, in one response without pages. Without a Search, these are about 980
// providers and 0.9 MB. If no provider matches, the list is empty.
//
// GET /providers (listProviders). Node: listProviders.
func (s *ProviderService) List(ctx context.Context, params *ListProvidersParams) ([]*Provider, error) {
	p := deref(params)
	return decodeData[[]*Provider](s.client.gen.ListProviders(ctx, &gen.ListProvidersParams{
		Search: optional(p.Search), AcceptLanguage: optional(p.Language),
	}))
}

// GetProviderParams are the optional parameters of [ProviderService.Get].
type GetProviderParams struct {
	// Language is the language of the texts, as in [ListProvidersParams].
	Language string
}

// Get returns one provider by its name. A name that does not exist is an error that matches [ErrNotFound].
//
// GET /providers/{provider} (getProvider). Node: getProvider.
func (s *ProviderService) Get(ctx context.Context, provider string, params *GetProviderParams) (*Provider, error) {
	if err := checkID("provider", provider); err != nil {
		return nil, err
	}
	return decodeData[*Provider](s.client.gen.GetProvider(ctx, gen.PathID(provider), &gen.GetProviderParams{
		AcceptLanguage: optional(deref(params).Language),
	}))
}

// Templates returns the syncs and actions that the catalogue offers for a provider, actions first. For a provider that
// does not exist the list is empty, since the server reports no error.
//
// GET /providers/{provider}/templates (listProviderTemplates). Node: getProviderTemplates.
func (s *ProviderService) Templates(ctx context.Context, provider string) ([]*FunctionTemplate, error) {
	if err := checkID("provider", provider); err != nil {
		return nil, err
	}
	return decodeData[[]*FunctionTemplate](s.client.gen.ListProviderTemplates(ctx, gen.PathID(provider)))
}
