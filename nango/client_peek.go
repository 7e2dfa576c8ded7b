package nango

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

const (
	// peekTimeout is how long the client examines the beginning of a response, in all. Nango's own errors arrive as a whole.
	peekTimeout = 2 * time.Second
	// maxEmptyReads is how many reads in turn may return nothing, as in package bufio.
	maxEmptyReads = 100
)

// peek returns the first limit bytes of a body that streams, and whether there are more. The caller can still read the
// body from its start. If reading fails, peek returns the data before the error, and the error.
//
// If enough is not nil, peek calls it after each read. It stops when enough returns true, after peekTimeout, or when the
// body returns nothing again and again.
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
	resp.Body = wrappedBody{io.MultiReader(bytes.NewReader(data), rest), body}
	return data[:min(len(data), limit)], truncated, err
}

// readUntil reads until enough returns true. It returns the rest of the body as a reader, or nil if there is no rest.
func readUntil(body io.Reader, limit int, enough func([]byte) bool) (data []byte, rest io.Reader, err error) {
	timer := time.NewTimer(peekTimeout)
	defer timer.Stop()
	buffer := make([]byte, 4<<10) // of one read at a time
	for empty := 0; len(data) <= limit && empty < maxEmptyReads; {
		if size := min(len(data), 64<<10); size >= 2*len(buffer) {
			buffer = make([]byte, size)
		}
		late := make(chan chunk, 1)
		go func() {
			n, err := body.Read(buffer)
			late <- chunk{buffer[:n], err}
		}()
		select {
		case received := <-late:
			data = append(data, received.data...)
			if received.err == io.EOF {
				return data, nil, nil
			}
			if received.err != nil {
				return data, nil, received.err
			}
			if len(received.data) == 0 {
				empty++
				continue
			}
			if empty = 0; enough(data) {
				return data, body, nil
			}
		case <-timer.C:
			return data, io.MultiReader(&lateChunk{late: late}, body), nil
		}
	}
	return data, body, nil
}

type chunk struct {
	data []byte
	err  error
}

// lateChunk is the result of a read that has not finished yet.
type lateChunk struct {
	late     <-chan chunk
	received *chunk
}

func (c *lateChunk) Read(p []byte) (int, error) {
	if c.received == nil {
		received := <-c.late
		c.received = &received
	}
	n := copy(p, c.received.data)
	if c.received.data = c.received.data[n:]; len(c.received.data) > 0 {
		return n, nil
	}
	if c.received.err != nil {
		return n, c.received.err
	}
	return n, io.EOF // of this part
}

// wrappedBody is a reader with the closer of the body that it reads.
type wrappedBody struct {
	io.Reader
	io.Closer
}

// failed returns the error of an earlier read, or io.EOF if there was none, to callers that read on.
type failed struct{ err error }

func (f *failed) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
