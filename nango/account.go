package nango

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nango-go/sdk/gen"
)

// AccountService manages the environments of the account and their API keys. It needs a client with an account key.
// With the key of an environment, every call returns an error that matches [ErrForbidden] and names the scope. The calls
// work with servers of 0.71.5: from 0.71.6 on their paths are others, and older servers have none.
type AccountService struct{ client *Client }

// CreateEnvironmentParams describes a new environment.
type CreateEnvironmentParams struct {
	// Name is made of lower-case letters, digits, _ and -.
	Name string
	// IsProduction makes it a production environment. The key then also needs the scope
	// account:environments:set_production. Nil means false, except for an environment named prod: it is always a
	// production environment, and the server refuses false.
	IsProduction *bool
	// CallbackURL is the OAuth callback; empty means Nango's.
	CallbackURL string
	// HMACKey and HMACEnabled protect the calls that a frontend makes with the public key. HMACKey has at most 1000
	// characters.
	HMACKey     string
	HMACEnabled *bool
	// SlackNotifications sends failures to Slack.
	SlackNotifications *bool
	// OTLPEndpoint and OTLPHeaders export traces. On servers with plans, the plan must have this feature.
	OTLPEndpoint string
	OTLPHeaders  map[string]string // at most 100
}

// CreateEnvironment makes an environment. If the name is in use, the error matches [ErrConflict]. If the plan allows no
// more environments, the error has the code resource_capped. The server also makes a key for the environment but does
// not return it: make one with [AccountService.CreateAPIKey].
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

// DeleteEnvironment deletes an environment. The server refuses to delete the one named prod, with the code
// cannot_delete_prod_environment. If the environment does not exist, the error matches [ErrNotFound].
//
// DELETE /environments/{environmentId} (deleteEnvironment). Not in the Node SDK.
func (s *AccountService) DeleteEnvironment(ctx context.Context, environmentID int64) error {
	if err := checkNumber("environmentID", environmentID); err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteEnvironment(ctx, environmentID))
}

// APIKey is a new key of an environment, with its secret.
type APIKey struct {
	ID          int64     `json:"id"`
	UUID        string    `json:"uuid"` // empty from servers before 0.71.6
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

// CreateAPIKey makes a key for an environment. The key has all scopes of an environment. Only this response holds its
// secret. If the name is in use, the error matches [ErrConflict]. If the environment does not exist, the error matches
// [ErrNotFound]. An environment can have at most 50 keys; the server refuses one more with the code resource_capped.
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

// DeleteAPIKeyParams identifies a key.
type DeleteAPIKeyParams struct {
	EnvironmentID int64
	KeyID         int64
}

// DeleteAPIKey deletes a key. If the key or the environment does not exist, the error matches [ErrNotFound].
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
