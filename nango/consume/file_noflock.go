//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package consume

import (
	"context"
	"os"
)

// lockFile opens the file without a lock, since package syscall has none for this system.
func lockFile(_ context.Context, path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// syncDir does nothing: these systems do not sync directories in this way.
func syncDir(string) error { return nil }
