// Nodeserve compares what the Node SDK got from nango-go serve with what the recorded server gave: make node-on-serve. Its
// argument is the file that calls.mjs wrote.
//
// A call differs if the method failed, if no recording has the status for the operation, or if the response has other keys than
// each recording with that status. Keys that belong to a customer or a provider do not count, and neither do those below a null.
// It ends with 1 for a difference that accepted.txt does not have, or for one that it has and that is gone, and with 2 if it
// could not compare.
package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/test/recordings"
)

// accepted has the differences that are right, below the reasons.
//
//go:embed accepted.txt
var accepted string

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 2
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	if len(args) != 1 {
		return 0, fmt.Errorf("the argument is the file of the calls")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return 0, err
	}
	var calls []call
	if err := json.Unmarshal(data, &calls); err != nil {
		return 0, err
	}
	validator, err := spectest.New(api.Document)
	if err != nil {
		return 0, err
	}
	recorded, err := recordings.All("")
	if err != nil {
		return 0, err
	}
	reasons, err := readReasons(accepted)
	if err != nil {
		return 0, err
	}
	found, err := compare(validator, recorded, calls)
	if err != nil {
		return 0, err
	}
	return report(os.Stdout, calls, found, reasons), nil
}
