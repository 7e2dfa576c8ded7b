package nango

import "context"

// EnvironmentService has the calls for the environment of the API key.
type EnvironmentService struct{ client *Client }

// EnvironmentVariable is a variable that functions can read. It is set in Nango's dashboard.
type EnvironmentVariable struct {
	Name  string `json:"name"`
	Value Secret `json:"value"`
}

// Variables returns the variables of the environment. Their values are masked when printed.
//
// GET /environment-variables (listEnvironmentVariables). Node: getEnvironmentVariables.
func (s *EnvironmentService) Variables(ctx context.Context) ([]*EnvironmentVariable, error) {
	out, err := decode[[]*EnvironmentVariable](s.client.gen.ListEnvironmentVariables(ctx))
	return deref(out), err
}

// RotateSigningKey makes a new key for signing webhooks and returns it; the API has no way to read the current one. It counts at
// once, while parts of the server may sign with the old key for five more minutes. So a receiver has to accept both for somewhat
// longer. It must not refuse for good what is signed with the new one before this call has returned it. Package
// [github.com/nango-go/sdk/nango/webhook] has a Keyring for that, with an example. After any failure but a 4xx there may be a new
// key: call again, and the next one replaces it. An environment with several keys is an error that matches [ErrConflict].
//
// POST /environment/webhook-signing-key/rotate (rotateWebhookSigningKey). Not in the Node SDK.
func (s *EnvironmentService) RotateSigningKey(ctx context.Context) (Secret, error) {
	out, err := decodeData[struct {
		Key Secret `json:"webhook_signing_key"`
	}](s.client.gen.RotateWebhookSigningKey(ctx))
	return out.Key, err
}
