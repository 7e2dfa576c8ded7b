package nangotest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// receiver takes webhooks in and responds with each of the statuses in turn, then with 200.
type receiver struct {
	statuses []int
	keys     []string
	bodies   []string
	headers  []http.Header
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.bodies, r.headers = append(r.bodies, string(body)), append(r.headers, req.Header)
	if webhook.Verify(r.keys, req.Header, body) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if len(r.statuses) > 0 {
		w.WriteHeader(r.statuses[0])
		r.statuses = r.statuses[1:]
	}
}

// hooked is a server whose clock is stopped and whose webhooks are received.
func hooked(t *testing.T) (*nangotest.Server, *receiver) {
	srv := nangotest.Start(t)
	srv.SetTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	r := &receiver{keys: []string{srv.SigningKey()}}
	srv.SetWebhookHandler(r)
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	return srv, r
}

func TestWebhookIsWhatNangoSends(t *testing.T) {
	srv, r := hooked(t)
	d := srv.SendWebhook(json.RawMessage(`{ "type":"auth", "from":"nango", "b":9007199254740993, "a":"<é>" }`))
	want := http.Header{
		"Accept": {"application/json, text/plain, */*"}, "Content-Type": {"application/json"},
		"User-Agent": {"nango/0.71.4 (linux/6.18.44; node.js/22.23.3)"},
	}
	webhooktest.Sign(want, srv.SigningKey(), []byte(`{"a":"<é>","b":9007199254740992,"from":"nango","type":"auth"}`))
	assert.Equal(t, nangotest.Delivery{
		Kind: "auth", Header: want, Body: []byte(`{"a":"<é>","b":9007199254740992,"from":"nango","type":"auth"}`),
		Attempts: []nangotest.DeliveryAttempt{{URL: "http://dev.webhooks.nango.test/", At: srv.Now(), StatusCode: 200}},
	}, d)
	assert.Equal(t, []nangotest.Delivery{d}, srv.Deliveries())
	assert.Equal(t, []string{string(d.Body)}, r.bodies)
	want.Set("Content-Length", "62")
	assert.Equal(t, []http.Header{want}, r.headers)
}

// attempts are the statuses that attempts got, and how long after the first each was made.
func attempts(d nangotest.Delivery) (statuses []int, after []time.Duration) {
	for _, a := range d.Attempts {
		statuses, after = append(statuses, a.StatusCode), append(after, a.At.Sub(d.Attempts[0].At))
	}
	return statuses, after
}

func TestWebhookRetries(t *testing.T) {
	const second = time.Second
	for _, tt := range []struct {
		name     string
		statuses []int
		got      []int
		after    []time.Duration
	}{
		{"acknowledged", []int{204}, []int{204}, []time.Duration{0}},
		{"refused", []int{429}, []int{429}, []time.Duration{0}},
		{"not modified", []int{304}, []int{304}, []time.Duration{0}},
		{"failed once", []int{500}, []int{500, 200}, []time.Duration{0, 3 * second}},
		{"failed for good", []int{500, 503, 502, 200}, []int{500, 503, 502}, []time.Duration{0, 3 * second, 9 * second}},
		{"failed, then refused", []int{500, 400, 200}, []int{500, 400}, []time.Duration{0, 3 * second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, r := hooked(t)
			r.statuses = tt.statuses
			d := srv.SendWebhook(webhooktest.AuthCreation())
			assert.Equal(t, len(tt.got) > 1, d.Pending)
			assert.Len(t, d.Attempts, 1)
			srv.Advance(3*second - 1)
			assert.Len(t, srv.Deliveries()[0].Attempts, 1)
			srv.Advance(time.Minute)
			statuses, after := attempts(srv.Deliveries()[0])
			assert.Equal(t, tt.got, statuses)
			assert.Equal(t, tt.after, after)
			assert.False(t, srv.Deliveries()[0].Pending)
			assert.Len(t, r.bodies, len(tt.got))
		})
	}
}

// With a clock that runs, retries come by themselves. A handler that does not respond is given up after 20 seconds.
func TestWebhookTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		calls := 0
		srv.SetWebhookHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if calls++; calls < 3 {
				<-r.Context().Done()
			}
		}))
		began := time.Now()
		d := srv.SendWebhook(webhooktest.AsyncAction())
		assert.Equal(t, 20*time.Second, time.Since(began))
		require.Len(t, d.Attempts, 1)
		assert.EqualError(t, d.Attempts[0].Err, "context deadline exceeded")
		time.Sleep(time.Minute)
		statuses, after := attempts(srv.Deliveries()[0])
		assert.Equal(t, []int{0, 0, 200}, statuses)
		assert.Equal(t, []time.Duration{0, 23 * time.Second, 49 * time.Second}, after)
	})
}

