package main

import (
	"bufio"
	"bytes"
	"context"
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
	file    *os.File
	out     *bufio.Writer
	saved   *consume.SavedCursor // what cursors has: a position
	cut     int64                // bytes that were cut off at the start
}

// position is what is stored in place of a cursor: the size of the file and the cursor, which is empty before the first page.
func position(size int64, cursor string) string {
	return "file:" + strconv.FormatInt(size, 10) + ":" + cursor
}

func splitPosition(value string) (size int64, cursor string, ok bool) {
	rest, ok := strings.CutPrefix(value, "file:")
	number, cursor, found := strings.Cut(rest, ":")
	size, err := strconv.ParseInt(number, 10, 64)
	return size, cursor, ok && found && err == nil && size >= 0
}

// openExport opens a file to append to, and cuts off what a crash has left behind the stored position.
func openExport(ctx context.Context, path string, cursors consume.Store, key consume.Key, restart bool) (_ *exportFile, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	e := &exportFile{cursors: cursors, file: file, out: bufio.NewWriterSize(file, 1<<20)}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	if err := lock(file); err != nil { // it ends with the process
		return nil, fmt.Errorf("another process exports to %s: %w", path, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &usageError{fmt.Sprintf("%s is no regular file, which could be cut off after a crash: use standard output", path)}
	}
	size, err := e.begin(ctx, key, info.Size(), restart)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !restart {
		e.cut = info.Size() - size
	}
	if err := file.Truncate(size); err != nil {
		return nil, err
	}
	if _, err := file.Seek(size, io.SeekStart); err != nil {
		return nil, err
	}
	return e, syncDir(filepath.Dir(path)) // so that the file survives a power failure as its cursor does
}

// begin returns the size from which the file grows, and stores a first position if there is none.
func (e *exportFile) begin(ctx context.Context, key consume.Key, size int64, restart bool) (int64, error) {
	saved, found, err := e.cursors.Load(ctx, key)
	if err != nil {
		return 0, err
	}
	var prev *consume.SavedCursor
	if found {
		prev = &saved
	}
	if !found && size > 0 && !restart {
		return 0, errors.New("the file is not empty and has no cursor of this host, connection and model: name a new file, or empty this one with --restart")
	}
	if !found || restart {
		first := consume.SavedCursor{Value: position(0, ""), ReadAt: time.Now()}
		e.saved = &first
		return 0, e.cursors.Save(ctx, key, prev, first)
	}
	end, _, ok := splitPosition(saved.Value)
	switch {
	case !ok:
		return 0, errors.New("the cursor is not that of a file: take another directory with --cursors, or begin again with --restart")
	case end > size:
		return 0, fmt.Errorf("the file has %d bytes, and %d belong to its cursor: bring the file back, or begin again with --restart", size, end)
	}
	e.saved = prev
	return end, nil
}

// Load implements [consume.Store].
func (e *exportFile) Load(ctx context.Context, key consume.Key) (consume.SavedCursor, bool, error) {
	saved, found, err := e.cursors.Load(ctx, key)
	if err != nil || !found {
		return saved, found, err
	}
	_, cursor, _ := splitPosition(saved.Value)
	return consume.SavedCursor{Value: cursor, ReadAt: saved.ReadAt}, cursor != "", nil
}

// Save implements [consume.Store]. All records up to the cursor are on the disk before it is stored.
func (e *exportFile) Save(ctx context.Context, key consume.Key, _ *consume.SavedCursor, next consume.SavedCursor) error {
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
	next.Value = position(end, next.Value)
	if err := e.cursors.Save(ctx, key, e.saved, next); err != nil {
		return err
	}
	e.saved = &next
	return nil
}

// Delete implements [consume.Store]. Nothing calls it: --restart stores the position of an empty file.
func (e *exportFile) Delete(ctx context.Context, key consume.Key) error {
	return e.cursors.Delete(ctx, key)
}

// close leaves a page that was not written to its end to the next run, which cuts it off.
func (e *exportFile) close() error {
	if err := e.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
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
