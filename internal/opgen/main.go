// Command opgen writes gen/operations.gen.go, the table of operations, from api/openapi.yaml. It runs in the root of the
// module, by "go generate".
package main

import (
	"fmt"
	"os"
)

const (
	documentPath = "api/openapi.yaml"
	outputPath   = "gen/operations.gen.go"
)

func main() {
	if err := run(documentPath, outputPath); err != nil {
		fmt.Fprintln(os.Stderr, "opgen:", err)
		os.Exit(1)
	}
}

// run reads the document and writes the table; it leaves the output alone when the document is at fault.
func run(document, output string) error {
	data, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	operations, err := readOperations(data)
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	source, err := render(operations)
	if err != nil {
		return err
	}
	return os.WriteFile(output, source, 0o644)
}
