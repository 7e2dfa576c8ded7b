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

// UpstreamError is the failed response of an API that an action called. [errors.AsType] finds it in the chain of an
// [*Error] with the code "script_http_error".
type UpstreamError struct {
	// StatusCode is the status that the API responded with.
	StatusCode int

	held held
}

// Header returns the content type and the rate-limit headers of the response. Nango does not forward other headers.
func (e *UpstreamError) Header() http.Header { return e.held.get().header }

// Body returns the body of the response as JSON. If it is not an object, Nango wraps it as {"message": …}.
func (e *UpstreamError) Body() json.RawMessage { return e.held.get().body }

// Error returns a text with the status of the API's response.
func (e *UpstreamError) Error() string {
	return "the API that the action called responded with " + status(e.StatusCode)
}

// Format prints the text of the error for every verb.
func (e UpstreamError) Format(f fmt.State, _ rune) { io.WriteString(f, e.Error()) }

// LogValue returns the text of the error.
func (e UpstreamError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON returns the text of the error.
func (e UpstreamError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

func status(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
