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
	"time"

	"github.com/nango-go/sdk/nango/consume"
)

// keptName is what the name of a file with what was moved away has behind that of the export.
const keptName = ".20060102T150405.000000Z"

// begin makes the file, or makes it end where its cursor is. What follows there goes into another file before, since it may be what
// somebody has put there. The position is stored before that: if it fails the file stays as it was, and whatever ends the program
// after it, the next run begins at that position too. Called again begin does nothing.
func (e *exportFile) begin(ctx context.Context) error {
	if e.began {
		return nil
	}
	dir := filepath.Dir(e.path)
	if err := syncDir(dir); err != nil { // it has to work once the file is there
		return err
	}
	if e.locked == nil {
		if err := e.openCursors(os.O_CREATE); err != nil {
			return err
		}
	}
	made := e.file == nil
	var err error
	if made {
		err = e.create(0o600)
	} else {
		err = e.checkName()
	}
	if err != nil {
		return err
	}
	before := e.saved
	if err = e.storeBegin(ctx); err != nil && made {
		err = errors.Join(err, e.file.Close(), os.Remove(e.path))
		e.file = nil
	}
	if err == nil {
		err = e.keepRest(ctx)
	}
	if err != nil {
		return e.putBack(context.WithoutCancel(ctx), before, err)
	}
	e.began, e.written = true, e.size
	return syncDir(dir) // so that the file survives a power failure as the cursor does
}

// storeBegin stores the position where the file grows: that of an empty file, or once more what is stored.
func (e *exportFile) storeBegin(ctx context.Context) error {
	if !e.fresh {
		return e.cursors.Save(ctx, slot, e.saved, *e.saved)
	}
	if e.damaged {
		if err := e.cursors.Delete(ctx, slot); err != nil {
			return err
		}
	}
	return e.store(ctx, consume.SavedCursor{ReadAt: time.Now()})
}

// putBack stores again what was stored before an error. A store can have failed behind its change, so it looks first.
func (e *exportFile) putBack(ctx context.Context, before *consume.SavedCursor, cause error) error {
	now, found, err := e.cursors.Load(ctx, slot)
	switch {
	case errors.Is(cause, consume.ErrConflict), err != nil, !found: // another run's, or none
		return cause
	case before == nil:
		err = e.cursors.Delete(ctx, slot)
	case now.Value != before.Value:
		err = e.cursors.Save(ctx, slot, &now, *before)
	}
	if err != nil && err.Error() != cause.Error() {
		return errors.Join(cause, err)
	}
	return cause
}

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
	if n, err = e.moveRest(ctx, path); err != nil {
		return fmt.Errorf("keep what follows the last whole page: %w", err)
	}
	e.note = fmt.Sprintf("the %d bytes that followed the last whole page of the file are in %s now", n, path)
	return nil
}

// cut lets the file end at the position, unless somebody has written to it since it had a size.
func (e *exportFile) cut(size int64) error {
	e.written = size
	if err := e.checkSize(); err != nil {
		return err
	}
	return e.file.Truncate(e.size)
}

// moveTo gives the whole file another name, and makes an empty one in its place. If that fails the file has its name again, unless
// somebody else has taken it.
func (e *exportFile) moveTo(path string) error {
	info, err := e.file.Stat()
	if err != nil {
		return err
	}
	_ = e.file.Close() // nothing was written; on Windows an open file cannot be renamed
	e.file = nil
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

// moveRest copies what follows the position into a new file, and cuts it off. If that fails there is no copy.
func (e *exportFile) moveRest(ctx context.Context, path string) (n int64, err error) {
	kept, err := e.openFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(kept, untilDone{ctx, io.NewSectionReader(e.file, e.size, math.MaxInt64-e.size)})
	if err == nil {
		err = kept.Sync()
	}
	err = errors.Join(err, kept.Close())
	if err == nil {
		err = syncDir(filepath.Dir(e.path)) // the copy has its name before the original is cut
	}
	if err == nil {
		err = e.cut(e.size + n)
	}
	if err != nil {
		return n, errors.Join(err, os.Remove(path))
	}
	return n, nil
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
