package nango

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nango-go/sdk/gen"
)

// AccountService has the calls for the account. It needs a client with an account key: with the key of an environment its calls
// fail with an error that matches [ErrForbidden] and names the scope.
type AccountService struct{ client *Client }

// CreateEnvironmentParams describes a new environment.
type CreateEnvironmentParams struct {
	// Name is made of lower-case letters, digits, _ and -.
	Name string
	// IsProduction makes it a production environment, for which the key also needs the scope account:environments:set_production.
	// Nil means false, but true for the name prod, which must be a production environment.
	IsProduction *bool
	// CallbackURL is the OAuth callback; empty means Nango's.
	CallbackURL string
	// HMACKey and HMACEnabled protect the frontend's calls by public key. The key has at most 1000 characters.
	HMACKey     string
	HMACEnabled *bool
	// SlackNotifications tells of failures in Slack.
	SlackNotifications *bool
	// OTLPEndpoint and OTLPHeaders export traces; where accounts have plans, they need one that has the feature.
	OTLPEndpoint string
	OTLPHeaders  map[string]string // at most 100
}

// CreateEnvironment makes an environment. A name in use is an error that matches [ErrConflict]; more environments than the plan
// allows fail with the code resource_capped. The server makes a key for the environment and does not return it: make one with
// [AccountService.CreateAPIKey].
//
// POST /environments (createEnvironment). Not in the Node SDK.
func (s *AccountService) CreateEnvironment(ctx context.Context, params CreateEnvironmentParams) (*Environment, error) {
	body := gen.CreateEnvironmentRequest{
		Name:               params.Name,
		IsProduction:       params.IsProduction,
		CallbackURL:        optional(params.CallbackURL),
		HmacKey:            optional(params.HMACKey),
		HmacEnabled:        params.HMACEnabled,
		SlackNotifications: params.SlackNotifications,
		OtlpEndpoint:       optional(params.OTLPEndpoint),
	}
	for _, name := range slices.Sorted(maps.Keys(params.OTLPHeaders)) {
		body.OtlpHeaders = append(body.OtlpHeaders, gen.OTLPHeaderInput{Name: name, Value: params.OTLPHeaders[name]})
	}
	return decodeData[*Environment](s.client.gen.CreateEnvironment(ctx, body))
}

// DeleteEnvironment deletes an environment. The one named prod is refused with the code
// cannot_delete_prod_environment; one that does not exist is an error that matches [ErrNotFound].
//
// DELETE /environments/{environmentId} (deleteEnvironment). Not in the Node SDK.
func (s *AccountService) DeleteEnvironment(ctx context.Context, environmentID int64) error {
	if err := checkNumber("environmentID", environmentID); err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteEnvironment(ctx, environmentID))
}

// APIKey is a new key of an environment.
type APIKey struct {
	ID          int64     `json:"id"`
	UUID        string    `json:"uuid"` // empty from servers up to 0.71.4
	DisplayName string    `json:"display_name"`
	Scopes      []string  `json:"scopes"`
	Secret      Secret    `json:"secret"`
	CreatedAt   time.Time `json:"created_at"`
}

// CreateAPIKeyParams describes a new key.
type CreateAPIKeyParams struct {
	EnvironmentID int64
	DisplayName   string
}

// CreateAPIKey makes a key with all scopes of an environment. Its secret is in this response and nowhere else. A name in use is
// an error that matches [ErrConflict], an environment that does not exist one that matches [ErrNotFound]. An environment has
// 50 keys at most; one more is refused with the code resource_capped.
//
// POST /environment/api-keys (createAPIKey). Not in the Node SDK.
func (s *AccountService) CreateAPIKey(ctx context.Context, params CreateAPIKeyParams) (*APIKey, error) {
	if err := checkNumber("EnvironmentID", params.EnvironmentID); err != nil {
		return nil, err
	}
	return decodeData[*APIKey](s.client.gen.CreateAPIKey(ctx, gen.CreateAPIKeyRequest{
		EnvironmentID: params.EnvironmentID, DisplayName: params.DisplayName,
	}))
}

// DeleteAPIKeyParams names a key.
type DeleteAPIKeyParams struct {
	EnvironmentID int64
	KeyID         int64
}

// DeleteAPIKey deletes a key. A key or an environment that does not exist is an error that matches [ErrNotFound].
//
// DELETE /environment/api-keys (deleteAPIKey). Not in the Node SDK.
func (s *AccountService) DeleteAPIKey(ctx context.Context, params DeleteAPIKeyParams) error {
	if err := checkNumber("EnvironmentID", params.EnvironmentID); err != nil {
		return err
	}
	if err := checkNumber("KeyID", params.KeyID); err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteAPIKey(ctx, gen.DeleteAPIKeyRequest{EnvironmentID: params.EnvironmentID, KeyID: params.KeyID}))
}
