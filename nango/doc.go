// Package nango is a client of Nango, which holds the OAuth and API credentials of a product's customers, proxies calls to
// third-party APIs and syncs their records.
//
// # Words
//
// A provider is an API that Nango knows, such as github. An integration is a provider set up in an environment, with the
// credentials of a developer app. A connection is what one customer authorised for one integration: it holds the tokens, the
// metadata and the synced records. A customer connects in a connect session. The words are Nango's; IntegrationID is what the
// wire calls provider_config_key, unique_key or integrationId.
//
// # Calls
//
// A [Client] is made once with [New] and is safe for concurrent use. Its fields are services for what concerns many things;
// [Client.Connection] returns a handle for what concerns one connection. Calls whose result is of a type of the caller's are
// functions of the package: [Records], [TriggerAction], [ProxyJSON], [Metadata]. They decode by encoding/json's rules, except that
// numbers in an any are json.Number.
//
// Every call takes a context first and then at most one target and one struct of parameters, which is a pointer where all of it
// is optional: nil means the defaults. Parameters are copied, never changed. A method that returns one page makes one request;
// one that returns an iterator makes none before the loop begins, starts over with each loop, and gives an error as the last
// pair.
//
// # Secrets
//
// Tokens, keys, passwords and settings that can hold them are of the types [Secret] and [SecretJSON]. They print, log and encode
// as [redacted], and what reads values by reflection finds noise; Reveal returns the value. The client never shows its key. No
// error shows a header, a body or a token, whatever prints it: they are behind methods, such as [Error.Body].
//
// # Errors
//
// What is known to be wrong before a request is an [*ArgumentError]. Every response of Nango but a success is an [*Error],
// which keeps the status whatever the body was, and which [errors.Is] matches with at most one of [ErrNotFound],
// [ErrRateLimited] and the other sentinels. A request that got no response is an [*Error] without a status that wraps the cause.
//
// A success is a 2xx with a body that has what is essential to the operation: an id, the list, the token. A sign-in page, {} and
// an error under 200 are an [*Error] that keeps status, header and body, and so is a redirect: only GET and HEAD of Nango's own
// operations follow one, below the base URL. Of a proxied call all that is not recognisably Nango's own counts as the provider's.
//
// # Retries and time
//
// A request is tried up to three times. Operations that may be repeated are, on 429, 502, 503, 504 and failed connections, and
// reads also on 500; all others only on 429 and when no connection could be made, which a transport tells by
// tracing (net/http/httptrace). Proxied calls are repeated on Nango's own 429 and when no connection could be made. A failed action,
// a failed refresh, a refused certificate and a bad cursor are never retried. The pauses are random between nothing and 500 ms, then
// 1 s; Retry-After takes their place, up to 30 s, past which the error is returned at once. No pause outlasts
// the context's deadline. A deletion that finds nothing on a later attempt, after one that may have worked although it failed, is
// taken for done. These numbers may change in any release; [WithRetry] sets them.
//
// One attempt may take 60 s ([WithAttemptTimeout]); compiling, dry runs, deploying and deleting a connection, which runs functions
// first, 5 minutes. Actions and proxied calls end with their context only: an action may run for 15 minutes.
//
// # Webhooks
//
// Package [github.com/nango-go/sdk/nango/webhook] receives what Nango sends. [Client.ConfirmAuthEvent] asks the API about an auth
// event, and [EnvironmentService.RotateSigningKey] changes the key that signs, for which that package has a Keyring.
package nango
