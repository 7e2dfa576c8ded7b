// Package nangotest is a Nango server in memory, for tests of programs that use Nango.
//
// It is as strict as the real server, a Nango 0.71.4: it refuses what that refuses, with the same status and codes, and loses
// what that loses. Recorded traffic is its judge. A test on it that passes says something about production.
//
//	srv := nangotest.Start(t)
//	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
//	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "user-42"})
//	client := srv.Client() // for the program under test
//
// # State
//
// A server is one account with environments; the methods of its environment "dev" are the server's own. What is added to it, such
// as an [Integration], a [Connection], an [Action] or a [Sync], is given as a struct whose zero fields the server fills in. What
// concerns one connection hangs on the handle that [Environment.Connection] returns, as it does on the client's side. Whatever the
// program changes over the API is changed, and can be read back.
//
// Giving the server what makes no sense panics with the reason, and with the name that was probably meant: an operation,
// integration or scope that there is none of, a name that the server would refuse, a handler that is nil, a negative duration.
//
// # What is not Nango
//
// The provider's API behind the proxy is an [net/http.Handler] of the test's ([Environment.HandleProxy]), actions and syncs are Go
// functions, a customer who signs in is a call of [Environment.Authorize], and the program's own receiver of webhooks is reached by
// URL or as a handler ([Environment.SetWebhookHandler]). Where a test forgot the handler, the action or the sync that a request is
// for, the message of the error says so after the words of the real server.
//
// # Time
//
// There are two clocks: the server's, and that of the process, which is the client's.
//
// The server's clock follows [time.Now]. [Server.SetTime] stops it and [Server.Advance] moves it; what is due on the way is done:
// syncs run, actions end, tokens and sessions expire, webhooks are sent again. What is due at once is done in the background:
// [Server.Settle] waits for it.
//
// What the client waits for by itself it waits for by the clock of the process: the pauses between retries and between polls, and
// its time limits. Advance does not shorten them. There are two ways to test a program that waits.
//
// In a bubble of [testing/synctest] both clocks are the bubble's, and pass when nothing else can happen. This takes no time:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := nangotest.Start(t)
//		srv.Inject(nangotest.Rule{Nth: 1}, nangotest.RateLimited("20"))
//		began := srv.Now()
//		_, err := srv.Client().Environment.Variables(t.Context()) // waits for 20 s, as it is told to, and tries again
//		fmt.Println(err, srv.Now().Sub(began))                   // <nil> 20s
//	})
//
// There a sync with a schedule is always something to wait for: give the program's context a deadline, or it waits for ever. Do
// not move the server's clock in a bubble to spare the client a wait: it is ahead of the client's then, and what was to happen
// after the wait happens before.
//
// Outside of a bubble the test moves the server's clock, and gives the program short waits of its own, such as
// nango.WaitParams{MinDelay: time.Millisecond, MaxDelay: time.Millisecond}: see the example of [Server.Advance].
//
// # Slowness
//
// A server does in no time what a live one does in the background. [Server.SetDelays] with [LiveDelays] makes it as slow as a live
// one: a new connection has no syncs at first, and each asynchronous action is late to start.
//
// # Faults
//
// [Server.Inject] applies a [Fault] to the requests that match a [Rule]: a 429, a 502 in HTML, a reset, a response that is lost
// although the operation was carried out, and more.
package nangotest
