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
// program changes over the API is changed, and can be read back. Giving the server what makes no sense panics.
//
// # What is not Nango
//
// The provider's API behind the proxy is an [net/http.Handler] of the test's ([Environment.HandleProxy]), actions and syncs are Go
// functions, a customer who signs in is a call of [Environment.Authorize], and the program's own receiver of webhooks is reached by
// URL or as a handler ([Environment.SetWebhookHandler]).
//
// # Time
//
// The server's clock follows [time.Now], so that it passes as a bubble of [testing/synctest] lets it pass. There a sync with a
// schedule is always something to wait for: give the program's context a deadline, or it waits for ever. [Server.SetTime] stops it
// and [Server.Advance] moves it; what is due on the way is done: syncs run, actions end, tokens and sessions expire, webhooks are
// sent again.
//
// # Faults
//
// [Server.Inject] makes a [Fault] befall the requests that a [Rule] fits: a 429, a 502 in HTML, a reset, an answer that is lost
// although the operation was carried out, and more.
package nangotest
