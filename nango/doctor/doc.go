// Package doctor checks a client, its key and its connections, and says what to do next. It is for the questions of the
// first hour (is it the key, the host, a scope, the webhook?), and for what breaks later (a clock, a rate limit, a
// connection, a sync):
//
//	report, err := doctor.Run(ctx, client, doctor.Params{})
//	if report != nil {
//		fmt.Print(report)
//	}
//	if err != nil {
//		return err // the params are wrong, or the time was up
//	}
//	if !report.OK() {
//		os.Exit(1)
//	}
//
// [nango.New] refuses a key that is empty or has a line end, and a base URL that is none, so there is nothing to check then.
//
// # What a run does
//
// The checks run one after the other, in the order of their constants. A check that needs another one is skipped if that
// one failed, and says so. Each check has a time limit, and so has the run. A failure of a check is never an error of Run.
//
// # Nothing changes
//
// A run changes nothing on the server but the time at which the key was last used, and leaves nothing in the audit trail:
//
//   - Reads go to ids that do not exist ("nango-go-doctor"), or lack what the call needs, wherever that is enough. The
//     server looks at the scopes of the key first (403) and at the request after that (400, 404), so both say whether the
//     key has the scope.
//   - Four scopes belong to writes that have no read beside them: [CheckScope] sends these writes with a query and a body that
//     the server refuses before it does anything. All other writes are not tried, and their scopes are [Inconclusive].
//   - Connections are listed, not read: a read makes the server note its time and refresh credentials that expire soon. Set
//     [Params.ReadCredentials] to have them read all the same.
//   - The proxied call is a GET that you choose ([Params.ProxyPath]). The server refreshes credentials for it that expire soon.
//   - The receiver of webhooks gets two events of a kind that no program knows, and only if you set [Params.WebhookURL].
//
// To look at connections, the key needs the scopes environment:connections:list and environment:syncs:read.
//
// Every request counts towards the rate limit of the account. A run makes about 20 requests, or five and one for each scope
// in [Params.Scopes], and one or two more for each connection. If too little of the minute's requests is left, the checks that need many are skipped.
//
// # What a report holds
//
// No key, no token, and nothing of a body but codes of Nango's errors. It does hold scopes, the ids of integrations and
// connections, names of syncs, and names of hosts.
package doctor
