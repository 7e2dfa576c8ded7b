package nango

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/nango-go/sdk/gen"
)

// IntegrationService manages the integrations in the environment of the API key.
type IntegrationService struct{ client *Client }

// List returns all integrations of the environment, ordered by provider, then by creation. It does not set WebhookURL
// and Credentials: [IntegrationService.Get] returns them.
//
// GET /integrations (listIntegrations). Node: listIntegrations.
func (s *IntegrationService) List(ctx context.Context) ([]*Integration, error) {
	return decodeData[[]*Integration](s.client.gen.ListIntegrations(ctx))
}

// GetIntegrationParams selects optional fields of an integration.
type GetIntegrationParams struct {
	// IncludeWebhook returns the WebhookURL.
	IncludeWebhook bool
	// IncludeCredentials returns the Credentials. If the API key lacks the scope
	// environment:integrations:read_credentials, the server omits them and reports no error.
	IncludeCredentials bool
}

// Get returns one integration. An integration that does not exist is an error that matches [ErrNotFound].
//
// GET /integrations/{uniqueKey} (getIntegration). Node: getIntegration.
func (s *IntegrationService) Get(ctx context.Context, integrationID string, params *GetIntegrationParams) (*Integration, error) {
	if err := checkID("integrationID", integrationID); err != nil {
		return nil, err
	}
	p, query := deref(params), &gen.GetIntegrationParams{}
	if p.IncludeWebhook {
		query.Include = append(query.Include, "webhook")
	}
	if p.IncludeCredentials {
		query.Include = append(query.Include, "credentials")
	}
	return decodeData[*Integration](s.client.gen.GetIntegration(ctx, gen.PathID(integrationID), query))
}

// CreateIntegrationParams describes a new integration.
type CreateIntegrationParams struct {
	// Provider is the provider's name, as in the catalogue of [ProviderService].
	Provider string
	// IntegrationID is the id of your choice (unique_key): up to 255 letters, digits, spaces and ~ : . @ _ -.
	IntegrationID string
	// DisplayName is the name that customers see; empty means the provider's name.
	DisplayName string
	// App is the developer app. The auth modes OAUTH1, OAUTH2, APP and CUSTOM require it, TBA allows it, and the server
	// refuses it for all others.
	App DeveloperApp
	// ForwardWebhooks decides whether Nango forwards the provider's webhooks to you; nil means true.
	ForwardWebhooks *bool
	// Config holds settings by name (integration_config), for providers that declare settings; see
	// [Provider.IntegrationConfig].
	Config map[string]string
	// Custom holds fields of your own, for providers that declare no settings.
	Custom map[string]string
}

// Create creates an integration. An unknown provider, an id that exists already, and an app or settings that are wrong
// for the provider are errors that match [ErrInvalid].
//
// POST /integrations (createIntegration). Node: createIntegration.
func (s *IntegrationService) Create(ctx context.Context, params CreateIntegrationParams) (*Integration, error) {
	if err := checkHeaderID("IntegrationID", params.IntegrationID); err != nil {
		return nil, err
	}
	credentials, err := appJSON(params.App)
	if err != nil {
		return nil, err
	}
	return decodeData[*Integration](s.client.gen.CreateIntegration(ctx, gen.CreateIntegrationRequest{
		Provider:          params.Provider,
		UniqueKey:         params.IntegrationID,
		DisplayName:       optional(params.DisplayName),
		Credentials:       credentials,
		ForwardWebhooks:   params.ForwardWebhooks,
		IntegrationConfig: optionalMap(params.Config),
		Custom:            optionalMap(params.Custom),
	}))
}

// CreateQuickstartIntegrationParams describes a new integration that uses a developer app of Nango.
type CreateQuickstartIntegrationParams struct {
	Provider        string
	IntegrationID   string
	DisplayName     string // empty means the provider's name
	ForwardWebhooks *bool  // nil means true
}

