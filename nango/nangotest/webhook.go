package nangotest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// webhooks is where an environment's webhooks go, and what became of them.
type webhooks struct {
	keys               []signingKey // the newest first
	turn               int          // deliveries signed since there is more than one key to sign with
	primary, secondary string
	settings           WebhookSettings
	queue              []*delivery
	sending            bool
	deliveries         []*delivery
}

// signingKey is a key that webhooks are signed with.
type signingKey struct {
	secret  string
	retired time.Time // when a newer one came
}

// oldKeySigns is how long processes of the server's go on signing with the key that they know.
const oldKeySigns = 5 * time.Minute

// rotate makes a new signing key and returns it.
func (w *webhooks) rotate(now time.Time) string {
	w.keys[0].retired = now
	w.keys = slices.Insert(w.keys, 0, signingKey{secret: uuid.NewString()})
	w.turn = 0
	return w.keys[0].secret
}

// signing are the keys that may sign, the newest first.
func (w *webhooks) signing(now time.Time) (secrets []string) {
	for i, key := range w.keys {
		if i == 0 || now.Sub(key.retired) < oldKeySigns {
			secrets = append(secrets, key.secret)
		}
	}
	return secrets
}

// signer is the key for the next delivery: of several each in turn, beginning with the oldest.
func (w *webhooks) signer(now time.Time) string {
	secrets := w.signing(now)
	w.turn++
	return secrets[len(secrets)-1-(w.turn-1)%len(secrets)]
}

// WebhookSettings says which webhooks an environment sends. The zero value is that of a new environment, which sends all of them.
type WebhookSettings struct {
	// NoAuthCreation turns off the webhook that a connection was made, or could not be made.
	NoAuthCreation bool
	// NoRefreshError turns off the webhook that credentials could not be refreshed.
	NoRefreshError bool
	// NoAuthDeletion turns off the webhook that a connection was deleted, over the API or with [ConnectionHandle.Delete]. It is
	// set in environments that were added before release 0.71.6, until SetWebhookSettings is called; older servers never send the
	// webhook. An integration that is deleted with its connections sends none.
	NoAuthDeletion bool
	// NoSyncError turns off the webhook that a sync failed.
	NoSyncError bool
	// NoAsyncAction turns off the webhook that an asynchronous action ended.
	NoAsyncAction bool
	// NoUnchanged turns off the webhook of a sync that changed nothing.
	NoUnchanged bool
}

// SetWebhookSettings changes which webhooks the environment sends.
func (e *environment) SetWebhookSettings(settings WebhookSettings) {
	e.change("SetWebhookSettings", func() { e.webhooks.settings = settings })
}

// SetWebhookURL makes the environment send its webhooks to a URL: one of the loopback interface, which is reached over a socket,
// or one of a host that [Server.HandleHost] has a handler for. An empty URL turns webhooks off. It panics for anything else that
// is not a URL with a host.
func (e *environment) SetWebhookURL(url string) {
	mustBeURL("SetWebhookURL", url)
	e.change("SetWebhookURL", func() { e.webhooks.primary = url })
}

// SetSecondaryWebhookURL makes the environment send each webhook to a second URL as well, after the first. It panics as
// SetWebhookURL does.
func (e *environment) SetSecondaryWebhookURL(url string) {
	mustBeURL("SetSecondaryWebhookURL", url)
	e.change("SetSecondaryWebhookURL", func() { e.webhooks.secondary = url })
}

func mustBeURL(method, text string) {
	if u, err := url.Parse(text); text != "" && (err != nil || u.Scheme == "" || u.Host == "") {
		misuse("%s: %q is no URL with a host", method, text)
	}
}

// SetWebhookHandler makes the environment send its webhooks to a handler, in memory. They arrive one by one and in order, after
// the response to the request that caused them; [Server.Settle] waits for them. It panics if the handler is nil; SetWebhookURL("")
// makes the environment send none.
func (e *environment) SetWebhookHandler(h http.Handler) {
	mustHandle("SetWebhookHandler", h, `SetWebhookURL("") makes the environment send none`)
	host := e.name + ".webhooks.nango.test"
	e.server.HandleHost(host, h)
	e.SetWebhookURL("http://" + host + "/")
}

// SigningKey returns the environment's webhook signing key, after a rotation the new one.
func (e *environment) SigningKey() string { return e.SigningKeys()[0] }

// SigningKeys returns the keys that webhooks are signed with at present, the newest first: for five minutes after a rotation
// also the older key. In that time deliveries are signed with each in turn, beginning with the older.
func (e *environment) SigningKeys() (keys []string) {
	e.server.locked(func() { keys = e.webhooks.signing(e.server.clock.Now()) })
	return keys
}

