package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const measured = `goos: linux
cpu: AMD EPYC
BenchmarkGet/by-hand-2         	  100000	     10000 ns/op	    4248 B/op	      52 allocs/op
BenchmarkGet/by-hand-2         	  100000	     90000 ns/op	    4248 B/op	      52 allocs/op
BenchmarkGet/by-hand-2         	  100000	     12000 ns/op	    4247 B/op	      52 allocs/op
BenchmarkGet/nango-2           	   70000	     14000 ns/op	    7157 B/op	      70 allocs/op
BenchmarkGet/nango-2           	   70000	     16000 ns/op	    7157 B/op	      71 allocs/op
BenchmarkAlone-2               	   70000	     16000 ns/op
BenchmarkVerify/nango          	     100	      1.5 ns/op
PASS
ok  	github.com/nango-go/sdk/test/bench	11.099s
`

func TestRatios(t *testing.T) {
	groups, err := read(strings.NewReader(measured))
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, write(&out, groups))
	var table [][]string
	for line := range strings.Lines(out.String()) {
		table = append(table, strings.Fields(line))
	}
	assert.Equal(t, [][]string{
		{"BenchmarkGet", "runs", "ns/op", "ratio", "allocs/op", "difference"},
		{"by-hand", "3", "12000", "1.00", "52", "+0"},
		{"nango", "2", "15000", "1.25", "70", "+18"},
		{"BenchmarkVerify", "runs", "ns/op", "ratio", "allocs/op", "difference"},
		{"nango", "1", "2", "NaN", "NaN", "+NaN"},
	}, table)
}

func TestNothingToCompare(t *testing.T) {
	groups, err := read(strings.NewReader("PASS\n"))
	require.NoError(t, err)
	assert.Error(t, write(new(strings.Builder), groups))
	_, err = read(strings.NewReader("BenchmarkGet/by-hand-2 100 x ns/op"))
	assert.Error(t, err)
}
