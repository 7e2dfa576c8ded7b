package main

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// table returns the table in Markdown, in columns of equal width.
func (m *measured) table() string {
	lines := [][]string{{"", "time", "ratio", "allocations", "peak memory"}, nil}
	for _, r := range m.rows {
		lines = append(lines, []string{"**" + r.name + "**", "", "", "", ""})
		for _, s := range r.sides {
			peak := ""
			if r.hasPeak() {
				peak = number("%.0f MiB", s.median("peak-MiB"))
			}
			lines = append(lines, []string{s.name, duration(s.median("ns/op")), ratio(r.ratio(s, "ns/op")), number("%.0f", s.median("allocs/op")), peak})
		}
	}
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, width := range widths {
		lines[1] = append(lines[1], strings.Repeat("-", width-1)+":")
	}
	lines[1][0] = strings.Repeat("-", widths[0])
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", m.describe())
	for _, line := range lines {
		for i, cell := range line {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				gap, cell = "", gap+cell
			}
			fmt.Fprintf(&b, "| %s%s ", cell, gap)
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// hasPeak reports whether the row is about memory, too.
func (r *row) hasPeak() bool { return len(r.sides[0].rounds["peak-MiB"]) > 0 }

func number(format string, value float64) string {
	if math.IsNaN(value) {
		return ""
	}
	return fmt.Sprintf(format, value)
}

// ratio formats a ratio with two digits.
func ratio(r float64) string {
	if r < 0.1 {
		return fmt.Sprintf("%.2g", r)
	}
	return number("%.2f", r)
}

// duration formats nanoseconds with three digits.
func duration(ns float64) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if n := ns / float64(unit.size); n >= 1 {
			digits := 2
			for limit := 10.0; n >= limit && digits > 0; limit *= 10 {
				digits--
			}
			return fmt.Sprintf("%.*f %s", digits, n, unit.name)
		}
	}
	return number("%.0f ns", ns)
}
