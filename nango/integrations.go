package nango

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/nango-go/sdk/gen"
)

// IntegrationService sets providers up in the environment of the API key.
type IntegrationService struct{ client *Client }

// List returns all integrations of the environment, ordered by provider, then by creation. WebhookURL and Credentials are
// empty in them: [IntegrationService.Get] returns those.
//
// GET /integrations (listIntegrations). Node: listIntegrations.
func (s *IntegrationService) List(ctx context.Context) ([]*Integration, error) {
	return decodeData[[]*Integration](s.client.gen.ListIntegrations(ctx))
}

// GetIntegrationParams asks for further parts of an integration.
type GetIntegrationParams struct {
	// IncludeWebhook returns the WebhookURL.
	IncludeWebhook bool
	// IncludeCredentials returns the Credentials. For a key without the scope environment:integrations:read_credentials the server
	// leaves them out and reports no error.
	IncludeCredentials bool
}

// Get returns one integration. One that does not exist is an error that matches [ErrNotFound].
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
	// DisplayName is shown to customers; empty means the provider's.
	DisplayName string
	// App is the developer app: required for the auth modes OAUTH1, OAUTH2, APP and CUSTOM, optional for TBA, refused for all
	// others.
	App DeveloperApp
	// ForwardWebhooks passes the provider's webhooks on; nil means true.
	ForwardWebhooks *bool
	// Config holds settings by name (integration_config), for providers that declare some; see [Provider.IntegrationConfig].
	Config map[string]string
	// Custom holds fields of your own, for providers that declare no settings.
	Custom map[string]string
}

// Create sets a provider up. An unknown provider, an id in use, and an app or settings that do not fit the provider are
// errors that match [ErrInvalid].
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

// CreateQuickstartIntegrationParams describes a new integration on a developer app of Nango's.
type CreateQuickstartIntegrationParams struct {
	Provider        string
	IntegrationID   string
	DisplayName     string // empty means the provider's
	ForwardWebhooks *bool  // nil means true
}

// CreateQuickstart sets a provider up on a developer app that Nango owns, to try it out. A provider for which Nango has no app is
// an error that matches [ErrInvalid]; those with one have the auth modes OAUTH1, OAUTH2 and APP.
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

// UpdateIntegrationParams are the changes of [IntegrationService.Update]; what is not set stays as it is.
type UpdateIntegrationParams struct {
	// Rename gives the integration another id (unique_key). The server refuses it while the integration has connections.
	Rename      string
	DisplayName string
	// App replaces the ids and secrets of the developer app. Its kind cannot change. The server wants its ClientID and ClientSecret
	// also where only the scopes change: [IntegrationService.Get] with IncludeCredentials returns them.
	App             DeveloperApp
	ForwardWebhooks *bool
	// Config changes the settings that are in it; an empty value clears an optional one.
	Config map[string]string
	// Custom is merged into the fields that are there.
	Custom map[string]string
}

// Update changes an integration and returns it as it then is. One that does not exist is an error that matches [ErrNotFound];
// changes that the server refuses match [ErrInvalid].
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

// Delete deletes an integration with its connections and syncs. One that does not exist is an error that matches
// [ErrNotFound].
//
// DELETE /integrations/{uniqueKey} (deleteIntegration). Node: deleteIntegration.
func (s *IntegrationService) Delete(ctx context.Context, integrationID string) error {
	if err := checkID("integrationID", integrationID); err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteIntegration(ctx, gen.PathID(integrationID)))
}

// changedAppJSON is appJSON for an app that exists. The server replaces its parts together.
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