// emit sends a webhook of the environment, or of a connection that has a URL of its own, as far as the environment's settings
// allow. It is called with the state locked and returns at once.
func (e *environment) emit(conn *connection, event any) {
	if body := encodeEvent(event); e.webhooks.settings.allow(body) {
		e.deliver(conn, body, nil)
	}
}

func encodeEvent(event any) []byte {
	body, err := webhooktest.Encode(event)
	if err != nil {
		panic("nangotest: an event that is no JSON: " + err.Error())
	}
	return body
}

// eventHead is what the settings and the deliveries need to know of an event.
type eventHead struct {
	From            string `json:"from"`
	Type            string `json:"type"`
	Operation       string `json:"operation"`
	Success         bool   `json:"success"`
	ConnectionID    string `json:"connectionId"`
	IntegrationID   string `json:"providerConfigKey"`
	ResponseResults struct{ Added, Updated, Deleted int64 }
}

// headOf reads an event. What is no object, or has other things under these keys, has no head.
func headOf(body []byte) (head eventHead) {
	if json.Unmarshal(body, &head) != nil {
		return eventHead{}
	}
	return head
}

// allow says that the settings do not forbid an event of Nango's own.
func (w WebhookSettings) allow(body []byte) bool {
	switch head := headOf(body); {
	case head.Type == "auth" && head.Operation == "creation":
		return !w.NoAuthCreation
	case head.Type == "auth" && head.Operation == "refresh":
		return !w.NoRefreshError
	case head.Type == "auth" && head.Operation == "deletion":
		return !w.NoAuthDeletion
	case head.Type == "sync" && !head.Success:
		return !w.NoSyncError
	case head.Type == "sync":
		return !w.NoUnchanged || cmp.Or(head.ResponseResults.Added, head.ResponseResults.Updated, head.ResponseResults.Deleted) != 0
	case head.Type == "async_action":
		return !w.NoAsyncAction
	}
	return true
}

// SendWebhook sends an event now, whatever the settings, and returns the delivery. The event is one of package nango/webhook, or
// any other value that encodes to JSON. An event of a connection with a webhook URL of its own goes there. The server's clock
// brings further attempts. It panics without an event or a URL. A handler that receives webhooks must not call it, because it
// waits as [Server.Settle] does.
func (e *environment) SendWebhook(event any) Delivery {
	body := encodeEvent(event)
	if string(body) == "null" {
		misuse("SendWebhook: there is no event")
	}
	var d *delivery
	e.server.locked(func() {
		head := headOf(body)
		d = e.deliver(e.find(head.IntegrationID, head.ConnectionID), body, nil)
	})
	if d == nil {
		misuse("SendWebhook: the environment has no webhook URL")
	}
	e.server.Settle()
	return e.snapshot(d)
}

// ProviderWebhook is a webhook of a provider, which Nango forwards.
type ProviderWebhook struct {
	// IntegrationID is the integration's id.
	IntegrationID string
	// ConnectionIDs are the connections that it belongs to. Each gets an event of its own; they need not exist. Without any, the
	// payload is forwarded as it is.
	ConnectionIDs []string
	// Header holds the provider's headers, most of which are forwarded.
	Header http.Header
	// Payload is the provider's body: a value that encodes to JSON.
	Payload any
}

// ForwardWebhook forwards a provider's webhook, if the integration is set up for it, and returns the deliveries. It waits as
// SendWebhook does. It panics for an unknown integration and for an empty id of a connection.
func (e *environment) ForwardWebhook(w ProviderWebhook) []Delivery {
	var sent []*delivery
	e.change("ForwardWebhook", func() {
		i := e.mustIntegration("ForwardWebhook", w.IntegrationID)
		if slices.Contains(w.ConnectionIDs, "") {
			misuse("ForwardWebhook: an id of a connection is empty")
		}
		if !i.forwardWebhooks {
			return
		}
		if len(w.ConnectionIDs) == 0 {
			sent = append(sent, e.deliver(nil, encodeEvent(w.Payload), forwarded(w.Header)))
		}
		for _, id := range w.ConnectionIDs {
			event := object{
				"type": "forward", "from": i.provider.name, "providerConfigKey": i.key, "connectionId": id, "payload": w.Payload,
			}
			sent = append(sent, e.deliver(e.find(i.key, id), encodeEvent(event), forwarded(w.Header)))
		}
	})
	e.server.Settle()
	var found []Delivery
	for _, d := range sent {
		if d != nil {
			found = append(found, e.snapshot(d))
		}
	}
	return found
}

// authEvent begins a webhook about the connection's authorisation.
func (c *connection) authEvent(operation webhook.AuthOperation) *webhook.AuthEvent {
	return &webhook.AuthEvent{
		Operation: operation, ConnectionID: c.connectionID, IntegrationID: c.integration.key,
		AuthMode: c.integration.provider.authMode, Provider: c.integration.provider.name, Environment: c.env.name, Tags: c.tags,
	}
}
