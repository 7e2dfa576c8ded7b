package nango

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

const (
	// maxKeptBody is how much of a failure's body an error keeps.
	maxKeptBody = 64 << 10
	// maxReadBody is how much of a failure's body is read, so that the connection can be used again.
	maxReadBody = 256 << 10
	// maxTrustedLength is how much memory a Content-Length is given before the bytes have come.
	maxTrustedLength = 4 << 20
)

// keptBody is a body that has been read. Decoding takes its data as they are.
type keptBody struct {
	bytes.Reader
	data      []byte
	truncated bool
}

// newKeptBody lets at most limit bytes of data be read.
func newKeptBody(data []byte, limit int, truncated bool) *keptBody {
	body := &keptBody{data: data, truncated: truncated || len(data) > limit}
	body.Reset(data[:min(len(data), limit)])
	return body
}

// Close does nothing: the connection has been given back.
func (*keptBody) Close() error { return nil }

// keepBody reads the body of an answer and puts a keptBody in its place: all of a success, which fails if it breaks off,
// and the beginning of anything else, whose status is worth more than its body. A body longer than what is read of it
// costs the connection.
func keepBody(ctx context.Context, resp *http.Response) error {
	body := resp.Body
	defer body.Close()
	if resp.StatusCode/100 == 2 {
		data, err := readAll(body, resp.ContentLength)
		if err == nil {
			err = ctx.Err() // which a transport of the caller's may have read past
		}
		if err != nil {
			return err
		}
		resp.Body = newKeptBody(data, len(data), false)
		return nil
	}
	data, err := readAll(io.LimitReader(body, maxReadBody), min(resp.ContentLength, maxReadBody))
	resp.Body = newKeptBody(data, maxKeptBody, err != nil)
	return nil
}

// readAll is io.ReadAll with a first guess of the length, which is -1 where it is not known. One byte more than the
// length leaves room to find the end.
func readAll(r io.Reader, length int64) ([]byte, error) {
	if length < 0 {
		length = 512
	}
	data := make([]byte, 0, min(length, maxTrustedLength)+1)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return data, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// peek returns the first limit bytes of a body that streams, and whether there are more. The body can still be read
// from its start. An error is the one that reading met; what came before it is returned with it.
func peek(resp *http.Response, limit int) (data []byte, truncated bool, err error) {
	data, err = readAll(io.LimitReader(resp.Body, int64(limit)+1), min(resp.ContentLength, int64(limit)))
	resp.Body = &peekedBody{io.MultiReader(bytes.NewReader(data), &failing{resp.Body, err}), resp.Body}
	if len(data) > limit {
		return data[:limit], true, err
	}
	return data, false, err
}

type peekedBody struct {
	io.Reader
	io.Closer
}

// failing repeats the error that reading has met, for those who read on.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.Reader.Read(p)
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

// kept returns the body that keepBody left; every answer of the chain has one, except the proxy's.
func kept(resp *http.Response) *keptBody {
	if body, ok := resp.Body.(*keptBody); ok {
		return body
	}
	return newKeptBody(nil, 0, false)
}
