package nango

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// content is the source of a body or of a part of it.
type content struct {
	open       func() io.Reader // nil if there is no body
	repeatable bool             // open works more than once, and the length is known
	length     int64            // 0 if it is not known
}

// contentOf returns the unread part of a reader. Like [http.NewRequest], it can read a buffer in memory several times.
func contentOf(r io.Reader) content {
	switch r := r.(type) {
	case *bytes.Buffer:
		return contentOf(bytes.NewReader(r.Bytes()))
	case *bytes.Reader:
		from := *r
		return content{func() io.Reader { unread := from; return &unread }, true, int64(r.Len())}
	case *strings.Reader:
		from := *r
		return content{func() io.Reader { unread := from; return &unread }, true, int64(r.Len())}
	}
	return content{func() io.Reader { return r }, false, 0}
}

// through returns the output of a filter that reads the content.
func (c content) through(filter func(io.Reader) io.Reader) content {
	open := c.open
	c.open = func() io.Reader { return filter(open()) }
	if c.length = 0; c.repeatable {
		c.length, _ = io.Copy(io.Discard, c.open()) // reading memory never fails
	}
	return c
}

func concatenated(parts []content) content {
	all := content{repeatable: true}
	for _, part := range parts {
		all.repeatable = all.repeatable && part.repeatable
		all.length += part.length
	}
	if !all.repeatable {
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

// closeSources closes the caller's readers that are an io.Closer.
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
