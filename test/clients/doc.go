// Package clients runs public Go clients, unmodified, through Nango's proxy: their requests go through
// [nango.ConnectionHandle.Transport] to a server of package nangotest, and from there to a provider that compares every byte
// and refuses a wrong token. What cannot work is here too, with the error or the loss that a user sees.
//
// The cases are of three dimensions: whether the provider's definition has headers, whether the provider's responses have a
// Content-Length or are chunked, and whether the server forwards all headers. docs/transport.md says what follows from each.
package clients
