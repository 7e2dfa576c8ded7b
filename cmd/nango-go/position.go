package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nango-go/sdk/nango/consume"
)

// position is what is stored in place of a cursor. A file has one, whatever is exported to it.
type position struct {
	size   int64
	sum    string // of bytes before size
	key    string // of what is exported, as keySum returns it
	cursor string // empty before the first page
}

// slot is the key under which the position of a file is stored.
var slot = consume.Key{Name: "nango-go records export"}

// keySum tells whether a position is of the same host, connection, model and variant.
func keySum(key consume.Key) string {
	text, _ := json.Marshal(key) // five strings always encode
	return fmt.Sprintf("%x", sha256.Sum256(text))[:16]
}

func (p position) String() string {
	return "file:" + strconv.FormatInt(p.size, 10) + ":" + p.sum + ":" + p.key + ":" + p.cursor
}

func parsePosition(value string) (p position, ok bool) {
	rest, ok := strings.CutPrefix(value, "file:")
	fields := strings.SplitN(rest, ":", 4)
	if !ok || len(fields) < 4 {
		return p, false
	}
	size, err := strconv.ParseInt(fields[0], 10, 64)
	p = position{size, fields[1], fields[2], fields[3]}
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
