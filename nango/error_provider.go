package nango

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// ProviderError is the error of a provider's response that is not a success. The response came through Nango's proxy.
// Nango itself did not fail, so the error matches no sentinel of this package. Its text holds only the status. [ProviderRateLimit]
// says whether the cause is a rate limit of the provider.
type ProviderError struct {
	// StatusCode is the status that the provider responded with.
	StatusCode int
	// Truncated reports that the body broke off or was longer than what [ProviderError.Body] returns.
	Truncated bool

	held held
}

// newProviderError returns the error of a provider's response. body is the part that has been read.
func newProviderError(resp *http.Response, body []byte, truncated bool) *ProviderError {
	kept := body[:min(len(body), maxKeptBody)]
	e := &ProviderError{StatusCode: resp.StatusCode, Truncated: truncated || len(body) > len(kept)}
	e.held = e.held.with(func(parts *heldParts) { parts.header, parts.body = resp.Header, kept })
	return e
}

// Header returns the headers of the response. They are not a copy.
func (e *ProviderError) Header() http.Header { return e.held.get().header }

// Body returns the body of the response, at most 64 KiB of it. It is not a copy.
func (e *ProviderError) Body() []byte { return e.held.get().body }

// Error returns a text with the status of the provider's response.
func (e *ProviderError) Error() string {
	return "nango: the provider responded with " + status(e.StatusCode)
}

// Format prints the text of the error for every verb.
func (e ProviderError) Format(f fmt.State, _ rune) { io.WriteString(f, e.Error()) }

// LogValue returns the text of the error.
func (e ProviderError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON returns the text of the error.
func (e ProviderError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }
