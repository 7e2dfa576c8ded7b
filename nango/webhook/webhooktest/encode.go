package webhooktest

import (
	"encoding/json"
	"fmt"

	"github.com/nango-go/sdk/internal/js"
)

// Encode returns the body that Nango would send for payload: JSON without spaces, keys sorted at every level by UTF-16 code
// units and after those that are array indices, numbers as JavaScript prints a double, and nothing escaped that JSON does not
// require. The payload is a [webhook.Event], a [json.RawMessage], or any other value that encodes to JSON.
//
// Half of a surrogate pair, which JavaScript keeps, becomes U+FFFD.
func Encode(payload any) ([]byte, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("webhooktest: %w", err)
	}
	value := js.Parse(raw)
	js.Sort(value)
	return js.Print(value), nil
}
