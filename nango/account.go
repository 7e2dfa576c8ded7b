package nango

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nango-go/sdk/gen"
)

// AccountService manages the environments of the account and their API keys. It needs a client with an account key.
// With the key of an environment, a server that has the call responds with an error that matches [ErrForbidden] and
// names the scope.
//
// Environments and keys are identified by UUIDs, as servers from 0.71.6 on do. Older servers identify them by numbers,
// and have no list: there only CreateEnvironment works, from 0.71.5 on. docs/compatibility.md has a table.
type AccountService struct{ client *Client }

// ListEnvironmentsParams selects environments.
type ListEnvironmentsParams struct {
	// Name selects the environment with exactly this name; empty selects all.
	Name string
}

// ListEnvironments returns the environments of the account, with their UUIDs. If there is none with the name, the list
// is empty. The key needs the scope account:environments:list. Servers before 0.71.7 do not have this call.
//
// GET /environments (listEnvironments). Not in the Node SDK.
func (s *AccountService) ListEnvironments(ctx context.Context, params *ListEnvironmentsParams) ([]*Environment, error) {
	return decodeData[[]*Environment](s.client.gen.ListEnvironments(ctx, &gen.ListEnvironmentsParams{Name: optional(deref(params).Name)}))
}

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
// not return it: make one with [AccountService.CreateAPIKey], or find that one with [AccountService.ListAPIKeys].
//
// Servers before 0.71.5 do not have this call. The response of 0.71.5 has no UUID, so that no other method of this
// service can use the environment: delete it by its ID, with [Client.Generated].
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
// cannot_delete_prod_environment. If the environment does not exist, the error matches [ErrNotFound]. Servers before
// 0.71.6 do not know UUIDs and refuse the request.
//
// DELETE /environments/{environmentUuid} (deleteEnvironment). Not in the Node SDK.
func (s *AccountService) DeleteEnvironment(ctx context.Context, environmentUUID string) error {
	if err := checkUUID("environmentUUID", environmentUUID); err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteEnvironment(ctx, gen.PathID(environmentUUID)))
}

// APIKey is a key of an environment.
type APIKey struct {
	ID          int64    `json:"id"`
	UUID        string   `json:"uuid"`
	DisplayName string   `json:"display_name"`
	Scopes      []string `json:"scopes"`
	// Secret is the key itself. [AccountService.ListAPIKeys] leaves it empty.
	Secret Secret `json:"secret"`
	// LastUsedAt is zero if the key was never used, and in the result of [AccountService.CreateAPIKey].
	LastUsedAt time.Time `json:"last_used_at"`
	CreatedAt  time.Time `json:"created_at"`
}

// APIKeyRef identifies a key of an environment.
type APIKeyRef struct {
	EnvironmentUUID string
	KeyUUID         string
}

func (r APIKeyRef) check() error {
	if err := checkUUID("EnvironmentUUID", r.EnvironmentUUID); err != nil {
		return err
	}
	return checkUUID("KeyUUID", r.KeyUUID)
}

// ListAPIKeysParams selects keys of an environment.
type ListAPIKeysParams struct {
	// DisplayName selects the key with exactly this name; empty selects all.
	DisplayName string
}

// ListAPIKeys returns the keys of an environment, without their secrets: [AccountService.GetAPIKey] returns those. If
// there is none with the name, the list is empty. If the environment does not exist, the error matches [ErrNotFound].
// The key needs the scope account:environments:api_keys:list. Servers before 0.71.7 do not have this call.
//
// GET /environments/{environmentUuid}/api-keys (listAPIKeys). Not in the Node SDK.
func (s *AccountService) ListAPIKeys(ctx context.Context, environmentUUID string, params *ListAPIKeysParams) ([]*APIKey, error) {
	if err := checkUUID("environmentUUID", environmentUUID); err != nil {
		return nil, err
	}
	return decodeData[[]*APIKey](s.client.gen.ListAPIKeys(ctx, gen.PathID(environmentUUID),
		&gen.ListAPIKeysParams{DisplayName: optional(deref(params).DisplayName)}))
}

// GetAPIKey returns a key with its secret. If the key or the environment does not exist, the error matches
// [ErrNotFound]. The key of the client needs the scope account:environments:api_keys:read. Servers before 0.71.7 do not
// have this call.
//
// GET /environments/{environmentUuid}/api-keys/{keyUuid} (getAPIKey). Not in the Node SDK.
func (s *AccountService) GetAPIKey(ctx context.Context, key APIKeyRef) (*APIKey, error) {
	if err := key.check(); err != nil {
		return nil, err
	}
	return decodeData[*APIKey](s.client.gen.GetAPIKey(ctx, gen.PathID(key.EnvironmentUUID), gen.PathID(key.KeyUUID)))
}

// CreateAPIKeyParams describes a new key.
type CreateAPIKeyParams struct {
	EnvironmentUUID string
	// DisplayName has 1 to 255 characters.
	DisplayName string
}

// CreateAPIKey makes a key for an environment and returns it with its secret. The key has all scopes of an environment.
// If the name is in use, the error matches [ErrConflict]. If the environment does not exist, the error matches
// [ErrNotFound]. An environment can have at most 50 keys; the server refuses one more with the code resource_capped.
// Servers before 0.71.6 do not have this call.
//
// POST /environments/{environmentUuid}/api-keys (createAPIKey). Not in the Node SDK.
func (s *AccountService) CreateAPIKey(ctx context.Context, params CreateAPIKeyParams) (*APIKey, error) {
	if err := checkUUID("EnvironmentUUID", params.EnvironmentUUID); err != nil {
		return nil, err
	}
	return decodeData[*APIKey](s.client.gen.CreateAPIKey(ctx, gen.PathID(params.EnvironmentUUID), gen.CreateAPIKeyRequest{DisplayName: params.DisplayName}))
}

// DeleteAPIKey deletes a key. If the key or the environment does not exist, the error matches [ErrNotFound]. Servers
// before 0.71.6 do not have this call.
//
// DELETE /environments/{environmentUuid}/api-keys/{keyUuid} (deleteAPIKey). Not in the Node SDK.
func (s *AccountService) DeleteAPIKey(ctx context.Context, key APIKeyRef) error {
	if err := key.check(); err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteAPIKey(ctx, gen.PathID(key.EnvironmentUUID), gen.PathID(key.KeyUUID)))
}
