// Package percent finds percent signs on which the server stops: those that begin no escape of UTF-8 text. It judges as
// JavaScript's decodeURIComponent does, by which the server reads what it takes for a form.
package percent

import (
	"bytes"
	"unicode/utf8"
)

// Scanner looks for loose percent signs in what is written to it, in pieces of any length.
type Scanner struct {
	loose  bool
	digits int // of an escape that are still to come
	value  byte
	begun  [utf8.UTFMax]byte // a character of several escapes
	n      int
}

// Write looks at the next piece. It never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	for i := 0; i < len(p) && !s.loose; i++ {
		c := p[i]
		switch {
		case s.digits > 0:
			s.digit(c)
		case c == '%':
			s.digits = 2
		case s.n > 0:
			s.loose = true
		default:
			next := bytes.IndexByte(p[i:], '%')
			if next < 0 {
				return len(p), nil
			}
			i += next - 1
		}
	}
	return len(p), nil
}

// Found reports whether a percent sign was loose, whatever follows.
func (s *Scanner) Found() bool { return s.loose }

// Loose reports whether a percent sign was loose, if nothing more follows.
func (s *Scanner) Loose() bool { return s.loose || s.digits > 0 || s.n > 0 }

func (s *Scanner) digit(c byte) {
	value, ok := unhex(c)
	if s.digits--; !ok {
		s.loose = true
		return
	}
	if s.value = s.value<<4 | value; s.digits > 0 {
		return
	}
	s.begun[s.n] = s.value
	s.n++
	if character := s.begun[:s.n]; utf8.FullRune(character) {
		s.loose = !utf8.Valid(character)
		s.n = 0
	}
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// Loose reports whether a text holds a loose percent sign.
func Loose(text string) bool {
	var s Scanner
	_, _ = s.Write([]byte(text))
	return s.Loose()
}
