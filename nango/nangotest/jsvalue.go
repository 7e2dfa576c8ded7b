package nangotest

import (
	"encoding/json"

	"github.com/nango-go/sdk/internal/js"
)

// throughJS is the JSON of a value of the test's own after a way through the server, which is written in JavaScript: integers beyond
// 2^53 lose digits.
func throughJS(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		misuse("this cannot be JSON: %v", err)
	}
	return js.Print(js.Parse(text))
}
