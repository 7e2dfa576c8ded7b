package proxying

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/nango-go/sdk/internal/js"
)

var (
	configKey   = regexp.MustCompile(`connectionConfig\.(\w+)`)
	placeholder = regexp.MustCompile(`\$\{([^{}]*)\}`)
	inBase64    = regexp.MustCompile(`\$\{base64\((.*?)\)\}`)
)

// interpolate replaces ${…}: by values, by those inside of objects (${credentials.username}), by ${base64(…)}, ${now} and
// ${random}. What it does not know stays. "a || b" is a where something in a is known, else b.
func (c *Call) interpolate(s string, values map[string]any) string {
	if !strings.Contains(s, "${") {
		return s
	}
	if first, second, ok := strings.Cut(s, "||"); ok {
		first, second = strings.TrimSpace(first), strings.TrimSpace(second)
		if done := c.replace(first, values); done != first {
			return done
		}
		second, _, _ = strings.Cut(second, "||")
		return c.replace(strings.TrimSpace(second), values)
	}
	return c.replace(s, values)
}

func (c *Call) replace(s string, values map[string]any) string {
	s = inBase64.ReplaceAllStringFunc(s, func(match string) string {
		inner := c.replace(inBase64.FindStringSubmatch(match)[1], values)
		return base64.StdEncoding.EncodeToString([]byte(inner))
	})
	return placeholder.ReplaceAllStringFunc(s, func(match string) string {
		switch key := match[2 : len(match)-1]; key {
		case "now":
			return c.Now.UTC().Format("2006-01-02T15:04:05.000Z")
		case "random":
			return uuid.NewString()
		default:
			if value, ok := printed(lookUp(values, key)); ok {
				return value
			}
			return match
		}
	})
}

// lookUp finds a value by its key or, if there is none, by the path that the key is.
func lookUp(values map[string]any, key string) any {
	if value, ok := values[key]; ok {
		return value
	}
	head, rest, ok := strings.Cut(key, ".")
	if !ok {
		return nil
	}
	switch inner := values[head].(type) {
	case map[string]any:
		return lookUp(inner, rest)
	case map[string]string:
		if value, ok := inner[rest]; ok {
			return value
		}
	}
	return nil
}

func printed(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return string(js.Print(json.RawMessage(value))), true
	case float64, int, int64:
		text, _ := json.Marshal(value) // a number
		return string(text), true
	}
	return "", false
}

// textOf is a value as a text, "" for one that is none.
func textOf(v any) string {
	s, _ := v.(string)
	return s
}
