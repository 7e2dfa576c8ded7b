package nango

import (
	"context"
	"net/http"
)

// ConnectSessionInfo is the data of a session that the connect UI reads.
type ConnectSessionInfo struct {
	EndUser        *EndUser `json:"endUser"`
	IntegrationIDs []string `json:"allowed_integrations"` // empty: no restriction
	// Defaults are the preset values by integration id (integrations_config_defaults).
	Defaults  map[string]ConnectSessionDefaults `json:"integrations_config_defaults"`
	Overrides map[string]ConnectOverrides       `json:"overrides"`
	// Reconnecting is true for a session that repairs a connection.
	Reconnecting bool              `json:"isReconnecting"`
	UI           ConnectUISettings `json:"connectUISettings"`
	// WebsocketsPath is set by self-hosted servers only.
	WebsocketsPath string `json:"websocketsPath"`
}

// ConnectSessionDefaults are the preset values of one integration. The server does not return user scopes.
type ConnectSessionDefaults struct {
	AuthorizationParams map[string]string `json:"authorization_params"`
	ConnectionConfig    SecretJSON        `json:"connection_config"`
}

// Get returns the session of a session token. The token replaces the API key in this request. If the token is expired,
// ended or unknown, the error matches [ErrUnauthorized].
//
// GET /connect/session (getConnectSession). Not in the Node SDK.
func (s *ConnectSessionService) Get(ctx context.Context, token string) (*ConnectSessionInfo, error) {
	editor, err := sessionToken(token)
	if err != nil {
		return nil, err
	}
	return decodeData[*ConnectSessionInfo](s.client.gen.GetConnectSession(ctx, editor))
}

// Delete ends the session of a session token. The token replaces the API key in this request. If the session has
// already ended, the error matches [ErrUnauthorized].
//
// DELETE /connect/session (deleteConnectSession). Not in the Node SDK.
func (s *ConnectSessionService) Delete(ctx context.Context, token string) error {
	editor, err := sessionToken(token)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteConnectSession(ctx, editor))
}

// sessionToken returns a function that authorises a request with a session token instead of the API key.
func sessionToken(token string) (func(context.Context, *http.Request) error, error) {
	if token == "" {
		return nil, &ArgumentError{Name: "token", Reason: "is empty"}
	}
	return func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}, nil
}
