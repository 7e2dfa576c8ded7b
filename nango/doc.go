// Package nango is a client for Nango. Nango holds the OAuth and API credentials of your customers, proxies calls to
// third-party APIs, and syncs their records.
//
// # Words
//
// A provider is an API that Nango knows, such as github. An integration is a provider that you have set up, with the
// credentials of your developer app. A connection is what one customer authorised for one integration: it holds the tokens,
// the metadata and the synced records. A customer makes a connection in a connect session.
//
// IntegrationID is what the API calls provider_config_key, unique_key or integrationId.
//
// # Calls
//
// Make a [Client] once, with [New]. It is safe for concurrent use. Its fields are services, such as [Client.Connections].
// [Client.Connection] returns a handle for one connection, with everything that concerns that connection. A call whose result has
// a type of your own is a generic function: [Records], [TriggerAction], [ProxyJSON], [Metadata]. Your types are decoded by the
// rules of encoding/json, except that a number in an any is a json.Number.
//
// Every call takes a context first. Optional parameters are in a struct, and nil means the defaults. Your structs and maps
// are copied and never changed. List makes exactly one request. All returns an iterator: it makes no request before the
// loop begins, starts over with each loop, and yields an error as the last pair.
//
// # Secrets
//
// Tokens, keys, passwords and settings that can hold them have the types [Secret] and [SecretJSON]. They print, log and
// encode as [redacted]. Code that reads values by reflection finds only noise. Reveal returns the value. The client never
// shows its key. No error shows a header, a body or a token: those are behind methods, such as [Error.Body].
//
// # Errors
//
// An [*ArgumentError] means that an argument is wrong. The call made no request. An [*Error] is every other failure: a failure of
// Nango, a redirect, a response that is not one of the API, or no response at all. It keeps the status, whatever the body was, and
// [errors.Is] matches it with at most one sentinel, such as [ErrNotFound].
//
// A success is a 2xx whose body has what the operation needs: an id, the list, the token. A sign-in page, {}, and an error
// under 200 are an [*Error] with that status. Only GET and HEAD of Nango's own operations follow a redirect, to a URL
// below the base URL. For a proxied call, every response that is not clearly Nango's own counts as the provider's.
//
// # Retries and time
//
// A request is tried at most three times. What is retried depends on the operation:
//
//   - Operations that may be repeated: 429, 502, 503, 504, failed connections; reads also 500.
//   - All others: 429, and if no connection could be made.
//   - Proxied calls: Nango's own 429, and if no connection could be made.
//
// The SDK learns from net/http/httptrace that no connection could be made, so a transport of your own should call its hooks. A
// failed action, a failed refresh, a refused certificate and a bad cursor are never retried. If a deletion is repeated and then
// finds nothing, it has succeeded.
//
// The pauses are random, at most 500 ms and then 1 s. A Retry-After takes their place, up to 30 s; if it asks for more, the
// call returns the error at once. No pause outlasts the context's deadline. [WithRetry] changes these numbers, and any
// release may.
//
// One attempt may take 60 s ([WithAttemptTimeout]). Compiling, dry runs, deployments and the deletion of a connection may
// take 5 minutes. Actions and proxied calls end with their context only, since an action may run for 15 minutes.
//
// # Webhooks
//
// Package [github.com/nango-go/sdk/nango/webhook] receives the webhooks that Nango sends. [Client.ConfirmAuthEvent] asks the
// API whether an auth event is true. [EnvironmentService.RotateSigningKey] changes the signing key; the package has a Keyring
// for the time around it.
package nango
