package reqschema

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/js"
)

// rules are what x-rules in the document names: what the server checks of a value as a whole.
var rules = map[string]func(value any, now time.Time) []Item{
	"tags": tagRule, "recent": recentRule,
}

// tagRule counts the tags, and looks at their keys as the server will store them, in lower case.
func tagRule(value any, _ time.Time) []Item {
	object := value.(map[string]any)
	if len(object) > 10 {
		return note("custom", "Tags cannot contain more than 10 keys")
	}
	var items []Item
	seen := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name, text := strings.ToLower(key), object[key].(string)
		if seen[name] {
			items = append(items, note("custom", "Two tag keys are the same in lower case: "+name)...)
		}
		seen[name] = true
		if name == "end_user_email" && !formats["email"].valid(text) {
			items = append(items, note("custom", "The tag end_user_email has to be an email address")...)
		}
	}
	return items
}

func recentRule(value any, now time.Time) []Item {
	if since, ok := js.ParseDate(value.(string)); ok && !since.Before(now.Add(-365*24*time.Hour)) {
		return nil
	}
	return note("custom", "must be within the last 12 months")
}
