package doctor

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/nango-go/sdk/nango/webhook"
)

// syntheticEvent is an event of a type that no program knows, with the keys in the order in which Nango sends them. A receiver
// acknowledges kinds that it does not know.
const syntheticEvent = `{"connectionId":"` + nowhere + `","from":"nango","providerConfigKey":"` + nowhere + `","type":"nango_go_doctor"}`

// receiver sends an event that is signed as Nango signs.
func (r *run) receiver(ctx context.Context) finding {
	switch {
	case r.params.WebhookURL == "":
		return finding{Skipped, "no URL of a receiver of webhooks was given", "set Params.WebhookURL to have two events sent to it"}
	case r.params.SigningKey.IsZero():
		return finding{Skipped, "no webhook signing key was given, so nothing can be signed", "set Params.SigningKey"}
	}
	status, err := r.deliver(ctx, r.params.SigningKey.Reveal())
	if err != nil {
		return finding{Fail, "the receiver does not respond: " + reason(err), "make the URL reachable, with a certificate that is valid, and respond within 20 seconds"}
	}
	switch {
	case status >= 200 && status < 300 && !r.reachable():
		return finding{Warn, fmt.Sprintf("the receiver accepts a signed event (%d), but Nango Cloud delivers to no address of a private network", status),
			"give Nango a public URL, unless your own server may deliver there"}
	case status >= 200 && status < 300:
		return finding{Pass, fmt.Sprintf("the receiver accepts an event that is signed with the given key (%d), as seen from this machine; whether it is the key of the environment, no call tells", status), ""}
	case status >= 300 && status < 400:
		return finding{Warn, fmt.Sprintf("the receiver redirects (%d), and a redirect can lose the body of a delivery", status), "give Nango the URL that it redirects to"}
	case status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden:
		return finding{Fail, fmt.Sprintf("the receiver refuses the signature (%d): it has another key, or something on the way changes the body", status),
			"give the receiver the webhook signing key of this environment, and let it verify the bytes as they came"}
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return finding{Fail, fmt.Sprintf("there is no receiver of POST at this path (%d)", status), "compare the path with the routes of the program"}
	case status >= 500:
		return finding{Fail, fmt.Sprintf("the receiver fails (%d), also for an event that it does not know", status), "look at the receiver's logs; webhook.NewHandler responds with 500 if it has no usable key"}
	}
	return finding{Fail, fmt.Sprintf("the receiver refuses the event (%d), so that Nango does not deliver it again", status), "acknowledge events of unknown types with a 2xx"}
}

// forgery sends the same event with the signature of another key. Who accepts it accepts everybody's events.
func (r *run) forgery(ctx context.Context) finding {
	status, err := r.deliver(ctx, rand.Text())
	switch {
	case err != nil:
		return finding{Inconclusive, "the receiver does not respond: " + reason(err), moreTime}
	case status >= 200 && status < 300:
		return finding{Fail, fmt.Sprintf("the receiver accepts an event with a wrong signature (%d), so everyone can send it events", status), "let the receiver verify each delivery, with webhook.NewHandler or webhook.Verify, and respond with 401 to a wrong signature; one that only shows what arrives, to try things out, can stay as it is"}
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusBadRequest:
		return finding{Pass, fmt.Sprintf("the receiver refuses a wrong signature (%d)", status), ""}
	}
	return finding{Warn, fmt.Sprintf("the receiver responds to a wrong signature with %d", status), "respond with 401: after a 5xx Nango would deliver again"}
}

// deliver sends the event, signed with a key as Nango signs, and returns the status of the response.
func (r *run) deliver(ctx context.Context, key string) (status int, err error) {
	body := []byte(syntheticEvent)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.params.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	older := sha256.Sum256(append([]byte(key), body...))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", nowhere)
	req.Header.Set(webhook.SignatureHeader, hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("X-Nango-Signature", hex.EncodeToString(older[:])) // Nango sends it too, and some receivers verify it
	client := http.Client{}
	if r.params.WebhookClient != nil {
		client = *r.params.WebhookClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // so that the connection can be used again
	return resp.StatusCode, nil
}

// reachable reports whether Nango Cloud delivers to the host of the receiver, as far as its name says.
func (r *run) reachable() bool {
	u, err := url.Parse(r.params.WebhookURL)
	if err != nil {
		return true // NewRequest has refused it before
	}
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err != nil && host != "localhost" {
		return true // a name that only this machine resolves cannot be told from another one
	}
	return isPublic(host)
}
