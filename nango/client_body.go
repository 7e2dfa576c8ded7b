package nango

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"strconv"
)

const (
	// maxKeptBody is how much of a failure's body an error keeps.
	maxKeptBody = 64 << 10
	// maxReadBody is how much of a failure's body is read, so that the connection can be used again.
	maxReadBody = 256 << 10
	// maxSearchedBody is how much further a failure's body is read for a code and a message that have not come yet.
	maxSearchedBody = 64 << 20
	// defaultMaxResponse bounds the body of a success, after decompression.
	defaultMaxResponse = 256 << 20
	// maxTrustedLength is how much memory a Content-Length is given before the bytes have come.
	maxTrustedLength = 4 << 20
)

// bufferedBody is a body that has been read. Decoding takes its data as they are.
type bufferedBody struct {
	bytes.Reader
	data      []byte
	truncated bool
	err       error // with which reading a failure ended early
	deleted   bool  // nothing came, since what was to be deleted is gone
}

// newBufferedBody lets at most limit bytes of data be read.
func newBufferedBody(data []byte, limit int, truncated bool) *bufferedBody {
	body := &bufferedBody{data: data, truncated: truncated || len(data) > limit}
	body.Reset(data[:min(len(data), limit)])
	return body
}

// Close does nothing: the connection has been given back.
func (*bufferedBody) Close() error { return nil }

// bufferBody reads the body of a response and puts a keptBody in its place: all of a success, which fails if it breaks off or
// is longer than limit, and the beginning of anything else, whose status is worth more than its body. A body longer than
// what is read of it costs the connection.
func bufferBody(resp *http.Response, limit int64) error {
	body := resp.Body
	defer body.Close()
	if resp.StatusCode/100 == 2 {
		data, err := readAll(body, resp.ContentLength, limit)
		resp.Body = newBufferedBody(data, len(data), err != nil)
		return err
	}
	data, err := readAll(body, resp.ContentLength, maxReadBody)
	if _, long := err.(tooLong); long && isJSON(mediaType(resp.Header)) && !hasCodeAndMessage(data) {
		var more []byte
		more, err = readAll(body, -1, maxSearchedBody)
		data = append(data, more...)
	}
	kept := newBufferedBody(data, maxKeptBody, err != nil)
	if _, long := err.(tooLong); !long {
		kept.err = err
	}
	resp.Body = kept
	return nil
}

// tooLong is the error of a body that is longer than a limit in bytes.
type tooLong int64

func (e tooLong) Error() string { return "the response is longer than " + size(int64(e)) }

// size is a number of bytes in the largest unit that writes it without a fraction.
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

// readAll is io.ReadAll with a limit and with a first guess of the length, which is -1 where it is not known. One byte more
// than the length leaves room to find the end. With an error it returns what came before it; past the limit that is
// tooLong, and the rest is left unread.
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
			return data, tooLong(limit) // the one byte more is kept, for those who read on
		case err == io.EOF:
			return data, nil
		case err != nil:
			return data, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// closeBody closes the body of a request that is not sent, as a transport does with all that it is given.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// discard gives a connection back: it reads what is left of a body, unless that is much, and closes it.
func discard(body io.ReadCloser) {
	io.CopyN(io.Discard, body, maxReadBody)
	body.Close()
}

// bodyOf returns the body that keepBody left; every response of the chain has one, except the proxy's.
func bodyOf(resp *http.Response) *bufferedBody {
	if body, ok := resp.Body.(*bufferedBody); ok {
		return body
	}
	return newBufferedBody(nil, 0, false)
}
