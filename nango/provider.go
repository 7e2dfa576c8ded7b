package nango

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// Provider is a third-party API that Nango knows how to authorise and call. The server sends its definition as it stands:
// the fields here are the stable core, Extra holds the rest by wire key.
type Provider struct {
	Name              string                     `json:"name"`
	DisplayName       string                     `json:"display_name"`
	AuthMode          string                     `json:"auth_mode"` // OAUTH2, API_KEY, …; an open set
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

// ProviderField describes one input that a provider asks for: a connection setting, a credential or an integration setting.
// Extra holds by wire key what has no field here, such as visible_when.
type ProviderField struct {
	Type        string   `json:"type"` // "string" so far
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Example     string   `json:"example,omitzero"`
	Pattern     string   `json:"pattern,omitzero"` // a JavaScript regular expression
	Format      string   `json:"format,omitzero"`  // hostname, uri, uuid or email
	Enum        []string `json:"enum,omitzero"`
	// DefaultValue is nil where there is none; "" is a value.
	DefaultValue *string `json:"default_value,omitzero"`
	Prefix       string  `json:"prefix,omitzero"`
	Suffix       string  `json:"suffix,omitzero"`
	DocSection   string  `json:"doc_section,omitzero"` // an anchor in the page of DocsConnect
	Order        int     `json:"order,omitzero"`
	Optional     bool    `json:"optional,omitzero"`
	Secret       bool    `json:"secret,omitzero"`
	Hidden       bool    `json:"hidden,omitzero"`    // not shown to the customer
	Automated    bool    `json:"automated,omitzero"` // filled in by Nango

	Extra map[string]json.RawMessage `json:",embed"`
}

// UnmarshalJSON decodes a provider's definition. Keys without a field of their own go to Extra, and so does a value that is
// not of its field's type.
func (p *Provider) UnmarshalJSON(data []byte) error {
	type plain Provider
	return decodeOpen(data, (*plain)(p), &p.Extra)
}

// MarshalJSON encodes the definition in the form in which the server sent it, so that a catalogue can be cached.
func (p Provider) MarshalJSON() ([]byte, error) {
	type plain Provider
	return encodeOpen(plain(p), p.Extra)
}

// UnmarshalJSON decodes a field's definition as [Provider.UnmarshalJSON] does a provider's.
func (f *ProviderField) UnmarshalJSON(data []byte) error {
	type plain ProviderField
	return decodeOpen(data, (*plain)(f), &f.Extra)
}

// MarshalJSON encodes the field in the form in which the server sent it.
func (f ProviderField) MarshalJSON() ([]byte, error) {
	type plain ProviderField
	return encodeOpen(plain(f), f.Extra)
}

// decodeOpen decodes an object of which nobody guarantees the types: a value that does not fit its field goes to extra and
// costs nothing else. One definition out of many hundred must not make the catalogue unreadable.
func decodeOpen[T any](data []byte, v *T, extra *map[string]json.RawMessage) error {
	if jsonx.Unmarshal(data, v) == nil {
		return nil
	}
	var fitting map[string]json.RawMessage
	if err := jsonx.Unmarshal(data, &fitting); err != nil {
		return err
	}
	odd := map[string]json.RawMessage{}
	for key, value := range fitting {
		alone, err := jsonx.Marshal(map[string]json.RawMessage{key: value})
		if err != nil || jsonx.Unmarshal(alone, new(T)) != nil {
			odd[key] = value
			delete(fitting, key)
		}
	}
	rest, err := jsonx.Marshal(fitting)
	if err != nil {
		return err
	}
	*v = *new(T)
	if err := jsonx.Unmarshal(rest, v); err != nil {
		return err
	}
	maps.Copy(odd, *extra)
	*extra = odd
	return nil
}

// encodeOpen encodes a struct with the keys of its field Extra beside its own.
func encodeOpen(v any, extra map[string]json.RawMessage) ([]byte, error) {
	encoded, err := jsonx.Marshal(v)
	if err != nil {
		return nil, err
	}
	var keys map[string]json.RawMessage
	if err := jsonx.Unmarshal(encoded, &keys); err != nil {
		return nil, err
	}
	delete(keys, "Extra") // encoding/json may take the field for one like any other
	maps.Copy(keys, extra)
	return jsonx.Marshal(keys)
}

// ProviderService reads the catalogue of providers. A connect session's token is enough for the server; the SDK sends the
// API key, which has to belong to one environment.
type ProviderService struct{ client *Client }

// ListProvidersParams narrows [ProviderService.List].
type ListProvidersParams struct {
	// Search is a regular expression to the server, matched without regard to case and unanchored against the provider's
	// name. Letters, digits and ~ : . @ _ - and space are allowed; a dot matches any character.
	Search string
	// Language picks the language of the texts: en (the default), es, fr or de. It is sent as Accept-Language.
	Language string
}

// List returns every provider that matches, in one response without pages: about 980 and 0.9 MB without a search. No match is
// an empty list.
//
// GET /providers (listProviders). Node: listProviders.
func (s *ProviderService) List(ctx context.Context, params *ListProvidersParams) ([]*Provider, error) {
	p := deref(params)
	return decodeData[[]*Provider](s.client.gen.ListProviders(ctx, &gen.ListProvidersParams{
		Search: optional(p.Search), AcceptLanguage: optional(p.Language),
	}))
}

// GetProviderParams shape [ProviderService.Get].
type GetProviderParams struct {
	// Language picks the language of the texts, as for [ProviderService.List].
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

// Templates returns the syncs and actions that the catalogue offers for a provider, actions first. A provider that does not
// exist gives an empty list: the server makes no difference.
//
// GET /providers/{provider}/templates (listProviderTemplates). Node: getProviderTemplates.
func (s *ProviderService) Templates(ctx context.Context, provider string) ([]*FunctionTemplate, error) {
	if err := checkID("provider", provider); err != nil {
		return nil, err
	}
	return decodeData[[]*FunctionTemplate](s.client.gen.ListProviderTemplates(ctx, gen.PathID(provider)))
}
