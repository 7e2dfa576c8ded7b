// Command opgen writes from api/openapi.yaml what oapi-codegen does not: gen/operations.gen.go, the table of operations,
// internal/reqschema/requests.gen.go, what the server checks of each request, and the table of releases in
// docs/compatibility.md. It runs in the root of the module, by "go generate".
package main

import (
	"errors"
	"fmt"
	"os"
)

const (
	documentPath   = "api/openapi.yaml"
	tablePath      = "docs/compatibility.md"
	operationsPath = "gen/operations.gen.go"
	requestsPath   = "internal/reqschema/requests.gen.go"
)

func main() {
	if err := run(documentPath, operationsPath, requestsPath, tablePath); err != nil {
		fmt.Fprintln(os.Stderr, "opgen:", err)
		os.Exit(1)
	}
}

// run reads the document and writes the two files and the table; it leaves them alone when the document is at fault.
func run(document, operationsFile, requestsFile, tableFile string) error {
	data, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	doc, err := load(data)
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	rows, err := readOperations(doc)
	requests, requestsErr := renderRequests(doc)
	found, foundErr := differences(doc)
	if err := errors.Join(err, requestsErr, foundErr); err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	operations, err := render(rows, doc.Info.Version)
	if err != nil {
		return err
	}
	page, err := os.ReadFile(tableFile)
	if err != nil {
		return err
	}
	if page, err = renderTable(page, found, doc.Info.Version); err != nil {
		return fmt.Errorf("%s: %w", tableFile, err)
	}
	return errors.Join(
		os.WriteFile(operationsFile, operations, 0o644), os.WriteFile(requestsFile, requests, 0o644), os.WriteFile(tableFile, page, 0o644),
	)
}
