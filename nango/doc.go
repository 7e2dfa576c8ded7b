// Package nango is a client for Nango. Nango holds the OAuth and API credentials of your customers, proxies calls to
// third-party APIs and syncs their records.
//
// A program makes one client, and calls the services of the client or the methods of a connection:
//
//	client, err := nango.New(os.Getenv("NANGO_API_KEY"))
//	…
//	token, err := client.Connection("github", connectionID).Token(ctx, nil)
//
// # Terms
//
//   - A provider is an API that Nango knows, such as github.
//   - An integration is a provider that you set up in an environment, with the credentials of your developer app. This
//     package calls its id IntegrationID; the API calls it provider_config_key, unique_key or integrationId.
//   - A connection is what one customer authorised for one integration. It has the tokens, the metadata and the synced
//     records of that customer.
//   - A connect session is what you create so that a customer can make a connection.
//
// # Calls
//
// A [Client] is safe for concurrent use. Its fields are services, such as [Client.Connections], for calls that can
// concern many objects. [Client.Connection] returns a handle for the calls that concern one connection.
//
// Some calls return a type that you choose. They are generic functions of this package: [Records], [TriggerAction],
// [ActionResult], [WaitForActionResult], [ProxyJSON] and [Metadata]. They decode by encoding/json's rules, except that
// numbers in an any are json.Number.
//
// Every call takes a context first. After it come at most one target, such as an id, and at most one struct of
// parameters. If all fields of the struct are optional, the call takes a pointer to it, and nil means the defaults. A
// call copies its parameters and never changes them.
//
// A method that returns one page makes one request. A method that returns an iterator makes its first request when the
// loop begins. Each new loop starts from the beginning. If there is an error, it is the last pair of the loop.
//
// # Secrets
//
// Tokens, keys, passwords, and settings that can hold them have the types [Secret] and [SecretJSON]. These types print,
// log and encode as [redacted], and code that reads them by reflection finds only noise. Their method Reveal returns the
// value.
//
// The client never shows its API key. However you print an error, it shows no header, no body and no token. Methods
// such as [Error.Body] return the headers and the body of the response.
//
// # Errors
//
//   - [*ArgumentError]: the client refused the call before it sent a request.
//   - [*Error] with a status: Nango sent a response that is not a success. The error has the status, whatever the body
//     was. [errors.Is] matches it with at most one of [ErrNotFound], [ErrRateLimited] and the other sentinels.
//   - [*Error] without a status: there was no response. The error wraps the cause.
//
// A success has a status of 2xx, and a body with everything that is essential to the operation: an id, the list, the
// token. So a sign-in page, {} and an error with the status 200 are each an [*Error], which has the status, the headers
// and the body of the response.
//
// A redirect is an [*Error] too, unless the client follows it. The client follows redirects only for GET and HEAD
// requests to Nango's own operations, and only to URLs below the base URL.
//
// A proxied call can fail at Nango or at the provider. If the client does not recognise a response as Nango's own, the
// response counts as the provider's. [ConnectionHandle.Proxy] makes one proxied call; [ConnectionHandle.HTTPClient] is for
// Go clients of the provider's API, whose requests it sends through Nango.
//
// # Retries and time
//
// The client sends a request up to three times. What it retries depends on the operation:
//
//   - Operations that are safe to repeat: on 429, 502, 503 and 504, after a failed connection and after a timeout of the
//     attempt. If they only read, also on 500.
//   - Other operations: on 429, and if no connection could be made. The client knows the latter only from a transport
//     that supports tracing (net/http/httptrace).
//   - [ConnectionHandle.Proxy] and [ProxyJSON]: on a 429 of Nango's own, and if no connection could be made. A request
//     through [ConnectionHandle.HTTPClient]: never.
//
// The client never retries a failed action, a failed refresh, a refused certificate or a bad cursor.
//
// The pause before the second attempt is random, up to 500 ms; before the third, up to 1 s. A Retry-After header
// replaces the random pause. If it asks for more than 30 s, or if the pause would end after the context's deadline, the
// client returns the error at once. These numbers may change in any release; [WithRetry] sets them.
//
// A deletion can work although its attempt fails. If a later attempt then finds nothing to delete, the call succeeds.
//
// One attempt may take 60 s; [WithAttemptTimeout] changes that. The limit is 5 minutes for compiling, dry runs,
// deploying and deleting a connection, because deleting runs functions first. Actions and proxied calls have no limit
// except their context: an action may run for 15 minutes.
//
// # Webhooks
//
// Package [github.com/nango-go/sdk/nango/webhook] receives the webhooks that Nango sends. [Client.ConfirmAuthEvent] asks
// the API whether an auth event can be true. [EnvironmentService.RotateSigningKey] replaces the key that signs webhooks;
// the Keyring of package webhook accepts the old and the new key during that time.
package nango
