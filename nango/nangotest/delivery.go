package nangotest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/outbound"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// Delivery is a webhook that was sent.
type Delivery struct {
	// Kind is the event's type: auth, sync, async_action or forward. It is empty for a provider's webhook that was forwarded as it
	// is.
	Kind string
	// Header holds the headers that it was sent with, signatures included.
	Header http.Header
	// Body is the body that was signed.
	Body []byte
	// Attempts are those made so far.
	Attempts []DeliveryAttempt
	// Pending says that there is another attempt to come.
	Pending bool
}

// DeliveryAttempt is one attempt to deliver a webhook.
type DeliveryAttempt struct {
	// URL is where it was sent.
	URL string
	// At is when it was sent, by the server's clock.
	At time.Time
	// StatusCode is the status of the response, 0 if there was none. Any 2xx acknowledges.
	StatusCode int
	// Err says why there was no response.
	Err error
}

// Deliveries returns the webhooks that the environment sent, in their order.
func (e *environment) Deliveries() []Delivery {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	found := make([]Delivery, len(e.webhooks.deliveries))
	for i, d := range e.webhooks.deliveries {
		found[i] = d.copied()
	}
	return found
}

// delivery is a webhook on its way.
type delivery struct {
	Delivery
	env   *environment
	left  []string // URLs, of which the first is tried
	tries int      // at the first
}

func (d *delivery) copied() Delivery {
	c := d.Delivery
	c.Header, c.Body, c.Attempts, c.Pending = c.Header.Clone(), slices.Clone(c.Body), slices.Clone(c.Attempts), len(d.left) > 0
	return c
}

func (e *environment) snapshot(d *delivery) (copied Delivery) {
	e.server.locked(func() { copied = d.copied() })
	return copied
}

// deliver queues a body for wherever the environment, or the connection, sends its webhooks. It returns nil if that is nowhere.
func (e *environment) deliver(conn *connection, body []byte, header http.Header) *delivery {
	urls := []string{e.webhooks.primary, e.webhooks.secondary}
	if conn != nil && strings.TrimSpace(conn.webhookOverride) != "" {
		urls = []string{conn.webhookOverride}
	}
	urls = slices.DeleteFunc(urls, func(url string) bool { return url == "" })
	if len(urls) == 0 {
		return nil
	}
	d := &delivery{Delivery: Delivery{Header: header, Body: body}, env: e, left: urls}
	if head := headOf(body); head.From == "nango" || head.Type == "forward" {
		d.Kind = head.Type
	}
	d.sign()
	e.webhooks.deliveries = append(e.webhooks.deliveries, d)
	d.enqueue()
	return d
}

// sign completes the headers.
func (d *delivery) sign() {
	key := d.env.webhooks.signer(d.env.server.clock.Now())
	req, err := webhooktest.NewRequest(context.Background(), "/", key, json.RawMessage(d.Body))
	if err != nil {
		panic(err)
	}
	maps.Copy(req.Header, d.Header)
	webhooktest.Sign(req.Header, key, d.Body) // whatever the provider had under these names
	d.Header = req.Header
}

// enqueue lets the environment's deliveries go out one by one, without making anyone wait.
func (d *delivery) enqueue() {
	w := &d.env.webhooks
	if w.queue = append(w.queue, d); !w.sending {
		w.sending = true
		d.env.server.start(d.env.send)
	}
}

// send makes the attempts that are due.
func (e *environment) send() {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	w := &e.webhooks
	for len(w.queue) > 0 {
		d := w.queue[0]
		w.queue = w.queue[1:]
		for len(d.left) > 0 && d.attempt() {
		}
	}
	w.sending = false
}

// maxTries is how often the server tries to deliver to a URL. It waits 3 and 6 seconds in between.
const maxTries = 3

// attempt delivers to the first URL that is left. It reports false if that has to be tried again later.
func (d *delivery) attempt() bool {
	s := d.env.server
	try := DeliveryAttempt{URL: d.left[0], At: s.clock.Now()}
	s.outside(func() { try.StatusCode, try.Err = d.post(try.URL) })
	d.Attempts = append(d.Attempts, try)
	d.tries++
	if d.tries < maxTries && (try.StatusCode >= http.StatusInternalServerError || isTransient(try.Err)) {
		s.clock.After(firstWait<<(d.tries-1), func() { s.locked(d.enqueue) })
		return false
	}
	d.left, d.tries = d.left[1:], 0
	return true
}

// isTransient says that a response may come another time.
func isTransient(err error) bool {
	network, ok := errors.AsType[*outbound.NetworkError](err)
	return ok && network.Temporary() || errors.Is(err, context.DeadlineExceeded)
}

// deliveryTimeout is how long the server waits for a response.
const deliveryTimeout = 20 * time.Second

func (d *delivery) post(to string) (status int, err error) {
	target := js.ParseURL(to)
	if target == nil {
		return 0, outbound.ErrNotAllowed
	}
	ctx, cancel := context.WithTimeout(d.env.server.ctx, deliveryTimeout)
	defer cancel()
	resp, err := outbound.Request{Method: http.MethodPost, URL: target, Header: d.Header, Body: d.Body}.Send(ctx, d.env.server.wayToReceiver)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	return resp.StatusCode, nil
}

// overSocket keeps no connection, for none would be closed with the server.
var overSocket = &http.Transport{MaxIdleConnsPerHost: -1, DisableCompression: true}

// wayToReceiver leads to hosts in memory and to the loopback interface, which the real server does not send to.
func (s *Server) wayToReceiver(u *url.URL) (http.RoundTripper, error) {
	way, err := s.wayTo(u)
	if ip, _ := netip.ParseAddr(u.Hostname()); err != nil && (ip.IsLoopback() || u.Hostname() == "localhost") {
		return overSocket, nil
	}
	return way, err
}

// notForwarded are the beginnings of the names of headers that are not passed on with a provider's webhook.
var notForwarded = []string{
	"Host", "Authorization", "Connection", "Keep-Alive", "Content-Length", "Content-Type", "Content-Encoding", "Cookie", "Set-Cookie",
	"Referer", "User-Agent", "Sec-", "Proxy-", "Www-Authenticate", "Server",
}

// forwarded are the headers of a provider's webhook that are passed on.
func forwarded(header http.Header) http.Header {
	passed := http.Header{}
	for name, values := range header {
		name = http.CanonicalHeaderKey(name)
		if !slices.ContainsFunc(notForwarded, func(beginning string) bool { return strings.HasPrefix(name, beginning) }) {
			passed[name] = slices.Clone(values)
		}
	}
	return passed
}
