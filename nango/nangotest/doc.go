// Package nangotest is a Nango server in memory, for tests of programs that use Nango.
//
// It is as strict as a real server: it refuses the same requests, with the same statuses and codes, and loses the same data. It is
// tested against recorded traffic. A new server behaves as release 0.71.10; [Server.SetRelease] makes it an older one.
//
//	srv := nangotest.Start(t)
//	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
//	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "user-42"})
//	client := srv.Client() // for the program under test
//
// # State
//
// A server is one account with environments; the methods of its environment "dev" are the server's own. Add an [Integration], a
// [Connection], an [Action] or a [Sync] as a struct; the server fills in its zero fields. Calls for one connection are methods of
// the handle that [Environment.Connection] returns, as on the client's side. What the program changes over the API is changed, and
// a test can read it back.
//
// A mistake in a test panics with the reason, and with the name that you probably meant: an unknown operation, integration or
// scope, a name that the server refuses, a nil handler, a negative duration.
//
// # What is not Nango
//
// The test supplies what is outside of Nango. The provider's API behind the proxy is a [net/http.Handler]
// ([Environment.HandleProxy]). Actions and syncs are Go functions. A customer signs in by a call of [Environment.Authorize]. The
// program's receiver of webhooks is a URL or a handler ([Environment.SetWebhookHandler]). If the handler, the action or the sync
// of a request is missing, the error's message says so after the words of the real server.
//
// # Time
//
// There are two clocks: the server's, and that of the process, which is the client's.
//
// The server's clock follows [time.Now]. [Server.SetTime] stops it and [Server.Advance] moves it. On the way the server does what
// is due: syncs run, actions end, tokens and sessions expire, webhooks are sent again. It does in the background what is due at
// once: [Server.Settle] waits for it.
//
// The client uses the clock of the process for its pauses between retries and polls and for its time limits. Advance does not
// shorten them. There are two ways to test a program that waits.
//
// In a bubble of [testing/synctest] both clocks are the bubble's, and move only when everything in the bubble waits. This takes no
// time:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := nangotest.Start(t)
//		srv.Inject(nangotest.Rule{Nth: 1}, nangotest.RateLimited("20"))
//		began := srv.Now()
//		_, err := srv.Client().Environment.Variables(t.Context()) // waits for 20 s, as it is told to, and tries again
//		fmt.Println(err, srv.Now().Sub(began))                   // <nil> 20s
//	})
//
// In a bubble, a sync with a schedule always has a next run to wait for: give the program's context a deadline, or it waits for
// ever. Do not call Advance in a bubble to shorten a wait of the client: the server's clock is then ahead of the client's, and
// things happen in the wrong order.
//
// Outside of a bubble the test moves the server's clock, and gives the program short waits of its own, such as
// nango.WaitParams{MinDelay: time.Millisecond, MaxDelay: time.Millisecond}: see the example of [Server.Advance].
//
// # Slowness
//
// This server does at once what a live one does later, in the background. [Server.SetDelays] with [LiveDelays] makes it as slow as
// a live one: a new connection has no syncs at first, and each asynchronous action is late to start.
//
// # Faults
//
// [Server.Inject] applies a [Fault] to the requests that match a [Rule]: a 429, a 502 in HTML, a reset, a response that is lost
// although the operation was carried out, and more.
package nangotest
