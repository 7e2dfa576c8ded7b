package nangotest

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
func (p *proxied) interpolate(s string, values object) string {
	if !strings.Contains(s, "${") {
		return s
	}
	if first, second, ok := strings.Cut(s, "||"); ok {
		first, second = strings.TrimSpace(first), strings.TrimSpace(second)
		if done := p.replace(first, values); done != first {
			return done
		}
		second, _, _ = strings.Cut(second, "||")
		return p.replace(strings.TrimSpace(second), values)
	}
	return p.replace(s, values)
}

func (p *proxied) replace(s string, values object) string {
	s = inBase64.ReplaceAllStringFunc(s, func(match string) string {
		inner := p.replace(inBase64.FindStringSubmatch(match)[1], values)
		return base64.StdEncoding.EncodeToString([]byte(inner))
	})
	return placeholder.ReplaceAllStringFunc(s, func(match string) string {
		switch key := match[2 : len(match)-1]; key {
		case "now":
			return zulu(p.s.clock.Now())
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
func lookUp(values object, key string) any {
	if value, ok := values[key]; ok {
		return value
	}
	head, rest, ok := strings.Cut(key, ".")
	if !ok {
		return nil
	}
	switch inner := values[head].(type) {
	case object:
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
		return string(encode(value)), true
	}
	return "", false
}
