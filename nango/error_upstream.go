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

// UpstreamError is the response of an API that an action called and that failed. [errors.AsType] finds it in the chain of
// an [*Error] with the code "script_http_error".
type UpstreamError struct {
	// StatusCode is the status that the API responded with.
	StatusCode int

	held held
}

// Header returns the content type and the rate-limit headers of the response: Nango passes on no others.
func (e *UpstreamError) Header() http.Header { return e.held.get().header }

// Body returns the body of the response as JSON; Nango wraps anything but an object as {"message": …}.
func (e *UpstreamError) Body() json.RawMessage { return e.held.get().body }

// Error says with which status the API responded.
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
