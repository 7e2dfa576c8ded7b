// Command opgen writes from api/openapi.yaml what oapi-codegen does not: gen/operations.gen.go, the table of operations, and
// internal/reqschema/requests.gen.go, what the server checks of each request. It runs in the root of the module, by
// "go generate".
package main

import (
	"errors"
	"fmt"
	"os"
)

const (
	documentPath   = "api/openapi.yaml"
	operationsPath = "gen/operations.gen.go"
	requestsPath   = "internal/reqschema/requests.gen.go"
)

func main() {
	if err := run(documentPath, operationsPath, requestsPath); err != nil {
		fmt.Fprintln(os.Stderr, "opgen:", err)
		os.Exit(1)
	}
}

// run reads the document and writes the two files; it leaves them alone when the document is at fault.
func run(document, operationsFile, requestsFile string) error {
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
	if err := errors.Join(err, requestsErr); err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	operations, err := render(rows, doc.Info.Version)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(operationsFile, operations, 0o644), os.WriteFile(requestsFile, requests, 0o644))
}
