// Size makes the zip of each module as the go tool makes it, of the last commit, and fails if one is larger than 2 MB: everybody
// who depends on a module downloads it.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"

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
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "go.mod" {
			return err
		}
		return measure(path.Dir(name))
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measure prints the size of the module in a folder.
func measure(dir string) error {
	version := module.Version{Path: path.Join("github.com/nango-go/sdk", dir), Version: "v0.0.0"}
	if dir == "." {
		dir = "" // as CreateFromVCS wants it
	}
	var size counter
	if err := zip.CreateFromVCS(&size, version, ".", "HEAD", dir); err != nil {
		return fmt.Errorf("%s: %w", version.Path, err)
	}
	fmt.Println("module zip:", version.Path, size, "bytes")
	if size > most {
		return fmt.Errorf("%s: more than %d bytes", version.Path, most)
	}
	return nil
}
