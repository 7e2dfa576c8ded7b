package nango

import (
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// window is one limit of a provider, from the headers of a response. A provider can have several, such as one for
// requests and one for tokens. A number that is not there is NaN.
type window struct {
	limit, remaining float64
	reset            time.Time
	likeNango        bool // the names are Nango's, the reset is an epoch in seconds, and both numbers are there
}

var unknown = window{limit: math.NaN(), remaining: math.NaN()}

func (w window) exhausted() bool { return w.remaining <= 0 }

// mayBeNango reports whether a window can be that of Nango's own limit, which lasts a minute.
func (w window) mayBeNango(at time.Time) bool {
	const slack = 5 * time.Minute // the Date can be a gateway's, and without one the clock is this program's
	left := w.reset.Sub(at)
	return w.likeNango && left >= -slack && left <= time.Minute+slack
}

// rateLimit returns the limit. reset is what says more than the window when requests are allowed again, or zero.
func (w window) rateLimit(at, reset time.Time) RateLimit {
	if reset.IsZero() && !(w.remaining > 0) { // otherwise it is not this window that refused the request
		reset = w.reset
	}
	limit := RateLimit{Limit: count(w.limit), Remaining: count(w.remaining)}
	if !reset.IsZero() {
		limit.Reset, limit.RetryAfter = reset.UTC(), max(reset.Sub(at), 0)
	}
	return limit
}

// count is a number of a header as an int, and 0 if there is none.
func count(n float64) int {
	if n > 0 && n <= math.MaxInt32 {
		return int(n)
	}
	return 0
}

// usedUp returns the window that made a provider refuse a request: the one that is used up for the longest time. If none is
// used up, it is the only one.
func usedUp(limits []window) window {
	found := unknown
	for _, w := range limits {
		if w.exhausted() && (!found.exhausted() || w.reset.After(found.reset)) {
			found = w
		}
	}
	if !found.exhausted() && len(limits) == 1 {
		return limits[0]
	}
	return found
}

// windows reads the headers of rate limits.
func windows(header http.Header, at time.Time) (limits []window) {
	// The key is what the names of the headers of a window have beside the words for a rate limit.
	named := map[string]map[string][]string{}
	for name, values := range header {
		if key, role := limitName(name); role != "" && len(values) > 0 {
			if named[key] == nil {
				named[key] = map[string][]string{}
			}
			named[key][role] = values
		}
	}
	for _, key := range slices.Sorted(maps.Keys(named)) {
		roles := named[key]
		limits = append(limits, structured(strings.Join(roles["all"], ","), at)...)
		if match := usedOf.FindStringSubmatch(strings.Join(roles["used"], ",")); match != nil {
			w := window{limit: number(match[2])}
			w.remaining = w.limit - number(match[1])
			limits = append(limits, w)
		}
		// A gateway joins Nango's header with one of the same name that the provider sent.
		count := max(1, len(listOf(roles["remaining"])))
		for i := range count {
			limits = append(limits, windowOf(key, i, count, roles, at))
		}
	}
	return slices.DeleteFunc(limits, func(w window) bool {
		return math.IsNaN(w.limit) && math.IsNaN(w.remaining) && w.reset.IsZero()
	})
}

// windowOf reads one of the windows whose headers have the same names.
func windowOf(key string, i, count int, roles map[string][]string, at time.Time) window {
	value := func(names ...string) string {
		for _, name := range names {
			if list := listOf(roles[name]); len(list) == count {
				return list[i]
			} else if len(list) > 0 {
				return strings.TrimSpace(roles[name][0]) // a date, or a limit with its policies
			}
		}
		return ""
	}
	w := window{limit: number(value("limit", "max")), remaining: number(value("remaining")), reset: secondsAfter(value("reset-after"), at)}
	if reset := value("reset", "resettime"); w.reset.IsZero() {
		w.reset = timeOf(reset, at)
		w.likeNango = key == "x" && len(reset) == 10 && strings.Trim(reset, "0123456789") == "" && !math.IsNaN(w.limit) && !math.IsNaN(w.remaining)
	}
	return w
}

// listOf returns the values of a header that is there several times or has a list.
func listOf(lines []string) (values []string) {
	for _, line := range lines {
		for value := range strings.SplitSeq(line, ",") {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// usedOf is how Shopify and Salesforce say how many requests of how many are used: "40/40", "api-usage=18/5000".
var usedOf = regexp.MustCompile(`(\d+)/(\d+)$`)

// limitName cuts the name of a header into the key of its window and its role; the role is empty if the header has none.
func limitName(name string) (key, role string) {
	switch name = strings.ToLower(name); name {
	case "ratelimit":
		return "ratelimit", "all"
	case "x-shopify-shop-api-call-limit", "sforce-limit-info":
		return name, "used"
	}
	var rest []string
	if strings.Contains(name, "rate-limit") { // not Nango's spelling, so another window
		name, rest = strings.Replace(name, "rate-limit", "ratelimit", 1), []string{"rate"}
	}
	found := false
	for word := range strings.SplitSeq(name, "-") {
		switch {
		case word == "ratelimit":
			found = true
		case role == "" && (word == "limit" || word == "max" || word == "remaining" || word == "reset" || word == "resettime"):
			role = word
		case role == "reset" && word == "after":
			role = "reset-after"
		default:
			rest = append(rest, word)
		}
	}
	key = strings.Join(rest, "-")
	switch {
	case !found:
		return "", ""
	case role == "" && key == "rate-x": // X-Rate-Limit, of Zendesk
		return key, "limit"
	}
	return key, role
}

// structured reads the header RateLimit of the drafts of the IETF: limit=100, remaining=0, reset=50, or later
// "default";r=0;t=50, which can be a list.
func structured(value string, at time.Time) []window {
	limits := []window{unknown}
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		w := &limits[len(limits)-1]
		switch {
		case strings.HasPrefix(name, `"`):
			limits = append(limits, unknown)
		case name == "limit":
			w.limit = number(text)
		case name == "remaining", name == "r":
			w.remaining = number(text)
		case name == "reset", name == "t":
			w.reset = secondsAfter(text, at)
		}
	}
	return limits
}

// number reads a number, which a list of policies may follow ("10, 10;window=1"). It returns NaN for any other text.
func number(text string) float64 {
	text, _, _ = strings.Cut(text, ",")
	text, _, _ = strings.Cut(text, ";")
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsInf(n, 0) {
		return math.NaN()
	}
	return n
}

// retryHeader returns the time that Retry-After and its kin ask to wait for, or zero.
func retryHeader(header http.Header, at time.Time) time.Time {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if n := number(header.Get(name)); n >= 0 {
			return secondsAfter(strconv.FormatFloat(n/1000, 'f', -1, 64), at)
		}
	}
	return timeOf(strings.TrimSpace(header.Get("Retry-After")), at)
}

const (
	longestWait = 32 * 24 * time.Hour // a quota of a month
	// isoMinute is the form of Atlassian.
	isoMinute = "2006-01-02T15:04Z07:00"
)

// timeOf reads a time in one of the forms that [ResponseRateLimit] lists. It returns zero for any other text, and for a time
// that is not near the time of the response.
func timeOf(text string, at time.Time) (found time.Time) {
	switch n := number(text); {
	case n >= 1e12 && n < 1e13:
		found = time.UnixMilli(int64(n))
	case n >= 1e9 && n < 1e10:
		found = time.UnixMilli(int64(n * 1000))
	case !math.IsNaN(n):
		return secondsAfter(text, at)
	default:
		found = dateIn(text, at)
	}
	if wait := found.Sub(at); wait < -24*time.Hour || wait > longestWait {
		return time.Time{}
	}
	return found
}

func dateIn(text string, at time.Time) time.Time {
	if date, err := http.ParseTime(text); err == nil {
		return date
	}
	for _, layout := range []string{time.RFC3339Nano, isoMinute} {
		if date, err := time.Parse(layout, text); err == nil {
			return date
		}
	}
	if wait, err := time.ParseDuration(text); err == nil && wait >= 0 {
		return at.Add(wait)
	}
	return time.Time{}
}

// secondsAfter reads a number of seconds after a time. It returns zero for any other text.
func secondsAfter(text string, at time.Time) time.Time {
	if n := number(text); n >= 0 && n <= longestWait.Seconds() {
		return at.Add(time.Duration(n * float64(time.Second)).Round(time.Millisecond))
	}
	return time.Time{}
}
