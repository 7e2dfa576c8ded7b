package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// keptName is what the name of a file with what was moved away has behind that of the export.
const keptName = ".20060102T150405.000000Z"

// keepRest moves what follows the position into a new file beside this one.
func (e *exportFile) keepRest(ctx context.Context) error {
	n, err := e.sizeNow()
	if err != nil || n <= e.size {
		return err
	}
	path := e.path + time.Now().UTC().Format(keptName)
	if e.size == 0 {
		if err := e.moveTo(path); err != nil {
			return fmt.Errorf("keep what the file had: %w", err)
		}
		e.note = fmt.Sprintf("the %d bytes that the file had are in %s now", n, path)
		return nil
	}
	if n, err = e.copyRest(ctx, path); err != nil {
		return fmt.Errorf("keep what follows the last whole page: %w", err)
	}
	e.note = fmt.Sprintf("the %d bytes that followed the last whole page of the file are in %s now", n, path)
	return nil
}

// moveTo gives the whole file another name, and makes an empty one in its place. If that fails the file has its name again, unless
// somebody else has taken it.
func (e *exportFile) moveTo(path string) error {
	info, err := e.file.Stat()
	if err != nil {
		return err
	}
	old := e.file
	e.file = nil
	defer old.Close() // now, so that its lock is held until the new file has one
	if runtime.GOOS == "windows" {
		_ = old.Close() // an open file cannot be renamed there, and has no lock
	}
	if err := os.Rename(e.path, path); err != nil {
		return err
	}
	if err := e.create(info.Mode().Perm()); err != nil {
		if _, taken := os.Lstat(e.path); errors.Is(taken, fs.ErrNotExist) {
			return errors.Join(err, os.Rename(path, e.path))
		}
		return fmt.Errorf("%w; what the file had is in %s", err, path)
	}
	_ = e.file.Chmod(info.Mode().Perm()) // the umask can have taken some; a file system without permissions refuses
	return nil
}

// copyRest copies what follows the position into a new file. It leaves the whole copy or none.
func (e *exportFile) copyRest(ctx context.Context, path string) (n int64, err error) {
	kept, err := e.openFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(kept, untilDone{ctx, io.NewSectionReader(e.file, e.size, math.MaxInt64-e.size)})
	if err == nil {
		err = kept.Sync()
	}
	if err = errors.Join(err, kept.Close()); err != nil {
		return n, errors.Join(err, os.Remove(path))
	}
	return n, syncDir(filepath.Dir(e.path)) // the copy has its name before the original is cut
}

// untilDone reads until a context ends.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (r untilDone) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
