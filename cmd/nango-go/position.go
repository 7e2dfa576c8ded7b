package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"strings"
)

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
	p = position{size, fields[1], fields[2]}
	return p, err == nil && size >= 0 && (size == 0) == (p.cursor == "")
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
