// Command ratio reads the output of go test -bench -count n from its standard input and prints, for each benchmark with
// variants, the medians of each variant and how they relate to the variant "by-hand".
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

const baseline = "by-hand"

// runs are the measurements of one variant, by unit.
type runs map[string][]float64

// group is a benchmark with its variants, in the order in which they ran.
type group struct {
	name     string
	variants []string
	runs     map[string]runs
}

func main() {
	log.SetFlags(0)
	groups, err := read(os.Stdin)
	if err == nil {
		err = write(os.Stdout, groups)
	}
	if err != nil {
		log.Fatal("ratio: ", err)
	}
}

// read collects lines such as
//
//	BenchmarkGet/by-hand-2   100000   11000 ns/op   4248 B/op   52 allocs/op
func read(r io.Reader) ([]*group, error) {
	var groups []*group
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name, variant, ok := strings.Cut(fields[0], "/")
		if !ok {
			continue
		}
		if i := strings.LastIndex(variant, "-"); i > 0 { // the number of processors
			if _, err := strconv.Atoi(variant[i+1:]); err == nil {
				variant = variant[:i]
			}
		}
		if err := groupOf(&groups, name).add(variant, fields[2:]); err != nil {
			return nil, fmt.Errorf("%q: %w", lines.Text(), err)
		}
	}
	return groups, lines.Err()
}

func groupOf(groups *[]*group, name string) *group {
	i := slices.IndexFunc(*groups, func(g *group) bool { return g.name == name })
	if i < 0 {
		*groups = append(*groups, &group{name: name, runs: map[string]runs{}})
		i = len(*groups) - 1
	}
	return (*groups)[i]
}

// add takes the pairs of value and unit of one line.
func (g *group) add(variant string, pairs []string) error {
	if g.runs[variant] == nil {
		g.variants, g.runs[variant] = append(g.variants, variant), runs{}
	}
	for pair := range slices.Chunk(pairs, 2) {
		value, err := strconv.ParseFloat(pair[0], 64)
		if err != nil {
			return err
		}
		if len(pair) == 2 {
			g.runs[variant][pair[1]] = append(g.runs[variant][pair[1]], value)
		}
	}
	return nil
}

func write(w io.Writer, groups []*group) error {
	if len(groups) == 0 {
		return fmt.Errorf("no benchmark with variants on the standard input")
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, g := range groups {
		fmt.Fprintf(table, "%s\truns\tns/op\tratio\tallocs/op\tdifference\t\n", g.name)
		base := g.runs[baseline]
		for _, variant := range g.variants {
			r := g.runs[variant]
			ns, allocs := median(r["ns/op"]), median(r["allocs/op"])
			fmt.Fprintf(table, "%s\t%d\t%.0f\t%.2f\t%.0f\t%+.0f\t\n", variant, len(r["ns/op"]),
				ns, ns/median(base["ns/op"]), allocs, allocs-median(base["allocs/op"]))
		}
	}
	return table.Flush()
}

// median is NaN where nothing was measured.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
