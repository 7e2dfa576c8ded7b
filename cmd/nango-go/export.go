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
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango/consume"
)

// exportFile is a file of records that only grows, and the store of its cursor. The cursor is stored together with the size that
// the file has behind the records of its page, in one step: so after a crash it is known what to cut off.
type exportFile struct {
	cursors consume.Store
	key     consume.Key
	file    *os.File
	out     *bufio.Writer
	saved   *consume.SavedCursor // what cursors has: a position
	fresh   bool                 // the file begins at the oldest record, whatever cursors has
	size    int64                // of the position, 0 if it is fresh
	cut     int64                // bytes behind it, which begin cuts off
	began   bool
}

// openExport opens a file to append to. It changes neither the file nor its cursor: begin does, when it is known that records
// come. The error says why a file is not taken, since what is cut off must be what an export has written.
func openExport(ctx context.Context, path string, key consume.Key, restart bool) (_ *exportFile, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	if busy, err := lock(file); err != nil { // it ends with the process
		return nil, fmt.Errorf("lock %s: %w", path, err)
	} else if busy {
		return nil, fmt.Errorf("another process exports to %s: wait until it has ended", path)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &usageError{fmt.Sprintf("%s is no regular file, which could be cut off after a crash: use standard output", path)}
	}
	cursors, err := consume.NewFileStore(path + ".cursors")
	if err != nil {
		return nil, err
	}
	e := &exportFile{cursors: cursors, key: key, file: file, out: bufio.NewWriterSize(file, 1<<20)}
	if err := e.find(ctx, info.Size(), restart); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// find finds the position from which the file grows.
func (e *exportFile) find(ctx context.Context, size int64, restart bool) error {
	saved, found, err := e.cursors.Load(ctx, e.key)
	switch {
	case restart && errors.Is(err, consume.ErrUnreadableCursor):
		err = e.cursors.Delete(ctx, e.key)
	case err == nil && !restart && found:
		err = e.check(saved.Value, size)
	case err == nil && !restart && size > 0:
		err = errors.New("the file is not empty and has no cursor of this host, connection and model: name a new file, or empty this one with --restart")
	}
	if err != nil {
		return err
	}
	if found {
		e.saved = &saved
	}
	e.fresh = restart || !found
	e.cut = size - e.size
	if e.cut == 0 || isExport(io.NewSectionReader(e.file, e.size, e.cut)) {
		return nil
	}
	if restart {
		return errors.New("the file does not begin with a record, so --restart does not empty it: name another file")
	}
	return fmt.Errorf("what follows the first %d bytes was not written by an export: cut it off, or name a new file", e.size)
}

// check checks a position beside a file of this size, and keeps where it ends.
func (e *exportFile) check(value string, size int64) error {
	p, ok := parsePosition(value)
	switch {
	case !ok:
		return errors.New("its cursor is not that of a file: begin again with --restart")
	case p.size > size:
		return fmt.Errorf("the file has %d bytes, and %d belong to its cursor: bring the file back, or begin again with --restart", size, p.size)
	}
	sum, err := checksum(e.file, p.size)
	if err != nil {
		return err
	}
	if sum != p.sum {
		return errors.New("the file is another one than that of its cursor, or was changed: bring the file back, or name a new one")
	}
	e.size = p.size
	return nil
}

// begin makes the file end where its cursor is. Called again it does nothing.
func (e *exportFile) begin(ctx context.Context) error {
	if e.began {
		return nil
	}
	if e.fresh {
		// If the program ends before the file is empty, what is in it is cut off the next time.
		if err := e.store(ctx, consume.SavedCursor{ReadAt: time.Now()}); err != nil {
			return err
		}
	}
	if err := e.file.Truncate(e.size); err != nil {
		return err
	}
	if _, err := e.file.Seek(e.size, io.SeekStart); err != nil {
		return err
	}
	e.began = true
	return syncDir(filepath.Dir(e.file.Name())) // so that the file survives a power failure as its cursor does
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
	if err := e.begin(ctx); err != nil { // the first page of a run can be empty
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

// position is what is stored in place of a cursor.
type position struct {
	size   int64
	sum    string // of the last bytes before size
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

// checksum tells whether a file is still the one to which a position belongs. The last record of a page has its cursor, so
// the last bytes are like those of no other export.
func checksum(file io.ReaderAt, size int64) (string, error) {
	const length = 64 << 10
	hash := sha256.New()
	from := max(0, size-length)
	if _, err := io.Copy(hash, io.NewSectionReader(file, from, size-from)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:16]), nil
}

// isExport reports whether what it reads begins with a record, or with a part of one that a crash has left.
func isExport(r io.Reader) bool {
	var record struct {
		Metadata json.RawMessage `json:"_nango_metadata"`
	}
	err := json.NewDecoder(io.LimitReader(r, maxRecord)).Decode(&record)
	return err == nil && record.Metadata != nil || errors.Is(err, io.ErrUnexpectedEOF)
}

// maxRecord is more than a record can have: the server takes bodies of 75 MB.
const maxRecord = 100 << 20

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
