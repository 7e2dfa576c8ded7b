package nango

import (
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/nango-go/sdk/internal/jsonx"
)

// upload is the body of a request of a transport. It streams.
type upload struct {
	proxyBody
	filters []func(io.Reader) io.Reader
	limit   int64                 // the number of bytes that Nango takes; 0 for no limit
	refusal atomic.Pointer[error] // why the upload was broken off
}

// looseError is the error of a body with a percent sign on which Nango would stop.
type looseError struct{ *ArgumentError }

func (e looseError) Unwrap() []error { return []error{e.ArgumentError, ErrLoosePercent} }

// newUpload decides how to send the body of a request.
func newUpload(out *http.Request, api *definition, limit int64) (*upload, error) {
	u := &upload{limit: limit}
	u.contentType, u.way = out.Header.Get("Content-Type"), wayNone
	if out.Body == nil {
		return u, nil
	}
	refuse := func(reason string) (*upload, error) { return nil, &ArgumentError{Name: "Body", Reason: reason} }
	if !carriesBody(out.Method) {
		return refuse("is dropped by Nango on " + out.Method)
	}
	if u.way = wayOctets; u.contentType == "" {
		u.contentType = octets // without a type Nango would call it a form
	}
	kind, parameters, _ := mime.ParseMediaType(u.contentType)
	encoding := strings.ToLower(strings.TrimSpace(out.Header.Get("Content-Encoding")))
	if encoding == "identity" {
		encoding = ""
	}
	read := api.headed && out.Method != http.MethodDelete // Nango reads the body as a form
	switch {
	case kind == "multipart/form-data" && parameters["boundary"] == "":
		return refuse("is of the type multipart/form-data without a boundary, so that Nango would make a form of its bytes")
	case isJSONText(u.contentType) && (read || api.fillsBody) && (encoding == "" || encoding == "gzip"):
		if encoding != "" {
			u.filter(func(r io.Reader) io.Reader { return &gunzip{source: r} })
			out.Header.Del("Content-Encoding")
		}
		if u.way, u.remedy = wayJSON, "the body is not JSON"; api.fillsBody {
			u.way = wayParsed
		} else {
			u.filter(jsonx.FormSafe)
		}
	case kind == "multipart/form-data" && read && encoding == "":
		u.way, u.limit = wayForm, 0
		u.filter(func(r io.Reader) io.Reader { return newFormCopier(r, parameters["boundary"]) })
	}
	if u.limit > 0 && out.ContentLength > u.limit {
		return refuse(u.tooLong())
	}
	if read || len(u.filters) > 0 || out.ContentLength <= 0 {
		form := read && bodyWays[u.way].outer == octets
		u.filter(func(r io.Reader) io.Reader { return &bodyWatch{Reader: r, body: &u.proxyBody, form: form} })
		u.filter(func(r io.Reader) io.Reader { return &uploadGuard{r, u, !api.guessed} })
	}
	return u, nil
}

func (u *upload) filter(add func(io.Reader) io.Reader) { u.filters = append(u.filters, add) }

func (u *upload) tooLong() string {
	return "is longer than " + size(u.limit) + ", which is as much as Nango takes unless it is set up otherwise; see TransportParams.MaxBodyBytes"
}

// apply sets the content types and the body of a request to Nango, whose body is that for the provider.
func (u *upload) apply(req *http.Request) {
	u.set(req, nil) // without content of its own it sets the content types
	if len(u.filters) == 0 {
		return
	}
	// Even if the filters keep the length, it must not be given: the last byte, with which the body would be complete,
	// must not be sent before the end was examined.
	req.ContentLength = -1
	req.Body = u.through(req.Body)
	if open := req.GetBody; open != nil {
		req.GetBody = func() (io.ReadCloser, error) {
			body, err := open()
			if err != nil {
				return nil, err
			}
			return u.through(body), nil
		}
	}
}

func (u *upload) through(body io.ReadCloser) io.ReadCloser {
	r := io.Reader(body)
	for _, filter := range u.filters {
		r = filter(r)
	}
	return wrappedBody{r, body}
}

// uploadGuard breaks an upload off before Nango has all of a body that it would refuse, lose or change. Nango reads a
// body whole before it calls the provider, so the provider gets nothing.
type uploadGuard struct {
	io.Reader
	upload *upload
	loose  bool // a loose percent sign is refused
}

func (g *uploadGuard) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	u := g.upload
	refusal, ok := err.(*ArgumentError)
	switch {
	case ok:
		err = refusal
	case u.limit > 0 && u.sent.Load() > u.limit:
		err = &ArgumentError{Name: "Body", Reason: u.tooLong()}
	case g.loose && u.loose.Load():
		err = looseError{&ArgumentError{Name: "Body", Reason: "has a percent sign that " + loosePercent + u.looseRemedy() + "; see docs/proxy.md"}}
	default:
		return n, err
	}
	u.refusal.Store(&err)
	return 0, err
}

// gunzip unpacks what it reads.
type gunzip struct {
	source io.Reader
	inner  *gzip.Reader
}

func (g *gunzip) Read(p []byte) (_ int, err error) {
	if g.inner == nil {
		if g.inner, err = gzip.NewReader(g.source); err != nil {
			return 0, err
		}
	}
	return g.inner.Read(p)
}
