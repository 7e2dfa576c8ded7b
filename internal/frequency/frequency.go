// Package frequency reads how often a sync runs, in the words that Nango takes.
package frequency

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// intervals are the expressions that the server knows by heart, and what it makes of them.
var intervals = map[string]string{
	"every half day": "12h", "every half hour": "30m", "every quarter hour": "15m", "every hour": "1h", "every day": "1d",
	"every month": "30d", "every week": "1w",
}

var amount = regexp.MustCompile(`(?i)^(\d+(?:\.\d+)?) ?([a-z]+)$`)

// units are by their beginning, which is enough to tell those apart that the server lets through.
var units = []struct {
	prefix string
	long   time.Duration
}{
	{"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}, {"w", 7 * 24 * time.Hour},
}

// Parse reads an expression such as "every 5 minutes". It returns what the server makes of it, "5 minutes", and how long that
// is. Less than 30 seconds is refused, and a unit without a number is understood only in the expressions known by heart.
func Parse(runs string) (shown string, every time.Duration, ok bool) {
	shown, known := intervals[runs]
	if !known {
		shown = strings.Replace(runs, "every ", "", 1)
	}
	parts := amount.FindStringSubmatch(shown)
	if parts == nil {
		return "", 0, false
	}
	number, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return "", 0, false
	}
	for _, unit := range units {
		if strings.HasPrefix(strings.ToLower(parts[2]), unit.prefix) {
			every = time.Duration(number * float64(unit.long))
			return shown, every, every >= 30*time.Second
		}
	}
	return "", 0, false
}
