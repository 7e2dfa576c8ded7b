package main

import (
	"fmt"
	"html"
	"strings"
)

const (
	nameWidth = 190
	barWidth  = 400
	barHeight = 16
	width     = nameWidth + barWidth + 160
)

const style = `text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.row { font-weight: 600 }
.bar { fill: #9aa4af }
.ours { fill: #2a7fd4 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #6e7781 } .ours { fill: #4c9be8 } }`

// picture returns a bar chart in SVG. In each row, the slowest side has the longest bar.
func (m *measured) picture() string {
	var bars strings.Builder
	y := 20
	for _, r := range m.rows {
		slowest := 0.0
		for _, s := range r.sides {
			slowest = max(slowest, s.median("ns/op"))
		}
		y += 10
		fmt.Fprintf(&bars, `<text class="row" x="0" y="%d">%s</text>`+"\n", y, html.EscapeString(r.name))
		y += 8
		for _, s := range r.sides {
			class, label := "bar", duration(s.median("ns/op"))
			if strings.HasPrefix(s.name, "nango") {
				class = "bar ours"
			}
			if r.hasPeak() {
				label += number(", %.0f MiB", s.median("peak-MiB"))
			}
			length := max(1, barWidth*s.median("ns/op")/slowest)
			fmt.Fprintf(&bars, `<text x="%d" y="%d" text-anchor="end">%s</text>`, nameWidth-8, y+barHeight-3, html.EscapeString(s.name))
			fmt.Fprintf(&bars, `<rect class="%s" x="%d" y="%d" width="%.0f" height="%d"/>`, class, nameWidth, y, length, barHeight-2)
			fmt.Fprintf(&bars, `<text x="%.0f" y="%d">%s</text>`+"\n", nameWidth+length+8, y+barHeight-3, html.EscapeString(label))
			y += barHeight + 3
		}
		y += 14
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">
<title>The time that each side takes. Less is better.</title>
<style>%s</style>
%s</svg>
`, width, y, width, y, style, bars.String())
}
