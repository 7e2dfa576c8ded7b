package nango

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// peekPatience is how long a read may keep a response back that is to be told by its beginning. Nango's own come whole.
const peekPatience = 2 * time.Second

// peek returns the first limit bytes of a body that streams, and whether there are more. The body can still be read
// from its start. An error is the one that reading met; what came before it is returned with it.
//
// With enough, which is asked after each read, it stops where more is of no use, and where nothing came for too long.
func peek(resp *http.Response, limit int, enough func([]byte) bool) (data []byte, truncated bool, err error) {
	body := resp.Body
	var rest io.Reader = body
	if enough == nil {
		data, err = readAll(body, min(resp.ContentLength, int64(limit)), int64(limit))
		if _, truncated = err.(tooLong); truncated {
			err = nil
		}
	} else {
		data, rest, err = readUntil(body, limit, enough)
		truncated = err == nil && rest != nil
	}
	if err != nil || rest == nil {
		rest = &failed{err}
	}
	resp.Body = &peekedBody{io.MultiReader(bytes.NewReader(data), rest), body}
	return data[:min(len(data), limit)], truncated, err
}

// readUntil reads until enough has come. It returns what is left to be read, nil where that is nothing.
func readUntil(body io.Reader, limit int, enough func([]byte) bool) (data []byte, rest io.Reader, err error) {
	patience := time.NewTimer(peekPatience)
	defer patience.Stop()
	for len(data) <= limit {
		late, size := make(chan chunk, 1), min(len(data), 64<<10)
		go func() {
			buffer := make([]byte, max(4<<10, size))
			n, err := body.Read(buffer)
			late <- chunk{buffer[:n], err}
		}()
		select {
		case came := <-late:
			data = append(data, came.data...)
			patience.Reset(peekPatience)
			if came.err == io.EOF {
				return data, nil, nil
			}
			if came.err != nil {
				return data, nil, came.err
			}
			if enough(data) {
				return data, body, nil
			}
		case <-patience.C:
			return data, io.MultiReader(&lateChunk{late: late}, body), nil
		}
	}
	return data, body, nil
}

type chunk struct {
	data []byte
	err  error
}

// lateChunk is what a read that was not waited for brings.
type lateChunk struct {
	late <-chan chunk
	came *chunk
}

func (c *lateChunk) Read(p []byte) (int, error) {
	if c.came == nil {
		came := <-c.late
		c.came = &came
	}
	n := copy(p, c.came.data)
	if c.came.data = c.came.data[n:]; len(c.came.data) > 0 {
		return n, nil
	}
	if c.came.err != nil {
		return n, c.came.err
	}
	return n, io.EOF // of this part
}

type peekedBody struct {
	io.Reader
	io.Closer
}

// failed repeats the error that reading has met, or the end, for those who read on.
type failed struct{ err error }

func (f *failed) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
