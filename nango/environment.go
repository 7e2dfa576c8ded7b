package nango

import (
	"context"
)

// EnvironmentService is what belongs to the environment of the API key.
type EnvironmentService struct{ client *Client }

// EnvironmentVariable is a variable that functions can read.
type EnvironmentVariable struct {
	Name  string `json:"name"`
	Value Secret `json:"value"`
}

// Variables returns the variables of the environment.
//
// GET /environment-variables. Node: getEnvironmentVariables.
func (s *EnvironmentService) Variables(ctx context.Context) ([]EnvironmentVariable, error) {
	out, err := decode[[]EnvironmentVariable](s.client.gen.ListEnvironmentVariables(ctx))
	return value(out), err
}

// RotateSigningKey makes a new webhook signing key and returns it. It is the only way to learn a key: the current one cannot be
// read. For up to five minutes Nango's processes may still sign with the old key, so that a receiver has to accept both: add the
// new key to those that it verifies with before the first webhook signed with it arrives, and drop the old one later.
//
// POST /environment/webhook-signing-key/rotate. Not in the Node SDK.
func (s *EnvironmentService) RotateSigningKey(ctx context.Context) (Secret, error) {
	out, err := decodeData[struct {
		Key Secret `json:"webhook_signing_key"`
	}](s.client.gen.RotateWebhookSigningKey(ctx))
	return out.Key, err
}
