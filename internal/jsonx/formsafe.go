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
	for len(data) > 0 {
		next := bytes.IndexByte(data, '"')
		if f.inString {
			next = bytes.IndexAny(data, `"\%&=`)
		}
		if f.escaped {
			next = 0
		}
		if next < 0 {
			return append(dst, data...)
		}
		c := data[next]
		dst, data = append(dst, data[:next]...), data[next+1:]
		switch {
		case f.escaped:
			f.escaped = false
		case c == '"':
			f.inString = !f.inString
		case c == '\\':
			f.escaped = true
		case c == '%':
			dst = append(dst, `\u0025`...)
			continue
		case c == '&':
			dst = append(dst, `\u0026`...)
			continue
		case c == '=':
			dst = append(dst, `\u003d`...)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
