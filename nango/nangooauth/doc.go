// Package nangooauth hands the tokens of a Nango connection to programs that know golang.org/x/oauth2 or an
// [http.Client], such as the SDK of a provider. It is the only package of this module that links x/oauth2.
//
//	connection := client.Connection("github", connectionID)
//	httpClient := nangooauth.HTTPClient(connection, nil)  // for a library that takes an *http.Client
//	source := nangooauth.TokenSource(connection, nil)     // for a library that takes an oauth2.TokenSource
//
// Prefer [HTTPClient] where you can choose. It asks for the token before each request, gets a fresh one if the provider
// refuses it, and does not send it to another host after a redirect.
//
// # The proxy instead
//
// Both send the customer's token through your process and straight to the provider. Nango's proxy
// ([nango.ConnectionHandle.HTTPClient] and [nango.ConnectionHandle.Proxy]) adds the credentials itself, and is the
// better choice if
//
//   - the token must not be in your process, or your API key lacks the scope environment:connections:read_credentials;
//   - the provider does not take the token as "Authorization: Bearer", or its credentials are not a single token, such
//     as basic authentication, OAuth1 or a signature of each request;
//   - the provider's URL depends on the connection, such as the subdomain of a customer;
//   - you want the calls in Nango's logs, or Nango's retries.
//
// Tokens are the better choice for large or streamed bodies, for statuses and response headers that the proxy changes
// or drops, and for protocols other than HTTP.
//
// # Tokens
//
// Tokens come from [nango.ConnectionHandle.Token] with a MaxAge, from the cache of the client. So clients, sources and
// handles for one connection share one token and one request. [nango.ConnectionHandle.ForgetToken] makes all of them
// ask the server. If the customer has to reconnect, the errors match [nango.ErrRefreshFailed].
package nangooauth
