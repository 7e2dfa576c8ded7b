package nango

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// content is what a body consists of.
type content struct {
	open   func() io.Reader // nil for none
	again  bool             // open works more than once, and the length is known
	length int64            // 0 where it is not known
}

// contentOf returns what is left in a reader. What lies in memory can be read again and again, as with [http.NewRequest].
func contentOf(r io.Reader) content {
	switch r := r.(type) {
	case *bytes.Buffer:
		return contentOf(bytes.NewReader(r.Bytes()))
	case *bytes.Reader:
		from := *r
		return content{func() io.Reader { again := from; return &again }, true, int64(r.Len())}
	case *strings.Reader:
		from := *r
		return content{func() io.Reader { again := from; return &again }, true, int64(r.Len())}
	}
	return content{func() io.Reader { return r }, false, 0}
}

// through returns the content as it comes out of a filter.
func (c content) through(filter func(io.Reader) io.Reader) content {
	open := c.open
	c.open = func() io.Reader { return filter(open()) }
	if c.length = 0; c.again {
		c.length, _ = io.Copy(io.Discard, c.open()) // memory never fails
	}
	return c
}

func concatenated(parts []content) content {
	all := content{again: true}
	for _, part := range parts {
		all.again = all.again && part.again
		all.length += part.length
	}
	if !all.again {
		all.length = 0
	}
	all.open = func() io.Reader {
		readers := make([]io.Reader, len(parts))
		for i, part := range parts {
			readers[i] = part.open()
		}
		return io.MultiReader(readers...)
	}
	return all
}

type closeFunc func() error

func (f closeFunc) Close() error { return f() }

// closeSources closes what the caller gave to be read, if it can be closed.
func closeSources(req *ProxyRequest) error {
	sources := []io.Reader{req.Body}
	if req.Form != nil {
		for _, file := range req.Form.Files {
			sources = append(sources, file.Content)
		}
	}
	var failures []error
	for _, source := range sources {
		if closer, ok := source.(io.Closer); ok {
			failures = append(failures, closer.Close())
		}
	}
	return errors.Join(failures...)
}
