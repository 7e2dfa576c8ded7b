package nango

import (
	"compress/gzip"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
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
	refuse := func(reason string) (*upload, error) { return nil, &ArgumentError{Name: "Body", Reason: reason} }
	boundary, isForm := boundaryOf(u.contentType)
	switch {
	case isForm && boundary == "":
		return refuse("is of the type multipart/form-data without a boundary, so that Nango would make a form of its bytes")
	case out.Body == nil:
		return u, nil
	case !carriesBody(out.Method):
		if out.ContentLength == 0 && isEmpty(out.Body) {
			closeBody(out)
			out.Body, out.GetBody = nil, nil
			return u, nil
		}
		return refuse("is dropped by Nango on " + out.Method)
	}
	if u.way = wayOctets; u.contentType == "" {
		u.contentType = octets // without a type Nango would call it a form
	}
	encoding := strings.ToLower(strings.TrimSpace(out.Header.Get("Content-Encoding")))
	if encoding == "identity" {
		encoding = ""
	}
	read := api.headed && out.Method != http.MethodDelete // Nango reads the body as a form
	switch {
	case isJSONText(u.contentType) && (read || api.fillsBody) && (encoding == "" || encoding == "gzip"):
		if encoding != "" {
			u.filter(func(r io.Reader) io.Reader { return &gunzip{source: &errorWatch{Reader: r}} })
			out.Header.Del("Content-Encoding")
		}
		if u.way, u.remedy = wayJSON, "the body is not JSON"; api.fillsBody {
			u.way = wayParsed
		} else {
			u.filter(jsonx.FormSafe)
		}
	case isJSONLines(u.contentType) && read && encoding == "":
		u.way, u.remedy = wayJSON, "the body is not JSON"
		u.filter(jsonx.FormSafe)
	case isForm && read && encoding == "":
		u.way, u.limit = wayForm, 0
		if parameters, ok := strings.CutPrefix(u.contentType, "multipart/form-data; boundary="); !ok || parameters != boundary {
			u.contentType = mime.FormatMediaType("multipart/form-data", map[string]string{"boundary": boundary})
		}
		u.filter(func(r io.Reader) io.Reader { return newFormCopier(r, boundary) })
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
	if u.way == wayNone {
		return
	}
	u.length = req.ContentLength
	if len(u.filters) > 0 {
		// Even if the filters keep the length, it must not be given: the last byte, with which the body would be complete,
		// must not be sent before the end was examined.
		req.ContentLength = -1
	}
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
	if u.length > 0 {
		r = &exactLength{r, u, 0}
	}
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

// exactLength breaks an upload off that is not as long as its ContentLength says. Without it, Nango would hand on as a
// whole what a filter has made of a part.
type exactLength struct {
	io.Reader
	upload *upload
	read   int64
}

func (e *exactLength) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	e.read += int64(n)
	want := e.upload.length
	for e.read == want && err == nil { // the last byte must not be sent before it is known that there are no more
		var more int
		more, err = e.Reader.Read(make([]byte, 1))
		e.read += int64(more)
	}
	if e.read <= want && (err != io.EOF || e.read == want) {
		return n, err
	}
	err = &ArgumentError{Name: "Body", Reason: fmt.Sprintf("is not as long as ContentLength says, which is %d", want)}
	e.upload.refusal.Store(&err)
	return 0, err
}

// gunzip unpacks what it reads.
type gunzip struct {
	source *errorWatch
	inner  *gzip.Reader
}

func (g *gunzip) Read(p []byte) (n int, err error) {
	if g.inner == nil {
		g.inner, err = gzip.NewReader(g.source)
	}
	if err == nil {
		n, err = g.inner.Read(p)
	}
	if err != nil && err != io.EOF || err == io.EOF && g.inner == nil {
		if err = g.source.err; err == nil {
			err = &ArgumentError{Name: "Body", Reason: "is not what its Content-Encoding says, which is gzip"}
		}
	}
	return n, err
}

var boundaries = regexp.MustCompile(`(?i);\s*boundary\s*=\s*(?:"([^"]*)"|([^";]*))`)

// boundaryOf returns the boundary of a form of multipart/form-data. Many programs write one that package mime does not take,
// since it holds signs such as "=" and no quotes. It returns false for another content type.
func boundaryOf(contentType string) (boundary string, isForm bool) {
	kind, _, _ := strings.Cut(contentType, ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data") {
		return "", false
	}
	if _, parameters, err := mime.ParseMediaType(contentType); err == nil {
		return parameters["boundary"], true
	}
	if match := boundaries.FindStringSubmatch(contentType); match != nil {
		boundary = strings.TrimSpace(match[1] + match[2])
	}
	return boundary, true
}

// isJSONLines reports whether a content type means JSON documents one after the other.
func isJSONLines(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-seq":
		return true
	}
	return false
}

// isEmpty reports whether a body of unknown length has nothing.
func isEmpty(body io.Reader) bool {
	n, err := io.ReadFull(body, make([]byte, 1))
	return n == 0 && err == io.EOF
}
