// Drift compares api/openapi.yaml with what the package @nangohq/types of a release declares, so that a change of Nango's API is
// seen before users meet it. `make drift` installs the package, lets declared.mjs read it, and runs this.
//
// It compares operations, the names of path parameters, the keys of queries, headers, bodies and successes, the webhooks, the
// values of open and closed sets, error codes, auth modes and scopes. What an x-since or an x-until keeps from the release is
// left out. These are differences:
//
//   - What is on one side only: an operation, a key, a value, an error code, an alternative such as one type of credentials, a
//     webhook, a scope.
//   - In a response: a key that the types let be absent, and a kind of value (null is one), for which the document is not ready.
//     The document can be ready for more.
//   - In a request: a key that the types require and the document does not, and a kind of value on one side only.
//
// These are none:
//
//   - What is in a value of any type, on either side; keys without a name in an object with x-free-form or a map.
//   - The kind of a scalar in a query or a header, where all is text; formats, patterns and lengths, of which types say nothing;
//     the values of a set that the types leave open.
//   - The status of a success. Alternatives that only one side has are compared as one object.
//
// Accepted differences are in accepted.txt, each with a reason. The program ends with the status 0 if all differences are accepted
// and all accepted ones are there, 1 if not, and 2 if it could not compare: a missing or empty file is never a pass.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage, in the root of the module: drift <output of declared.mjs>")
		os.Exit(2)
	}
	os.Exit(run(os.Stdout, os.Stderr, os.Args[1], "api/openapi.yaml", "internal/drift/accepted.txt"))
}

// run returns the status to end with.
func run(out, stderr io.Writer, declaredFile, documentFile, acceptedFile string) int {
	var types *declared
	var doc *document
	var accepted *accepted
	err := read(declaredFile, func(data []byte) (err error) { types, err = readDeclared(data); return err })
	if err == nil {
		err = errors.Join(
			read(acceptedFile, func(data []byte) (err error) { accepted, err = readAccepted(data, types.Release); return err }),
			read(documentFile, func(data []byte) (err error) { doc, err = readDocument(data, types.Release); return err }),
		)
	}
	if err != nil {
		fmt.Fprintf(stderr, "drift: %v\nNothing was compared.\n", err)
		return 2
	}
	found, silent := compare(types, doc, accepted.aliases)
	fresh := slices.DeleteFunc(slices.Clone(found), func(d *difference) bool { return slices.Contains(accepted.lines, d.what) })
	gone := slices.DeleteFunc(slices.Clone(accepted.lines), func(line string) bool {
		return slices.ContainsFunc(found, func(d *difference) bool { return d.what == line })
	})
	fmt.Fprintf(out, "@nangohq/types %s declares %d public endpoints, the document has %d operations of that release. Accepted differences: %d.\n",
		types.Release, len(types.Endpoints), len(doc.operations), len(accepted.lines)-len(gone))
	fmt.Fprintf(out, "\nNew differences: %d.\n", len(fresh))
	if len(fresh) > 0 {
		table(out, fresh)
	}
	fmt.Fprintf(out, "\nAccepted, but gone: %d.\n", len(gone))
	items(out, gone)
	fmt.Fprintf(out, "\nNot compared, since the document says that it is not of this release: %d.\n", len(doc.left))
	items(out, doc.left)
	fmt.Fprintf(out, "\nNot compared, since the types leave open what the document does not: %d.\n", len(silent))
	for _, row := range silent {
		fmt.Fprintf(out, "- %s, %s, in %s\n", row.what, strings.Join(row.declared, "; "), strings.Join(row.in, ", "))
	}
	if len(fresh)+len(gone) > 0 {
		return 1
	}
	return 0
}

func items(out io.Writer, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(out, "-", line)
	}
}

func read(file string, parse func([]byte) error) error {
	data, err := os.ReadFile(file)
	if err == nil {
		err = parse(data)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// table writes the differences in Markdown, for an issue.
func table(out io.Writer, rows []*difference) {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprint(w, "\n| Difference\t| In\t| Types\t| Document\t|\n|---\t|---\t|---\t|---\t|\n")
	for _, row := range rows {
		fmt.Fprintf(w, "| %s\t| %s\t| %s\t| %s\t|\n", row.what, strings.Join(row.in, ", "), strings.Join(row.declared, "; "), strings.Join(row.document, "; "))
	}
	w.Flush()
}
