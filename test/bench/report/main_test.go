package main

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const output = `goos: linux
goarch: amd64
pkg: github.com/nango-go/sdk/test/bench
cpu: AMD EPYC
BenchmarkTable/one_call/by_hand-2         	  100000	     10000 ns/op	    4248 B/op	      52 allocs/op
BenchmarkTable/one_call/nango-2           	   70000	     14000 ns/op	    7157 B/op	      70 allocs/op
BenchmarkTable/all_<records>/by_hand-2    	       1	 1500000000 ns/op	   22.6 peak-MiB	    4248 B/op	 1000052 allocs/op
BenchmarkTable/all_<records>/Node_SDK-2   	       1	 900000000 ns/op	   160.4 peak-MiB
goos: linux
goarch: amd64
BenchmarkTable/one_call/by_hand-2         	  100000	     30000 ns/op	    4248 B/op	      52 allocs/op
BenchmarkTable/one_call/nango-2           	   70000	     36000 ns/op	    7157 B/op	      71 allocs/op
BenchmarkTable/one_call/cached-2          	   70000	     450 ns/op
BenchmarkTable/one_call/by_hand-2         	  100000	     20000 ns/op	    4248 B/op	      52 allocs/op
BenchmarkTable/one_call/nango-2           	   70000	       999 ns/op	    7157 B/op	      71 allocs/op
BenchmarkAlone-2               	   70000	     16000 ns/op
PASS
ok  	github.com/nango-go/sdk/test/bench	11.099s
`

const table = `linux/amd64, AMD EPYC, processors: 2. Medians of rounds: 1.

|                   |    time | ratio | allocations | peak memory |
| ----------------- | ------: | ----: | ----------: | ----------: |
| **one call**      |         |       |             |             |
| by hand           | 20.0 µs |  1.00 |          52 |             |
| nango             | 14.0 µs |  1.20 |          71 |             |
| cached            |  450 ns | 0.045 |             |             |
| **all <records>** |         |       |             |             |
| by hand           |  1.50 s |  1.00 |     1000052 |      23 MiB |
| Node SDK          |  900 ms |  0.60 |             |     160 MiB |
`

func TestReport(t *testing.T) {
	docs := t.TempDir()
	page := filepath.Join(docs, "performance.md")
	require.NoError(t, os.WriteFile(page, []byte("# Speed\n\n"+string(begin)+"old\n"+string(end)+"after\n"), 0o600))
	var out strings.Builder
	require.NoError(t, report(strings.NewReader(output), &out, docs))
	assert.Equal(t, table, out.String())
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, "# Speed\n\n"+string(begin)+table+string(end)+"after\n", string(text))

	picture, err := os.Open(filepath.Join(docs, "performance.svg"))
	require.NoError(t, err)
	defer picture.Close()
	var widths, texts []string
	for decoder := xml.NewDecoder(picture); ; {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "rect" {
				widths = append(widths, token.Attr[3].Value)
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" {
				texts = append(texts, text)
			}
		}
	}
	assert.Equal(t, []string{"400", "280", "9", "400", "240"}, widths)
	assert.Equal(t, []string{"one call", "by hand", "20.0 µs", "nango", "14.0 µs", "cached", "450 ns", "all <records>", "by hand", "1.50 s, 23 MiB", "Node SDK", "900 ms, 160 MiB"}, texts[2:])
}

func TestNothingToReport(t *testing.T) {
	docs := t.TempDir()
	for _, input := range []string{"PASS\n", "BenchmarkTable/a/by_hand-2 100 x ns/op", "--- FAIL: BenchmarkTable/a/b\n" + output} {
		assert.Error(t, report(strings.NewReader(input), io.Discard, docs), input)
	}
	assert.Error(t, report(strings.NewReader(output), io.Discard, docs), "there is no page")
	require.NoError(t, os.WriteFile(filepath.Join(docs, "performance.md"), []byte("no place"), 0o600))
	assert.Error(t, report(strings.NewReader(output), io.Discard, docs))
}