func TestWebhookDestinations(t *testing.T) {
	srv, first := hooked(t)
	second, own, end := &receiver{keys: first.keys}, &receiver{keys: first.keys}, &receiver{keys: first.keys}
	srv.HandleHost("https://second.example", second)
	srv.HandleHost("own.example", own)
	srv.HandleHost("end.example", end)
	srv.SetSecondaryWebhookURL("https://second.example/hooks")
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c1", WebhookURLOverride: "http://own.example:8080/x"})
	first.statuses = []int{500, 500, 500}
	everyone, one := webhooktest.AuthOverride(), webhooktest.AuthOverride()
	one.ConnectionID, one.IntegrationID = "c1", "github"
	srv.SendWebhook(everyone)
	srv.SendWebhook(one)
	assert.Empty(t, second.bodies, "the second URL waits until the first has had all its attempts")
	srv.Advance(time.Minute)
	var urls [][]string
	for _, d := range srv.Deliveries() {
		var to []string
		for _, a := range d.Attempts {
			to = append(to, a.URL)
		}
		urls = append(urls, to)
	}
	const url = "http://dev.webhooks.nango.test/"
	assert.Equal(t, [][]string{{url, url, url, "https://second.example/hooks"}, {"http://own.example:8080/x"}}, urls)
	assert.Equal(t, []int{3, 1, 1}, []int{len(first.bodies), len(second.bodies), len(own.bodies)})

	for to, want := range map[string]string{
		"http://nowhere.example/": `nangotest: the test has no handler for the host "nowhere.example": HandleHost takes one`, "http://192.0.2.1/": "connect ECONNREFUSED 192.0.2.1:80",
		"http://10.0.0.1/": "this outbound URL is not allowed by server configuration", "ftp://second.example": "this outbound URL is not allowed by server configuration",
	} {
		srv.SetWebhookURL(to)
		srv.SetSecondaryWebhookURL("")
		assert.EqualError(t, srv.SendWebhook(everyone).Attempts[0].Err, want)
	}
	srv.HandleHost("moved.example", http.RedirectHandler("http://end.example/there", http.StatusPermanentRedirect))
	srv.SetWebhookURL("http://moved.example/")
	assert.Equal(t, 200, srv.SendWebhook(everyone).Attempts[0].StatusCode)
	assert.Len(t, end.bodies, 1)
	srv.SetWebhookURL("")
	assert.PanicsWithValue(t, "nangotest: SendWebhook: the environment has no webhook URL", func() { srv.SendWebhook(everyone) })
}

// Over a socket webhooks reach a receiver of the loopback interface, for programs that run outside of the test.
func TestWebhookOverASocket(t *testing.T) {
	srv := nangotest.Start(t)
	r := &receiver{keys: srv.SigningKeys()}
	program := httptest.NewServer(r)
	srv.SetWebhookURL(program.URL + "/hooks")
	assert.Equal(t, 200, srv.SendWebhook(webhooktest.SyncSuccess()).Attempts[0].StatusCode)
	assert.Len(t, r.bodies, 1)
	program.Close()
	d := srv.SendWebhook(webhooktest.SyncSuccess())
	assert.ErrorContains(t, d.Attempts[0].Err, "connect ECONNREFUSED 127.0.0.1:")
	assert.True(t, d.Pending)
}

// Close does not wait for a receiver that does not answer.
func TestWebhookIsGivenUpAtClose(t *testing.T) {
	srv, arrived := nangotest.New(), make(chan bool)
	program := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		close(arrived)
		<-r.Context().Done()
	}))
	defer program.Close()
	srv.SetWebhookURL(program.URL)
	ended := make(chan bool)
	go func() { srv.SendWebhook("x"); close(ended) }()
	<-arrived
	began := time.Now()
	srv.Close()
	<-ended
	assert.Less(t, time.Since(began), 10*time.Second)
}

// After a rotation processes of the server's go on with the key that they know for up to five minutes.
func TestWebhookKeysRotate(t *testing.T) {
	srv, r := hooked(t)
	old := srv.SigningKey()
	signed := func() (by []string) {
		names := map[string]string{old: "old"}
		for range 4 {
			srv.SendWebhook(webhooktest.Raw())
			last := len(r.bodies) - 1
			name := "new"
			for key := range names {
				if webhook.Verify([]string{key}, r.headers[last], []byte(r.bodies[last])) == nil {
					name = names[key]
				}
			}
			by = append(by, name)
		}
		return by
	}
	assert.Equal(t, []string{"old", "old", "old", "old"}, signed())
	rotated, err := srv.Client().Environment.RotateSigningKey(t.Context())
	require.NoError(t, err)
	assert.Equal(t, rotated.Reveal(), srv.SigningKey())
	assert.Equal(t, []string{srv.SigningKey(), old}, srv.SigningKeys())
	assert.Equal(t, []string{"old", "new", "old", "new"}, signed())
	srv.Advance(5*time.Minute - 1)
	assert.Len(t, srv.SigningKeys(), 2)
	srv.Advance(1)
	assert.Equal(t, []string{srv.SigningKey()}, srv.SigningKeys())
	assert.Equal(t, []string{"new", "new", "new", "new"}, signed())
}

