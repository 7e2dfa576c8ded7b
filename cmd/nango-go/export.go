package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nango-go/sdk/nango/consume"
)

// exportFile is a file of records that only grows, and the store of its cursor. The cursor is stored together with the size that
// the file has behind the records of its page, in one step: so after a crash it is known what does not belong to a whole page.
type exportFile struct {
	path    string
	key     string        // of a position
	cursors consume.Store // nil until there is a directory for it
	locked  *os.File      // in that directory, so that the lock stays while the file gets another name
	file    *os.File      // nil until there is one
	out     *bufio.Writer
	written int64                // where the file ends, unless somebody else changes it
	saved   *consume.SavedCursor // what cursors has: a position
	damaged bool                 // what cursors has cannot be read
	fresh   bool                 // the file begins at the oldest record, whatever cursors has
	size    int64                // of the position, 0 if it is fresh
	began   bool
	note    string          // what a person should know
	ctx     context.Context // of the command, which the one of Save outlives

	openFile func(name string, flags int, mode os.FileMode) (*os.File, error) // os.OpenFile, but for tests
}

// openExport opens a file to append to, if there is one. Neither the file nor its cursor is made or changed: begin does that, when
// records come. So a run that fails before leaves everything as it was.
func openExport(ctx context.Context, path string, key consume.Key, restart bool) (_ *exportFile, err error) {
	target, err := resolve(path)
	if err != nil {
		return nil, err
	}
	e := &exportFile{path: target, key: keySum(key), ctx: ctx, openFile: os.OpenFile}
	e.out = bufio.NewWriterSize(e, 1<<20)
	defer func() {
		if err != nil {
			_ = e.end(ctx, err) // the first error says more
		}
	}()
	if info, err := os.Stat(e.cursorsPath()); err == nil && info.IsDir() {
		if err := e.openCursors(0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if err := e.open(0, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := e.find(ctx, restart); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// open opens the file. What is written goes to its end, wherever somebody else has moved that.
func (e *exportFile) open(flags int, mode os.FileMode) error {
	file, err := e.openFile(e.path, os.O_RDWR|os.O_APPEND|flags, mode)
	if err != nil {
		return err
	}
	e.file = file
	return e.checkName()
}

// Write appends to the file, for the writer of the lines.
func (e *exportFile) Write(p []byte) (int, error) {
	n, err := e.file.Write(p)
	e.written += int64(n)
	return n, err
}

// create makes the file. One that is there now is somebody else's.
func (e *exportFile) create(mode os.FileMode) error {
	err := e.open(os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("another program has made %s meanwhile: if it is an export, wait until it has ended", e.path)
	}
	return err
}

// checkName returns an error if the file no longer has its name, since nobody would find the records.
func (e *exportFile) checkName() error {
	own, err := e.file.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Stat(e.path); err != nil || !os.SameFile(own, named) {
		return fmt.Errorf("%s was moved, deleted or replaced meanwhile: bring it back and run the command again, or begin again with --restart", e.path)
	}
	return nil
}

// checkSize returns an error if the file does not end where this program has left it.
func (e *exportFile) checkSize() error {
	size, err := e.sizeNow()
	switch {
	case err != nil:
		return err
	case size < e.written:
		return fmt.Errorf("%s was cut by another program meanwhile: bring the file back, or begin again with --restart", e.path)
	case size > e.written:
		return fmt.Errorf("another program has written to %s meanwhile: let nothing else write to it, and run the command again", e.path)
	}
	return nil
}

func (e *exportFile) cursorsPath() string { return e.path + ".cursors" }

// openCursors opens the directory of the cursor, and locks it until the process ends. Without [os.O_CREATE] there may be no file to
// lock, because nobody has exported yet.
func (e *exportFile) openCursors(flags int) (err error) {
	if e.cursors, err = consume.NewFileStore(e.cursorsPath()); err != nil {
		return err
	}
	if e.locked, err = os.OpenFile(filepath.Join(e.cursorsPath(), "export.lock"), os.O_RDWR|flags, 0o600); err != nil {
		return err
	}
	if busy, err := lock(e.locked); err != nil {
		return fmt.Errorf("lock %s: %w", e.locked.Name(), err)
	} else if busy {
		return fmt.Errorf("another process exports to %s: wait until it has ended", e.path)
	}
	return nil
}

// sizeNow is the size of the file, 0 if there is none.
func (e *exportFile) sizeNow() (int64, error) {
	if e.file == nil {
		return 0, nil
	}
	return e.file.Seek(0, io.SeekEnd)
}

// find finds the position from which the file grows.
func (e *exportFile) find(ctx context.Context, restart bool) error {
	size, err := e.sizeNow()
	if err != nil {
		return err
	}
	var saved consume.SavedCursor
	var found bool
	if e.cursors != nil {
		saved, found, err = e.cursors.Load(ctx, slot)
	}
	switch {
	case restart && errors.Is(err, consume.ErrUnreadableCursor):
		e.damaged = true
	case err != nil:
		return err
	case restart:
	case found:
		if e.size, e.fresh, err = e.check(saved.Value, size); err != nil {
			return err
		}
	case size > 0:
		return errors.New("the file is not empty and has no cursor: name a new file, or begin this one again with --restart")
	}
	if found {
		e.saved = &saved
	}
	e.fresh = e.fresh || restart || !found
	return nil
}

// check checks a position beside a file of a size, and returns where it ends, or that there is nothing of it.
func (e *exportFile) check(value string, size int64) (end int64, fresh bool, err error) {
	p, ok := parsePosition(value)
	switch {
	case !ok:
		return 0, false, errors.New("its cursor is not that of a file: begin again with --restart")
	case p.key != e.key && max(p.size, size) > 0:
		return 0, false, errors.New("its cursor is of another host, connection, model or variant: name a new file, or begin this one again with --restart")
	case p.size > size:
		return 0, false, fmt.Errorf("the file has %d bytes, and %d belong to its cursor: bring the file back, or begin again with --restart", size, p.size)
	}
	sum, err := checksum(e.file, p.size)
	if err == nil && sum != p.sum {
		err = errors.New("the file is another one than that of its cursor, or was changed: bring the file back, or begin again with --restart")
	}
	return p.size, p.key != e.key, err
}

// end closes the file. After a run without records there is an empty one, or what there was.
func (e *exportFile) end(ctx context.Context, err error) error {
	if err == nil && !e.began {
		err = e.endEmpty(ctx)
	} else if err == nil {
		err = e.checkName()
	} else {
		err = nil // it is known
	}
	if e.file != nil {
		err = errors.Join(err, e.file.Close())
	}
	if e.locked != nil {
		_ = e.locked.Close()
	}
	return err
}

func (e *exportFile) endEmpty(ctx context.Context) error {
	if e.file == nil {
		if err := e.open(os.O_CREATE, 0o600); err != nil {
			return err
		}
	}
	size, err := e.sizeNow()
	switch {
	case err != nil:
		return err
	case size > 0: // and --restart
		e.note = "there are no records, so the file is as it was"
	case e.saved != nil || e.damaged: // it has nothing to go on from
		return e.cursors.Delete(ctx, slot)
	}
	return nil
}

// store stores a cursor with the size that the file has now.
func (e *exportFile) store(ctx context.Context, next consume.SavedCursor) error {
	sum, err := checksum(e.file, e.size)
	if err != nil {
		return err
	}
	next.Value = position{e.size, sum, e.key, next.Value}.String()
	if err := e.cursors.Save(ctx, slot, e.saved, next); err != nil {
		return err
	}
	e.saved, e.fresh = &next, false
	return nil
}

// Load implements [consume.Store].
func (e *exportFile) Load(context.Context, consume.Key) (consume.SavedCursor, bool, error) {
	if e.fresh {
		return consume.SavedCursor{}, false, nil
	}
	p, _ := parsePosition(e.saved.Value)
	return consume.SavedCursor{Value: p.cursor, ReadAt: e.saved.ReadAt}, p.cursor != "", nil
}

// Save implements [consume.Store]. All records up to the cursor are on the disk before it is stored.
func (e *exportFile) Save(ctx context.Context, _ consume.Key, _ *consume.SavedCursor, next consume.SavedCursor) error {
	if err := e.begin(e.ctx); err != nil { // the only page of a run can be empty
		return err
	}
	if err := e.checkName(); err != nil {
		return err
	}
	if err := e.out.Flush(); err != nil {
		return err
	}
	if err := e.checkSize(); err != nil {
		return err
	}
	if err := e.file.Sync(); err != nil {
		return err
	}
	e.size = e.written
	return e.store(ctx, next)
}

// Delete implements [consume.Store]. Nothing calls it: --restart stores the position of an empty file.
func (e *exportFile) Delete(ctx context.Context, _ consume.Key) error {
	return e.cursors.Delete(ctx, slot)
}

func (e *exportFile) writer() *bufio.Writer { return e.out }
