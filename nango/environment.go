package nango

import "context"

// EnvironmentService manages the environment that the API key belongs to.
type EnvironmentService struct{ client *Client }

// EnvironmentVariable is a variable that functions can read. You set it in Nango's dashboard.
type EnvironmentVariable struct {
	Name  string `json:"name"`
	Value Secret `json:"value"`
}

// Variables returns the variables of the environment. Their values are masked if you print them.
//
// GET /environment-variables (listEnvironmentVariables). Node: getEnvironmentVariables.
func (s *EnvironmentService) Variables(ctx context.Context) ([]*EnvironmentVariable, error) {
	out, err := decode[[]*EnvironmentVariable](s.client.gen.ListEnvironmentVariables(ctx))
	return deref(out), err
}

// RotateSigningKey makes a new key for signing webhooks and returns it. The API has no way to read the current key.
//
// The new key is valid at once. Parts of the server may sign with the old key for five more minutes, so a receiver must
// accept both keys for a little longer than that. Before this call returns, the receiver does not know the new key yet,
// but it must not refuse webhooks that are signed with it. The Keyring of package
// [github.com/nango-go/sdk/nango/webhook] handles both; that package has an example.
//
// After a 4xx there is no new key. After any other failure there may be one: call RotateSigningKey once more, and the
// next key replaces it. If the environment has several keys, the error matches [ErrConflict].
//
// POST /environment/webhook-signing-key/rotate (rotateWebhookSigningKey). Not in the Node SDK.
func (s *EnvironmentService) RotateSigningKey(ctx context.Context) (Secret, error) {
	out, err := decodeData[struct {
		Key Secret `json:"webhook_signing_key"`
	}](s.client.gen.RotateWebhookSigningKey(ctx))
	return out.Key, err
}
