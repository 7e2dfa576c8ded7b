package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango/consume"
)

// exportFile is a file of records that only grows, and the store of its cursor. The cursor is stored together with the size that
// the file has behind the records of its page, in one step: so after a crash it is known what does not belong to a whole page.
type exportFile struct {
	cursors consume.Store
	key     consume.Key
	file    *os.File
	made    bool // by this run
	out     *bufio.Writer
	saved   *consume.SavedCursor // what cursors has: a position
	damaged bool                 // what cursors has cannot be read
	fresh   bool                 // the file begins at the oldest record, whatever cursors has
	size    int64                // of the position, 0 if it is fresh
	rest    int64                // bytes behind it
	began   bool
	note    string // what a person should know
}

// openExport opens a file to append to. It changes neither the file nor its cursor: begin does, when records come.
func openExport(ctx context.Context, path string, key consume.Key, restart bool) (_ *exportFile, err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil { // a file has its cursors beside it, whatever name leads to it
		path = target
	}
	_, missing := os.Lstat(path)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	e := &exportFile{key: key, file: file, out: bufio.NewWriterSize(file, 1<<20)}
	defer func() {
		if err != nil {
			_ = e.end(err) // the first error says more
		}
	}()
	if busy, err := lock(file); err != nil { // it ends with the process
		return nil, fmt.Errorf("lock %s: %w", path, err)
	} else if busy {
		return nil, fmt.Errorf("another process exports to %s: wait until it has ended", path)
	}
	e.made = errors.Is(missing, fs.ErrNotExist)
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &usageError{fmt.Sprintf("%s is no regular file, so nobody could tell after a crash what is in it: use standard output", path)}
	}
	if e.cursors, err = consume.NewFileStore(cursorsOf(path)); err != nil {
		return nil, err
	}
	if err := e.find(ctx, info.Size(), restart); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// cursorsOf is the directory of the cursors of a file.
func cursorsOf(path string) string { return path + ".cursors" }

// find finds the position from which the file grows.
func (e *exportFile) find(ctx context.Context, size int64, restart bool) error {
	saved, found, err := e.cursors.Load(ctx, e.key)
	switch {
	case restart && errors.Is(err, consume.ErrUnreadableCursor):
		e.damaged = true
	case err != nil:
		return err
	case restart:
	case found:
		if e.size, err = e.check(saved.Value, size); err != nil {
			return err
		}
	case size > 0:
		return errors.New("the file is not empty and has no cursor of this host, connection and model: name a new file, or begin this one again with --restart")
	}
	if found {
		e.saved = &saved
	}
	e.fresh = restart || !found
	e.rest = size - e.size
	return nil
}

// check checks a position beside a file of a size, and returns where it ends.
func (e *exportFile) check(value string, size int64) (int64, error) {
	p, ok := parsePosition(value)
	switch {
	case !ok:
		return 0, errors.New("its cursor is not that of a file: begin again with --restart")
	case p.size > size:
		return 0, fmt.Errorf("the file has %d bytes, and %d belong to its cursor: bring the file back, or begin again with --restart", size, p.size)
	}
	sum, err := checksum(e.file, p.size)
	if err == nil && sum != p.sum {
		err = errors.New("the file is another one than that of its cursor, or was changed: bring the file back, or begin again with --restart")
	}
	return p.size, err
}

// begin makes the file end where its cursor is. What follows there goes into another file, since it may be what somebody has
// put there. Called again begin does nothing.
func (e *exportFile) begin(ctx context.Context) error {
	if e.began {
		return nil
	}
	if e.damaged {
		if err := e.cursors.Delete(ctx, e.key); err != nil {
			return err
		}
	}
	if e.fresh { // if the program ends before the file is empty, the next run empties it
		if err := e.store(ctx, consume.SavedCursor{ReadAt: time.Now()}); err != nil {
			return err
		}
	}
	if e.rest > 0 {
		if err := e.keepRest(); err != nil {
			return err
		}
	}
	if _, err := e.file.Seek(e.size, io.SeekStart); err != nil {
		return err
	}
	e.began = true
	return syncDir(filepath.Dir(e.file.Name())) // so that the files survive a power failure as the cursor does
}

// keepRest moves what follows the position into a new file beside this one.
func (e *exportFile) keepRest() error {
	path := e.file.Name() + time.Now().UTC().Format(".20060102T150405.000000Z")
	kept, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(kept, io.NewSectionReader(e.file, e.size, e.rest))
	if err = errors.Join(err, kept.Sync(), kept.Close()); err != nil {
		return err
	}
	what := "that followed the last whole page of the file"
	if e.size == 0 {
		what = "that the file had"
	}
	e.note = fmt.Sprintf("the %d bytes %s are in %s now", e.rest, what, path)
	return e.file.Truncate(e.size)
}

// end closes the file. If nothing was written because of an error, nothing is left of it.
func (e *exportFile) end(err error) error {
	switch {
	case e.began:
	case err != nil:
		if e.made {
			_ = os.Remove(e.file.Name())
		}
		_ = os.Remove(cursorsOf(e.file.Name())) // which does nothing if there are cursors
	case e.rest > 0: // and --restart
		e.note = "there are no records, so the file is as it was"
	}
	return e.file.Close()
}

// store stores a cursor with the size that the file has now.
func (e *exportFile) store(ctx context.Context, next consume.SavedCursor) error {
	sum, err := checksum(e.file, e.size)
	if err != nil {
		return err
	}
	next.Value = position{e.size, sum, next.Value}.String()
	if err := e.cursors.Save(ctx, e.key, e.saved, next); err != nil {
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
	if err := e.begin(ctx); err != nil { // the last page of a run can be empty, and the only one
		return err
	}
	if err := e.out.Flush(); err != nil {
		return err
	}
	if err := e.file.Sync(); err != nil {
		return err
	}
	end, err := e.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	e.size = end
	return e.store(ctx, next)
}

// Delete implements [consume.Store]. Nothing calls it: --restart stores the position of an empty file.
func (e *exportFile) Delete(ctx context.Context, key consume.Key) error {
	return e.cursors.Delete(ctx, key)
}

func (e *exportFile) writer() *bufio.Writer { return e.out }

// position is what is stored in place of a cursor.
type position struct {
	size   int64
	sum    string // of bytes before size
	cursor string // empty before the first page
}

func (p position) String() string {
	return "file:" + strconv.FormatInt(p.size, 10) + ":" + p.sum + ":" + p.cursor
}

func parsePosition(value string) (p position, ok bool) {
	rest, ok := strings.CutPrefix(value, "file:")
	fields := strings.SplitN(rest, ":", 3)
	if !ok || len(fields) < 3 {
		return p, false
	}
	size, err := strconv.ParseInt(fields[0], 10, 64)
	return position{size, fields[1], fields[2]}, err == nil && size >= 0
}

// checksum tells whether a file is still the one to which a position belongs: it is that of the first and the last bytes. It
// shows other records, and not each change in the middle.
func checksum(file io.ReaderAt, size int64) (string, error) {
	const length = 64 << 10
	hash := sha256.New()
	for _, from := range []int64{0, max(0, size-length)} {
		if _, err := io.Copy(hash, io.NewSectionReader(file, from, min(length, size-from))); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:16]), nil
}

// writeLine writes JSON without the line ends that it may have.
func writeLine(out *bufio.Writer, data json.RawMessage) error {
	if bytes.ContainsAny(data, "\r\n") {
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			return err
		}
		data = line.Bytes()
	}
	_, _ = out.Write(data) // the writer keeps its error
	return out.WriteByte('\n')
}
