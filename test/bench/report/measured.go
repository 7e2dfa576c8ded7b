package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// measured is what the benchmarks measured.
type measured struct {
	system, cpu, processors string
	rows                    []*row
}

// row is a benchmark with its sides, in the order in which they ran. The first is what the others are compared with.
type row struct {
	name  string
	sides []*side
}

// side has the measurements of each round, by unit.
type side struct {
	name   string
	rounds map[string][]float64
}

// read collects lines such as
//
//	BenchmarkTable/one_call/by_hand-2   100000   11000 ns/op   4248 B/op   52 allocs/op
func read(r io.Reader) (*measured, error) {
	m := &measured{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if key, value, ok := strings.Cut(line, ": "); ok {
			switch key {
			case "goos":
				m.system = value
			case "goarch":
				m.system, _, _ = strings.Cut(m.system, "/")
				m.system += "/" + value
			case "cpu":
				m.cpu = value
			}
		}
		if strings.HasPrefix(line, "--- FAIL") {
			return nil, errors.New("a benchmark failed: " + line)
		}
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if err := m.add(fields[0], fields[2:]); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	if len(m.rows) == 0 {
		return nil, errors.New("no benchmark with sides on the standard input")
	}
	return m, lines.Err()
}

// add takes the name of a benchmark, and the pairs of value and unit of one line.
func (m *measured) add(benchmark string, pairs []string) error {
	parts := strings.Split(strings.ReplaceAll(benchmark, "_", " "), "/")
	if len(parts) != 3 {
		return nil
	}
	name, processors := parts[2], "1"
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name, processors = name[:i], name[i+1:]
	}
	m.processors = processors
	side := m.side(parts[1], name)
	for pair := range slices.Chunk(pairs, 2) {
		value, err := strconv.ParseFloat(pair[0], 64)
		if err != nil {
			return err
		}
		if len(pair) == 2 {
			side.rounds[pair[1]] = append(side.rounds[pair[1]], value)
		}
	}
	return nil
}

func (m *measured) side(rowName, sideName string) *side {
	i := slices.IndexFunc(m.rows, func(r *row) bool { return r.name == rowName })
	if i < 0 {
		i, m.rows = len(m.rows), append(m.rows, &row{name: rowName})
	}
	r := m.rows[i]
	i = slices.IndexFunc(r.sides, func(s *side) bool { return s.name == sideName })
	if i < 0 {
		i, r.sides = len(r.sides), append(r.sides, &side{sideName, map[string][]float64{}})
	}
	return r.sides[i]
}

// describe returns where and how often it was measured.
func (m *measured) describe() string {
	rounds := math.MaxInt
	for _, r := range m.rows {
		for _, s := range r.sides {
			rounds = min(rounds, len(s.rounds["ns/op"]))
		}
	}
	return fmt.Sprintf("%s, %s, processors: %s. Medians of rounds: %d.", m.system, m.cpu, m.processors, rounds)
}

// ratio is the median of how the side relates to the first side of its row in the same round.
func (r *row) ratio(s *side, unit string) float64 {
	var ratios []float64
	for i, value := range s.rounds[unit] {
		if base := r.sides[0].rounds[unit]; i < len(base) {
			ratios = append(ratios, value/base[i])
		}
	}
	return median(ratios)
}

// median returns the median of a unit; it is NaN where nothing was measured.
func (s *side) median(unit string) float64 { return median(s.rounds[unit]) }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
