// Size makes the module's zip as the go tool makes it, of the last commit, and fails if it is larger than 2 MB: everybody who
// depends on the module downloads it.
package main

import (
	"fmt"
	"os"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const most = 2_000_000

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func main() {
	var size counter
	err := zip.CreateFromVCS(&size, module.Version{Path: "github.com/nango-go/sdk", Version: "v0.0.0"}, ".", "HEAD", "")
	if err == nil && size > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	fmt.Println("module zip:", size, "bytes")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