// CreateQuickstart creates an integration that uses a developer app of Nango, so that you can try the provider out.
// Nango has apps for some providers of the auth modes OAUTH1, OAUTH2 and APP. Any other provider is an error that
// matches [ErrInvalid].
//
// POST /integrations/quickstart (createQuickstartIntegration). Node: createQuickstartIntegration.
func (s *IntegrationService) CreateQuickstart(ctx context.Context, params CreateQuickstartIntegrationParams) (*Integration, error) {
	if err := checkHeaderID("IntegrationID", params.IntegrationID); err != nil {
		return nil, err
	}
	return decodeData[*Integration](s.client.gen.CreateQuickstartIntegration(ctx, gen.CreateQuickstartIntegrationRequest{
		Provider:        params.Provider,
		UniqueKey:       params.IntegrationID,
		DisplayName:     optional(params.DisplayName),
		ForwardWebhooks: params.ForwardWebhooks,
	}))
}

// UpdateIntegrationParams are the changes of [IntegrationService.Update]. A field that is not set changes nothing.
type UpdateIntegrationParams struct {
	// Rename gives the integration another id (unique_key). The server refuses it while the integration has
	// connections.
	Rename      string
	DisplayName string
	// App replaces the ids and secrets of the developer app. Its type cannot change. The server requires the ClientID
	// and the ClientSecret even if only the scopes change: [IntegrationService.Get] with IncludeCredentials returns
	// them.
	App             DeveloperApp
	ForwardWebhooks *bool
	// Config changes the settings that it holds; an empty value clears an optional setting.
	Config map[string]string
	// Custom is merged into the existing fields.
	Custom map[string]string
}

// Update changes an integration and returns the changed integration. An integration that does not exist is an error
// that matches [ErrNotFound]. If the server refuses the changes, the error matches [ErrInvalid].
//
// PATCH /integrations/{uniqueKey} (updateIntegration). Node: updateIntegration.
func (s *IntegrationService) Update(ctx context.Context, integrationID string, params *UpdateIntegrationParams) (*Integration, error) {
	if err := checkID("integrationID", integrationID); err != nil {
		return nil, err
	}
	p := deref(params)
	if p.Rename != "" {
		if err := checkHeaderID("Rename", p.Rename); err != nil {
			return nil, err
		}
	}
	credentials, err := changedAppJSON(p.App)
	if err != nil {
		return nil, err
	}
	return decodeData[*Integration](s.client.gen.UpdateIntegration(ctx, gen.PathID(integrationID), gen.UpdateIntegrationRequest{
		UniqueKey:         optional(p.Rename),
		DisplayName:       optional(p.DisplayName),
		Credentials:       credentials,
		ForwardWebhooks:   p.ForwardWebhooks,
		IntegrationConfig: optionalMap(p.Config),
		Custom:            optionalMap(p.Custom),
	}))
}

// Delete deletes an integration with its connections and syncs. An integration that does not exist is an error that
// matches [ErrNotFound].
//
// DELETE /integrations/{uniqueKey} (deleteIntegration). Node: deleteIntegration.
func (s *IntegrationService) Delete(ctx context.Context, integrationID string) error {
	if err := checkID("integrationID", integrationID); err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteIntegration(ctx, gen.PathID(integrationID)))
}

// changedAppJSON is appJSON for an update. The server replaces ClientID and ClientSecret together, so an update needs
// both.
func changedAppJSON(app DeveloperApp) (*json.RawMessage, error) {
	raw, err := appJSON(app)
	if err != nil || raw == nil {
		return nil, err
	}
	if body, _ := app.body(); body.Type != "APP" && (body.ClientID == "" || body.ClientSecret == "") {
		return nil, &ArgumentError{Name: "App", Reason: "has no ClientID or no ClientSecret; the server wants both, also where only the scopes change"}
	}
	return raw, nil
}

func appJSON(app DeveloperApp) (*json.RawMessage, error) {
	if app == nil {
		return nil, nil
	}
	if isNilPointer(app) {
		return nil, &ArgumentError{Name: "App", Reason: "is a nil pointer"}
	}
	body, err := app.body()
	if err != nil {
		return nil, err
	}
	raw, err := encode("App", body)
	return &raw, err
}

func isNilPointer(v any) bool {
	value := reflect.ValueOf(v)
	return value.Kind() == reflect.Pointer && value.IsNil()
}