// What the server does itself it sends by the environment's settings.
func TestWebhookSettings(t *testing.T) {
	for _, tt := range []struct {
		settings      nangotest.WebhookSettings
		created, fail int
	}{
		{nangotest.WebhookSettings{}, 1, 1},
		{nangotest.WebhookSettings{NoAuthCreation: true}, 0, 1},
		{nangotest.WebhookSettings{NoRefreshError: true}, 1, 0},
	} {
		srv, r := hooked(t)
		srv.SetWebhookSettings(tt.settings)
		_, err := srv.Client().Connections.Import(t.Context(), nango.ImportConnectionParams{
			IntegrationID: "github", ConnectionID: "c1", Credentials: nango.ImportOAuth2{AccessToken: "at", RefreshToken: "rt"},
		})
		require.NoError(t, err)
		srv.Settle()
		require.Len(t, r.bodies, tt.created)
		if tt.created == 1 {
			event := authEventOf(t, []byte(r.bodies[0]))
			assert.Equal(t, &webhook.AuthEvent{
				Operation: webhook.AuthOperationCreation, Success: true, ConnectionID: "c1", IntegrationID: "github", AuthMode: "OAUTH2",
				Provider: "github", Environment: "dev", Tags: map[string]string{},
			}, event)
		}
		srv.Connection("github", "c1").FailRefresh(400, "")
		_, err = srv.Client().Connection("github", "c1").Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
		require.ErrorIs(t, err, nango.ErrRefreshFailed)
		srv.Settle()
		assert.Len(t, r.bodies, tt.created+tt.fail)
		assert.Len(t, srv.Deliveries(), tt.created+tt.fail)
	}
}

func TestForwardWebhook(t *testing.T) {
	srv, r := hooked(t)
	srv.AddIntegration(nangotest.Integration{ID: "quiet", Provider: "github", IgnoreWebhooks: true})
	header := http.Header{
		"X-Hub-Signature": {"s"}, "X-Two": {"1", "2"}, "Content-Type": {"application/x-www-form-urlencoded"}, "Host": {"h"}, "Cookie": {"c"},
		"Authorization": {"a"}, "Sec-Fetch-Mode": {"x"}, "Proxy-Authorization": {"x"}, "Server-Timing": {"x"}, "User-Agent": {"GitHub-Hookshot"},
		"Accept": {"*/*"}, "X-Nango-Hmac-Sha256": {"forged"}, "X-Nango-Signature": {"forged"},
	}
	payload := json.RawMessage(`{"zen":1.0,"action":"opened"}`)
	sent := srv.ForwardWebhook(nangotest.ProviderWebhook{IntegrationID: "github", ConnectionIDs: []string{"c1", "c2"}, Header: header, Payload: payload})
	sent = append(sent, srv.ForwardWebhook(nangotest.ProviderWebhook{IntegrationID: "github", Header: header, Payload: payload})...)
	assert.Empty(t, srv.ForwardWebhook(nangotest.ProviderWebhook{IntegrationID: "quiet", Header: header, Payload: payload}))
	assert.Equal(t, []string{
		`{"connectionId":"c1","from":"github","payload":{"action":"opened","zen":1},"providerConfigKey":"github","type":"forward"}`,
		`{"connectionId":"c2","from":"github","payload":{"action":"opened","zen":1},"providerConfigKey":"github","type":"forward"}`,
		`{"action":"opened","zen":1}`,
	}, r.bodies)
	var kinds []string
	for i, d := range sent {
		kinds = append(kinds, d.Kind)
		got := r.headers[i].Clone()
		want := http.Header{}
		webhooktest.Sign(want, srv.SigningKey(), []byte(r.bodies[i]))
		for name := range want {
			require.Equal(t, want[name], got[name])
			got.Del(name)
		}
		got.Del("Content-Length")
		assert.Equal(t, http.Header{
			"Accept": {"*/*"}, "X-Hub-Signature": {"s"}, "X-Two": {"1", "2"}, "Content-Type": {"application/json"}, "User-Agent": {"nango/0.71.4 (linux/6.18.44; node.js/22.23.3)"},
		}, got)
	}
	assert.Equal(t, []string{"forward", "forward", ""}, kinds)
	assert.Panics(t, func() { srv.ForwardWebhook(nangotest.ProviderWebhook{IntegrationID: "none"}) })
}

// A handler may call the server, and what it brings about is sent after the handler has answered.
func TestWebhookHandlerCallsTheServer(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "free"})
	var order []string
	srv.SetWebhookHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event webhook.AuthEvent
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&event))
		order = append(order, "begin "+event.ConnectionID)
		if event.ConnectionID == "a" {
			_, err := srv.Client().Connections.Import(t.Context(), nango.ImportConnectionParams{IntegrationID: "free", ConnectionID: "b", Credentials: nango.ImportNone{}})
			assert.NoError(t, err)
		}
		order = append(order, "end "+event.ConnectionID)
	}))
	_, err := srv.Client().Connections.Import(t.Context(), nango.ImportConnectionParams{IntegrationID: "free", ConnectionID: "a", Credentials: nango.ImportNone{}})
	require.NoError(t, err)
	srv.Settle()
	assert.Equal(t, []string{"begin a", "end a", "begin b", "end b"}, order)
}
