package js

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Number is Number() of a value that encoding/json decoded, or of one of a query: null and the empty string are 0, a list of one
// is its element.
func Number(value any) float64 {
	switch value := value.(type) {
	case nil:
		return 0
	case bool:
		if value {
			return 1
		}
		return 0
	case float64:
		return value
	case json.Number:
		number, _ := value.Float64()
		return number
	case string:
		return parseNumber(strings.TrimSpace(value))
	case []any:
		if len(value) == 0 {
			return 0
		}
		if len(value) == 1 {
			return Number(value[0])
		}
	}
	return math.NaN()
}

// bases are those of integers with a prefix.
var bases = map[string]int{"0x": 16, "0o": 8, "0b": 2}

func parseNumber(text string) float64 {
	if text == "" {
		return 0
	}
	if base, ok := bases[strings.ToLower(text[:min(2, len(text))])]; ok {
		if n, err := strconv.ParseUint(text[2:], base, 64); err == nil {
			return float64(n)
		}
		return math.NaN()
	}
	// Go reads more words than the one, and hexadecimal fractions.
	if strings.Trim(text, "+-.0123456789eE") != "" && strings.TrimLeft(text, "+-") != "Infinity" {
		return math.NaN()
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(number, 0) {
		return math.NaN()
	}
	return number
}
