package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// resolve returns the file that a name of --out leads to: it has its cursors beside it, whatever name is used. It refuses what can be
// no export, or would be one that a later run cannot go on with.
func resolve(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case os.IsPathSeparator(path[len(path)-1]) || err == nil && info.IsDir():
		return "", &usageError{path + " names a directory: name a file in it"}
	case err == nil && !info.Mode().IsRegular():
		return "", &usageError{path + " is no regular file, so nobody could tell after a crash what is in it: use standard output"}
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return "", err
		}
	default:
		if _, err := os.Lstat(path); err == nil {
			return "", &usageError{path + " is a link to a file that does not exist: name that file"}
		}
		parent := filepath.Dir(path)
		if info, err := os.Stat(parent); err != nil || !info.IsDir() { // a mistake in the name would make directories
			return "", &usageError{fmt.Sprintf("there is no directory %s: make it, or correct --out", parent)}
		}
	}
	if _, err := os.Lstat(path + keptName); errors.Is(err, syscall.ENAMETOOLONG) {
		return "", &usageError{fmt.Sprintf("the name of %s is too long: files beside it have names with %d bytes more", path, len(keptName))}
	}
	return path, nil
}
