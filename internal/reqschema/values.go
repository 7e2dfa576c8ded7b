package reqschema

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf16"

	"github.com/nango-go/sdk/internal/js"
)

// limits checks what has a length against it, whatever its type should have been, and numbers against their bounds.
func (s *Schema) limits(value any, before []Item) []Item {
	var items []Item
	var size float64
	var form string
	switch value := value.(type) {
	case string:
		items = s.format(value)
		size, form = float64(len(utf16.Encode([]rune(value)))), "string to have %s%v characters"
	case []any:
		size, form = float64(len(value)), "array to have %s%v items"
	case float64:
		size, form = value, "number to be %s%v"
	}
	if form == "" || s.Kind == Number && anyFinal(before) {
		return nil
	}
	if s.Min != nil && size < *s.Min {
		items = append(items, note("too_small", fmt.Sprintf("Too small: expected "+form, ">=", *s.Min))...)
	}
	if s.Max != nil && size > *s.Max {
		items = append(items, note("too_big", fmt.Sprintf("Too big: expected "+form, "<=", *s.Max))...)
	}
	return items
}

// format checks a text against the format and the patterns.
func (s *Schema) format(text string) []Item {
	var items []Item
	if format, ok := formats[s.Format]; ok && !format.valid(text) {
		items = note("invalid_format", "Invalid "+format.name)
	}
	for _, pattern := range s.Patterns {
		if !compiled(pattern).MatchString(text) {
			items = append(items, note("invalid_format", "Invalid string: must match pattern /"+pattern+"/")...)
		}
	}
	return items
}

// flags are the words for true and, in the same number, those for false.
var flags = []any{"true", "1", "yes", "on", "y", "enabled", "false", "0", "no", "off", "n", "disabled"}

// IsTrue reports whether a text is one of the server's words for true.
func IsTrue(text string) bool {
	i := slices.Index(flags, any(strings.ToLower(text)))
	return 0 <= i && i < len(flags)/2
}

func (s *Schema) enum(value any, allowed []any) []Item {
	if number, ok := value.(json.Number); ok {
		value, _ = number.Float64()
	}
	if slices.Contains(allowed, value) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, option := range allowed {
		names[i] = fmt.Sprintf("%#v", option)
	}
	if len(names) == 1 {
		return s.fail("invalid_value", "Invalid input: expected "+names[0])
	}
	return s.fail("invalid_value", "Invalid option: expected one of "+strings.Join(names, "|"))
}

func (s *Schema) number(value any) (any, []Item) {
	number := math.NaN()
	if text, ok := value.(json.Number); ok {
		number, _ = text.Float64()
	} else if s.Coerce {
		number = js.Number(value)
		value = number
	}
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return value, s.expect(false, "number", value)
	}
	return number, s.expect(!s.Int || number == math.Trunc(number), "int", number)
}

var patterns sync.Map

// compiled returns the regular expression for a pattern, made at its first use.
func compiled(pattern string) *regexp.Regexp {
	re, ok := patterns.Load(pattern)
	if !ok {
		re, _ = patterns.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return re.(*regexp.Regexp)
}

type format struct {
	name  string
	valid func(string) bool
}

var formats = map[string]format{
	"email": {"email address", compiled(`^([\w'+-]+\.)*[\w'+-]*[\w+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$`).MatchString},
	"uuid": {"UUID", compiled(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$` +
		`|^00000000-0000-0000-0000-000000000000$`).MatchString},
	"utc-time": {"ISO datetime", func(text string) bool {
		if !compiled(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$`).MatchString(text) {
			return false
		}
		_, onCalendar := time.Parse(time.DateOnly, text[:10])
		_, onClock := js.ParseDate(text)
		return onCalendar == nil && onClock
	}},
	"uri": {"URL", func(text string) bool {
		parsed, err := url.Parse(strings.TrimSpace(text))
		return err == nil && parsed.Scheme != "" && parsed.Host+parsed.Opaque != ""
	}},
}

// split makes a list of a text with commas.
func split(text string) []any {
	var list []any
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, part)
	}
	return list
}

// typeName is what JavaScript calls the type of a value.
func typeName(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case absent:
		return "undefined"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case time.Time:
		return "Date"
	case float64:
		if math.IsNaN(value) {
			return "NaN"
		}
	}
	return "number"
}
