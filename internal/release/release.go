// Package release compares releases of Nango, such as 0.71.10.
package release

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Recorded is the build that the recordings are of. It calls itself 0.71.4 and lies between that release and 0.71.5.
const Recorded = "0.71.4+2026-08-21"

// Span says which releases have something. An empty end is open.
type Span struct {
	Since, Until string // the first and the last release
	Declared     bool   // no recording shows it; with a Since, the recorded build does not have it
}

// Has reports whether a release has what the span is about.
func (s Span) Has(release string) bool {
	if release == Recorded {
		return s.Since == "" || !s.Declared
	}
	return (s.Since == "" || Compare(release, s.Since) >= 0) && (s.Until == "" || Compare(release, s.Until) <= 0)
}

// SpanOf reads the keys x-since, x-until and x-evidence of the document, all of which may be absent.
func SpanOf(extensions map[string]any) (Span, error) {
	var s Span
	for name, field := range map[string]*string{"x-since": &s.Since, "x-until": &s.Until} {
		value, ok := extensions[name]
		if !ok {
			continue
		}
		if *field, ok = value.(string); !ok || !Valid(*field) {
			return s, fmt.Errorf("%s is %v, want a release such as 0.71.10", name, value)
		}
	}
	switch evidence, given := extensions["x-evidence"]; {
	case !given:
		return s, nil
	case evidence != "declared":
		return s, fmt.Errorf("x-evidence is %v, want declared, or none for what was recorded", evidence)
	case s == Span{}:
		return s, errors.New("x-evidence without an x-since or an x-until")
	}
	s.Declared = true
	return s, nil
}

// Within says what is wrong with the span in a document whose newest release is given.
func (s Span) Within(newest string) error {
	switch {
	case s.Since != "" && Compare(s.Since, newest) > 0:
		return fmt.Errorf("x-since is %s, and info.version %s: raise it", s.Since, newest)
	case s.Since != "" && s.Until != "" && Compare(s.Since, s.Until) > 0:
		return fmt.Errorf("x-since is %s, and x-until is %s", s.Since, s.Until)
	case s.Until != "" && Compare(s.Until, newest) >= 0:
		return fmt.Errorf("x-until is %s, and info.version %s: name the last release that has it, and raise info.version", s.Until, newest)
	}
	return nil
}

// Compare orders releases: -1 if a is older than b, 1 if it is newer.
func Compare(a, b string) int {
	x, buildX := parts(a)
	y, buildY := parts(b)
	return cmp.Or(slices.Compare(x, y), cmp.Compare(buildX, buildY))
}

// Valid reports whether a text is a release: three numbers, joined by dots.
func Valid(release string) bool {
	numbers, _ := parts(release)
	return len(numbers) == 3 && slices.Min(numbers) >= 0 && release == fmt.Sprintf("%d.%d.%d", numbers[0], numbers[1], numbers[2])
}

// parts returns the numbers of a release, -1 for what is no number, and the build behind the plus sign.
func parts(release string) ([]int, string) {
	version, build, _ := strings.Cut(release, "+")
	var numbers []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			numbers = append(numbers, -1)
			continue
		}
		numbers = append(numbers, int(n))
	}
	return numbers, build
}
