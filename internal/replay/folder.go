package replay

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Folder returns the folder of recordings that a test of test/<name> judges by, seen from there, and whether it is this
// repository's own. The variable NANGO_RECORDINGS names another.
func Folder() (folder string, own bool, err error) {
	const usual = "../recordings"
	folder = os.Getenv("NANGO_RECORDINGS")
	if folder == "" {
		return usual, true, nil
	}
	_, err = os.Stat(folder)
	return folder, filepath.Clean(folder) == usual, err
}

// LoadAll reads every exchange in a folder, by name; webhooks are none.
func LoadAll(folder string) ([]*Exchange, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	if err != nil {
		return nil, err
	}
	var exchanges []*Exchange
	for _, file := range files {
		area := filepath.Base(filepath.Dir(file))
		if area == "webhooks" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		e := new(Exchange)
		if err := json.Unmarshal(data, e); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		e.Name = area + "/" + strings.TrimSuffix(filepath.Base(file), ".json")
		exchanges = append(exchanges, e)
	}
	return exchanges, nil
}
