package jsonx

import (
	"bytes"
	"io"
)

// formSafe writes the characters that mean something in a form as JSON's escapes, wherever they stand in a string. What
// reads the JSON sees no difference; what takes it for a form finds nothing to cut or to decode.
type formSafe struct {
	source   io.Reader
	piece    [4 << 10]byte
	buffer   []byte
	left     []byte // the end of buffer that is not read yet
	inString bool
	escaped  bool // the last byte was a backslash inside a string
	err      error
}

// FormSafe returns the JSON of a reader with %, & and = inside strings written as escapes. What is no JSON passes, too.
func FormSafe(source io.Reader) io.Reader { return &formSafe{source: source} }

// AppendFormSafe appends to dst what [FormSafe] makes of data.
func AppendFormSafe(dst, data []byte) []byte { return new(formSafe).append(dst, data) }

// Read reads on, at most a piece of the source at a time.
func (f *formSafe) Read(p []byte) (int, error) {
	for len(f.left) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		var n int
		n, f.err = f.source.Read(f.piece[:])
		f.buffer = f.append(f.buffer[:0], f.piece[:n])
		f.left = f.buffer
	}
	n := copy(p, f.left)
	f.left = f.left[n:]
	return n, nil
}

func (f *formSafe) append(dst, data []byte) []byte {
	copied := 0 // how much of data stands in dst
	for i := 0; i < len(data); i++ {
		c := data[i]
		if f.escaped {
			f.escaped = false
			continue
		}
		if !f.inString {
			next := bytes.IndexByte(data[i:], '"')
			if next < 0 {
				break
			}
			i += next
			f.inString = true
			continue
		}
		switch special[c] {
		case plain:
			continue
		case quote:
			f.inString = false
		case backslash:
			f.escaped = true
		case sign:
			dst = append(append(dst, data[copied:i]...), '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			copied = i + 1
		}
	}
	return append(dst, data[copied:]...)
}

const hexDigits = "0123456789abcdef"

// The kinds of bytes in a string.
const (
	plain = iota
	quote
	backslash
	sign
)

var special = [256]uint8{'"': quote, '\\': backslash, '%': sign, '&': sign, '=': sign}
