//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package consume

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/nango-go/sdk/internal/vclock"
)

// lockPause is the time between two attempts to get a lock. A blocking call could not be stopped when the context ends.
const lockPause = 5 * time.Millisecond

// lockFile waits for the exclusive lock of a file. The lock ends when the file is closed, also by the end of the
// process.
func lockFile(ctx context.Context, path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
		if !vclock.Pause(ctx, lockPause) {
			return nil, errors.Join(context.Cause(ctx), file.Close())
		}
	}
}

// syncDir makes a rename or a removal in a directory survive a power failure.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
