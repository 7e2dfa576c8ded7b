package nango

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"strconv"
)

const (
	// maxKeptBody is how much of a failure's body an error stores.
	maxKeptBody = 64 << 10
	// maxReadBody is how much of a failure's body is read, so that the transport can reuse the connection.
	maxReadBody = 256 << 10
	// maxSearchedBody is how much more of a failure's body is read while its code or its message is still missing.
	maxSearchedBody = 64 << 20
	// defaultMaxResponse is the limit for the body of a success, after decompression.
	defaultMaxResponse = 256 << 20
	// maxTrustedLength is how much memory is allocated because of a Content-Length, before the bytes arrive.
	maxTrustedLength = 4 << 20
)

// bufferedBody is a body that has been read. The decoder uses data directly.
type bufferedBody struct {
	bytes.Reader
	data      []byte
	truncated bool
	err       error // why the body of a failure could not be read to its end
	deleted   bool  // there is no body: the object to delete no longer exists
}

// newBufferedBody returns a body from which at most limit bytes of data can be read.
func newBufferedBody(data []byte, limit int, truncated bool) *bufferedBody {
	body := &bufferedBody{data: data, truncated: truncated || len(data) > limit}
	body.Reset(data[:min(len(data), limit)])
	return body
}

// Close does nothing: the connection is already free for other requests.
func (*bufferedBody) Close() error { return nil }

// bufferBody reads the body of a response and replaces it with a bufferedBody. It reads a success to its end, and
// returns an error if the body breaks off or is longer than limit. Of any other response it reads only the beginning
// and returns no error, because the status matters more than the body. If it does not read a body to the end, the
// connection is closed.
func bufferBody(resp *http.Response, limit int64) error {
	body := resp.Body
	defer body.Close()
	if resp.StatusCode/100 == 2 {
		data, err := readAll(showBeginning(resp, body), resp.ContentLength, limit)
		resp.Body = newBufferedBody(data, len(data), err != nil)
		return err
	}
	data, err := readAll(body, resp.ContentLength, maxReadBody)
	if _, long := err.(tooLong); long && isJSON(mediaType(resp.Header)) && !hasCodeAndMessage(data) {
		var more []byte
		more, err = readAll(body, -1, maxSearchedBody)
		data = append(data, more...)
	}
	beginning := newBufferedBody(data, maxKeptBody, err != nil)
	if _, long := err.(tooLong); !long {
		beginning.err = err
	}
	resp.Body = beginning
	return nil
}

// beginningKey is the key of a func() io.Writer in the context of a request. The writer gets the body of a success while it
// is read. Each attempt has a writer of its own.
type beginningKey struct{}

func showBeginning(resp *http.Response, body io.Reader) io.Reader {
	if resp.Request == nil {
		return body
	}
	if w, ok := resp.Request.Context().Value(beginningKey{}).(func() io.Writer); ok {
		return io.TeeReader(body, w())
	}
	return body
}

// tooLong is the error of a body that is longer than a limit in bytes.
type tooLong int64

func (e tooLong) Error() string { return "the response is longer than " + size(int64(e)) }

// size formats a number of bytes in the largest unit that needs no fraction.
func size(n int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.bytes && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + " " + unit.name
		}
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// readAll is io.ReadAll with a limit and with a first guess of the length; -1 means that the length is not known. It
// allocates one byte more than the length, so that it can detect the end. With an error it returns the data before the
// error. Past the limit the error is tooLong, and the rest is not read.
func readAll(r io.Reader, length, limit int64) ([]byte, error) {
	if length < 0 {
		length = 512
	}
	limit = min(limit, math.MaxInt64-1)
	data := make([]byte, 0, min(length, limit, maxTrustedLength)+1)
	for {
		n, err := r.Read(data[len(data):min(int64(cap(data)), limit+1)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return data, tooLong(limit) // data includes the extra byte, for callers that read on
		case err == io.EOF:
			return data, nil
		case err != nil:
			return data, err
		}
		if len(data) == cap(data) {
			data = append(make([]byte, 0, 2*cap(data)), data...) // append alone adds a quarter, and so copies more often
		}
	}
}

// closeBody closes the body of a request that is not sent. A transport must always do that, so the client does it too.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// discard makes a connection free for other requests: it reads the rest of a body, up to maxReadBody, and closes it.
func discard(body io.ReadCloser) {
	io.CopyN(io.Discard, body, maxReadBody)
	body.Close()
}

// bodyOf returns the body that bufferBody read. Every response in the chain has one, except a proxied response.
func bodyOf(resp *http.Response) *bufferedBody {
	if body, ok := resp.Body.(*bufferedBody); ok {
		return body
	}
	return newBufferedBody(nil, 0, false)
}
