package nango

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

// UpstreamError is the answer of an API that an action called and that failed. [errors.AsType] finds it in the chain of
// an [*Error] with the code "script_http_error".
type UpstreamError struct {
	// StatusCode is the status that the API answered.
	StatusCode int
	// Header holds the content type and the rate-limit headers: Nango passes on no others.
	Header http.Header
	// Body is the API's body as JSON; Nango wraps what is no object as {"message": …}.
	Body json.RawMessage
}

// Error says which status the API answered.
func (e *UpstreamError) Error() string {
	return "the API that the action called answered " + status(e.StatusCode)
}

// Format prints the text of the error for every verb.
func (e UpstreamError) Format(f fmt.State, _ rune) { io.WriteString(f, e.Error()) }

// LogValue returns the text of the error.
func (e UpstreamError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON returns the text of the error.
func (e UpstreamError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// ProviderError is an answer of a provider, had through Nango's proxy, that is not a success. It is not a failure of
// Nango, so that it matches no sentinel of this package. Its text holds the status only.
type ProviderError struct {
	// StatusCode is the status that the provider answered.
	StatusCode int
	// Header holds the headers of the answer.
	Header http.Header
	// Body is the body of the answer, at most 64 KiB of it.
	Body []byte
	// Truncated reports that the body was longer than Body, or broke off.
	Truncated bool
}

// Error says which status the provider answered.
func (e *ProviderError) Error() string { return "nango: the provider answered " + status(e.StatusCode) }

// Format prints the text of the error for every verb.
func (e ProviderError) Format(f fmt.State, _ rune) { io.WriteString(f, e.Error()) }

// LogValue returns the text of the error.
func (e ProviderError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON returns the text of the error.
func (e ProviderError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

func status(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
