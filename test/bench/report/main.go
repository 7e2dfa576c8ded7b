// Command report reads the output of the benchmarks of test/bench, of one or more rounds, from its standard input. It prints
// their table. With -docs it also writes the table into performance.md in that folder, and a picture of it into
// performance.svg.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
)

// The table in performance.md is between these lines.
var begin, end = []byte("<!-- The table that `make bench` writes -->\n"), []byte("<!-- End of the table -->\n")

func main() {
	log.SetFlags(0)
	log.SetPrefix("report: ")
	docs := flag.String("docs", "", "the folder of performance.md and performance.svg")
	flag.Parse()
	if err := report(os.Stdin, os.Stdout, *docs); err != nil {
		log.Fatal(err)
	}
}

func report(r io.Reader, w io.Writer, docs string) error {
	measured, err := read(r)
	if err != nil {
		return err
	}
	table := measured.table()
	if _, err := io.WriteString(w, table); err != nil || docs == "" {
		return err
	}
	page := filepath.Join(docs, "performance.md")
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(text, begin)
	_, after, ended := bytes.Cut(rest, end)
	if !found || !ended {
		return errors.New(page + " has no place for the table")
	}
	text = fmt.Appendf(nil, "%s%s%s%s%s", before, begin, table, end, after)
	return errors.Join(os.WriteFile(page, text, 0o644), os.WriteFile(filepath.Join(docs, "performance.svg"), []byte(measured.picture()), 0o644))
}
