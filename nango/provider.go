package nango

import (
	"context"
	"encoding/json"

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

// UnmarshalJSON decodes a provider's definition; keys without a field of their own go to Extra.
func (p *Provider) UnmarshalJSON(data []byte) error {
	type plain Provider
	return jsonx.Unmarshal(data, (*plain)(p))
}

// MarshalJSON encodes the definition in the form in which the server sent it, so that a catalogue can be cached.
func (p Provider) MarshalJSON() ([]byte, error) {
	type plain Provider
	core, err := jsonx.Marshal(struct {
		plain
		Extra struct{} `json:"Extra,omitzero"` // hides plain's, which follows by itself
	}{plain: plain(p)})
	if err != nil || len(p.Extra) == 0 {
		return core, err
	}
	extra, err := jsonx.Marshal(p.Extra)
	if err != nil {
		return nil, err
	}
	return append(append(core[:len(core)-1], ','), extra[1:]...), nil
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

// List returns every provider that matches, in one answer without pages: about 980 and 0.9 MB without a search. No match is
// an empty list.
//
// GET /providers. Node: listProviders.
func (s *ProviderService) List(ctx context.Context, params *ListProvidersParams) ([]*Provider, error) {
	p := value(params)
	out, err := decode[dataOf[[]*Provider]](s.client.gen.ListProviders(ctx, &gen.ListProvidersParams{
		Search: optional(p.Search), AcceptLanguage: optional(p.Language),
	}))
	if err != nil {
		return nil, err
	}
	return out.Data, nil
}

// Get returns one provider by its name. A name that does not exist is an error that matches [ErrNotFound].
//
// GET /providers/{provider}. Node: getProvider.
func (s *ProviderService) Get(ctx context.Context, provider string) (*Provider, error) {
	if err := checkID("provider", provider); err != nil {
		return nil, err
	}
	out, err := decode[dataOf[*Provider]](s.client.gen.GetProvider(ctx, provider, &gen.GetProviderParams{}))
	if err != nil {
		return nil, err
	}
	return out.Data, nil
}

// Templates returns the syncs and actions that the catalogue offers for a provider, actions first. A provider that does not
// exist gives an empty list: the server makes no difference.
//
// GET /providers/{provider}/templates. Node: getProviderTemplates.
func (s *ProviderService) Templates(ctx context.Context, provider string) ([]FunctionTemplate, error) {
	if err := checkID("provider", provider); err != nil {
		return nil, err
	}
	out, err := decode[dataOf[[]FunctionTemplate]](s.client.gen.ListProviderTemplates(ctx, provider))
	if err != nil {
		return nil, err
	}
	return out.Data, nil
}
