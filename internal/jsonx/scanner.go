package jsonx

import "bytes"

// Scanner finds where the values of a JSON document begin and end. It is many times faster than a decoder, because it
// does not check what is inside a value that it passes over. So whoever uses a value has to decode it, or to check it
// with [Valid]. A scanner that meets something else than it was asked for has failed: it is at the end of the document,
// and its methods return nothing.
type Scanner struct {
	data   []byte
	pos    int
	failed bool
}

// NewScanner returns a scanner at the beginning of a document.
func NewScanner(data []byte) *Scanner { return &Scanner{data: TrimMark(data)} }

// Members enters an object and yields the name of each member, as it is in the document, without the quotes. Only a name
// with a backslash differs from the text that it stands for. For each name, pass over the value or enter it.
func (s *Scanner) Members(yield func(name []byte) bool) {
	for more := s.enter('{', '}'); more; more = s.following('}') {
		if name := s.name(); s.failed || !yield(name) {
			return
		}
	}
}

// Elements enters a list and yields the index of each element. For each index, pass over the element or enter it.
func (s *Scanner) Elements(yield func(index int) bool) {
	i := 0
	for more := s.enter('[', ']'); more; more = s.following(']') {
		if !yield(i) {
			return
		}
		i++
	}
}

// Value passes over a value and returns it as it is in the document, whose memory it shares.
func (s *Scanner) Value() []byte {
	c, start := s.next(), s.pos
	switch c {
	case '"':
		s.skipString()
	case '{', '[':
		s.skipNested()
	default:
		s.skipLiteral()
	}
	return s.Since(start)
}

// Next returns the offset of the next value.
func (s *Scanner) Next() int {
	s.next()
	return s.pos
}

// Since returns what the scanner has passed over since an offset, or nil if it has failed.
func (s *Scanner) Since(offset int) []byte {
	if s.failed {
		return nil
	}
	return s.data[offset:s.pos:s.pos]
}

// End reports whether the scanner has passed over the whole document. White space may follow.
func (s *Scanner) End() bool {
	return !s.failed && len(bytes.TrimLeft(s.data[s.pos:], " \t\r\n")) == 0
}

func (s *Scanner) fail() bool {
	s.failed, s.pos = true, len(s.data)
	return false
}

// next passes over white space and returns the next byte, but does not pass over that.
func (s *Scanner) next() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	s.fail()
	return 0
}

// enter passes over the beginning of an object or a list, and reports whether there is something in it.
func (s *Scanner) enter(opening, closing byte) bool {
	if s.next() != opening {
		return s.fail()
	}
	if s.pos++; s.next() == closing {
		s.pos++
		return false
	}
	return !s.failed
}

// following passes over a comma, or over the end of an object or a list, and then returns false.
func (s *Scanner) following(closing byte) bool {
	switch s.next() {
	case ',':
		s.pos++
		return s.next() != closing && !s.failed || s.fail()
	case closing:
		s.pos++
		return false
	}
	return s.fail()
}

func (s *Scanner) name() []byte {
	if s.next() != '"' {
		s.fail()
		return nil
	}
	start := s.pos
	s.skipString()
	quoted := s.Since(start)
	if s.next() != ':' {
		s.fail()
		return nil
	}
	s.pos++
	return quoted[1 : len(quoted)-1]
}

// skipString passes over a string, whose first quote is the next byte.
func (s *Scanner) skipString() {
	for from := s.pos + 1; ; {
		i := bytes.IndexByte(s.data[from:], '"')
		if i < 0 {
			s.fail()
			return
		}
		quote, escaped := from+i, false
		for j := quote - 1; j >= from && s.data[j] == '\\'; j-- {
			escaped = !escaped
		}
		if from = quote + 1; !escaped {
			s.pos = from
			return
		}
	}
}

// skipNested passes over an object or a list.
func (s *Scanner) skipNested() {
	for depth := 0; s.pos < len(s.data); {
		switch s.data[s.pos] {
		case '"':
			s.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				s.pos++
				return
			}
		}
		s.pos++
	}
	s.fail()
}

// skipLiteral passes over a number, true, false or null. If it is the last of what there is of a document, nobody knows
// where it ends.
func (s *Scanner) skipLiteral() {
	for i, c := range s.data[s.pos:] {
		switch c {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			if i == 0 {
				s.fail()
			}
			s.pos += i
			return
		}
	}
	s.fail()
}
