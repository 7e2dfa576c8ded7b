package webhooktest

import (
	"encoding/json"
	"fmt"

	"github.com/nango-go/sdk/internal/js"
)

// Encode returns the body that Nango sends for payload: JSON without spaces, with the keys of each object sorted, with
// numbers as JavaScript prints them, and with no escapes that JSON does not require. The payload is a [webhook.Event],
// a [json.RawMessage], or any other value that encodes to JSON.
//
// Keys that are array indices come first, and the others in the order of their UTF-16 code units. A lone surrogate,
// which JavaScript would leave as it is, becomes U+FFFD.
func Encode(payload any) ([]byte, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("webhooktest: %w", err)
	}
	value := js.Parse(raw)
	js.Sort(value)
	return js.Print(value), nil
}
