package nango

import (
	"context"
	"net/http"
)

// ConnectSessionInfo is what the connect UI reads about its session.
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

// Get returns the session of a session token, which takes the place of the API key. An expired, ended or unknown token is an
// error that matches [ErrUnauthorized].
//
// GET /connect/session (getConnectSession). Not in the Node SDK.
func (s *ConnectSessionService) Get(ctx context.Context, token string) (*ConnectSessionInfo, error) {
	editor, err := sessionToken(token)
	if err != nil {
		return nil, err
	}
	return decodeData[*ConnectSessionInfo](s.client.gen.GetConnectSession(ctx, editor))
}

// Delete ends the session of a session token, which takes the place of the API key. A session that is gone already is an
// error that matches [ErrUnauthorized].
//
// DELETE /connect/session (deleteConnectSession). Not in the Node SDK.
func (s *ConnectSessionService) Delete(ctx context.Context, token string) error {
	editor, err := sessionToken(token)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.DeleteConnectSession(ctx, editor))
}

// sessionToken authorises one request with a session token instead of the API key.
func sessionToken(token string) (func(context.Context, *http.Request) error, error) {
	if token == "" {
		return nil, &ArgumentError{Name: "token", Reason: "is empty"}
	}
	return func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}, nil
}
