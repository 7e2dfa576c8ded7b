//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package consume_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/cursortest"
	"github.com/nango-go/sdk/nango/consume"
)

// Every FileStore is like one of another process: only the lock of the file system is between them.
func TestFileStoresOfSeveralProcesses(t *testing.T) {
	dir := t.TempDir()
	cursortest.TestRaces(t, func() consume.Store { return fileStore(t, dir) })
}

func TestFileStoreWaitsForTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		store := fileStore(t, dir)
		file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
		require.NoError(t, err)
		require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		assert.ErrorIs(t, store.Save(ctx, cursortest.Key(), nil, consume.SavedCursor{Value: "a"}), context.DeadlineExceeded)
		assert.ErrorIs(t, store.Delete(ctx, cursortest.Key()), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began))

		time.AfterFunc(time.Minute, func() { assert.NoError(t, file.Close()) })
		require.NoError(t, store.Save(t.Context(), cursortest.Key(), nil, consume.SavedCursor{Value: "a"}))
		assert.GreaterOrEqual(t, time.Since(began), time.Minute)
	})
}
