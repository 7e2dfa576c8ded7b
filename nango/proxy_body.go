package nango

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/nango-go/sdk/internal/jsonx"
	"github.com/nango-go/sdk/internal/percent"
)

const octets = "application/octet-stream"

// bodyWay is a way of sending a body through Nango. A request has two content types. Nango reads the body by the outer
// one, the header Content-Type. The provider gets the inner one, the header with the prefix.
type bodyWay struct {
	// outer is the content type for Nango; empty means that of the form.
	outer string
	// formSafe escapes the signs in JSON that have a meaning in a form. Nango reads each body of octets as a form, to
	// fill in the header templates of a provider's definition.
	formSafe bool
}

// The ways, named as the rows of the table in docs/proxy.md.
const (
	wayNone   = "no body"
	wayJSON   = "JSON"
	wayParsed = "JSON that Nango parses"
	wayForm   = "form"
	wayOctets = "all else"
)

var bodyWays = map[string]bodyWay{
	wayNone:   {outer: octets},
	wayJSON:   {outer: octets, formSafe: true},
	wayParsed: {outer: "application/json"},
	wayForm:   {},
	wayOctets: {outer: octets},
}

// proxyBody is the body of a proxied request.
type proxyBody struct {
	content
	way         string
	contentType string       // for the provider; empty for none
	remedy      string       // what the caller can do if Nango cannot read the body
	sent        atomic.Int64 // the number of bytes sent, in the longest attempt
	loose       atomic.Bool  // an attempt sent a loose percent sign
}

// newProxyBody decides how to send the body. The header holds what the provider gets.
func newProxyBody(req *ProxyRequest, header http.Header) (*proxyBody, error) {
	if err := checkBody(req, header); err != nil {
		return nil, err
	}
	b := &proxyBody{contentType: req.ContentType, way: wayOctets}
	switch {
	case req.JSON != nil:
		raw, err := encode("JSON", req.JSON)
		if err != nil {
			return nil, err
		}
		if req.PlainJSON && raw[0] != '{' && raw[0] != '[' {
			return nil, &ArgumentError{Name: "JSON", Reason: "must be an object or an array with PlainJSON"}
		}
		b.content = contentOf(bytes.NewReader(raw))
		if b.contentType == "" {
			b.contentType = "application/json"
		}
		if b.way = wayJSON; req.PlainJSON {
			b.way = wayParsed
		}
	case req.Form != nil:
		// Nango reads no body of DELETE as a form.
		fault := req.Form.fault()
		if req.Retries > 0 && fault == "" {
			fault = "Retries is set, for which Nango would have to send the form a second time"
		}
		rebuilt := !req.Verbatim && req.Method != http.MethodDelete && fault == ""
		if b.remedy = fault + ", so that the form goes byte for byte"; fault == "" {
			b.remedy = "leave Verbatim out"
		}
		if b.content, b.contentType = req.Form.content(rebuilt); rebuilt {
			b.way = wayForm
		}
	case req.Body == nil || req.Body == http.NoBody:
		b.way = wayNone
	default:
		if b.content = contentOf(req.Body); (isJSONText(req.ContentType) || isJSONLines(req.ContentType)) && !isEncoded(header) {
			b.way = wayJSON
		}
	}
	if req.Verbatim && b.way == wayJSON {
		b.way, b.remedy = wayOctets, "leave Verbatim out"
	}
	way := bodyWays[b.way]
	if way.formSafe {
		b.content, b.remedy = b.content.through(jsonx.FormSafe), "the body is not JSON"
	}
	if open := b.open; open != nil && way.outer == octets {
		b.open = func() io.Reader { return &bodyWatch{Reader: open(), body: b, form: req.Method != http.MethodDelete} }
	}
	return b, nil
}

// maxOctets is the length of octets or JSON that Nango accepts, unless its operator has changed it.
const maxOctets = 75 << 20

// explain adds a hint to a failure for which Nango gives no reason, if the body can be the reason.
func (b *proxyBody) explain(failure *Error) {
	switch {
	case failure.Code != "generic_error_support":
	case b.sent.Load() > maxOctets:
		failure.hint = "the body is longer than 75 MiB, which is as much as Nango takes unless it is set up otherwise"
	case b.loose.Load():
		failure.held = failure.held.with(func(parts *heldParts) { parts.cause = ErrLoosePercent })
		failure.hint = "a percent sign in the body " + loosePercent + b.looseRemedy() + "; see docs/proxy.md"
	}
}

const loosePercent = "begins no escape of UTF-8 text, on which Nango stops for providers whose definition has headers: "

func (b *proxyBody) looseRemedy() string {
	kind, _, _ := mime.ParseMediaType(b.contentType)
	switch {
	case b.remedy != "":
		return b.remedy
	case kind == "application/x-www-form-urlencoded":
		return "encode the form as UTF-8, as url.Values.Encode does"
	case kind == "multipart/form-data":
		return "send the form as ProxyRequest.Form"
	case strings.HasSuffix(kind, "/xml"), strings.HasSuffix(kind, "+xml"):
		return "write it as &#37;, which means the same in XML"
	}
	return "call the provider directly with the connection's token"
}

func checkBody(req *ProxyRequest, header http.Header) error {
	hasBody := req.Body != nil && req.Body != http.NoBody
	kind, parameters, _ := mime.ParseMediaType(req.ContentType)
	_, bytes := req.JSON.([]byte)
	_, reader := req.JSON.(io.Reader)
	_, encodes := req.JSON.(json.Marshaler)
	switch {
	case req.Form == nil && kind == "multipart/form-data" && parameters["boundary"] == "":
		return &ArgumentError{Name: "ContentType", Reason: "has no boundary, so that Nango would make a form of the body's bytes; set Form"}
	case req.PlainJSON && (kind == "multipart/form-data" || kind == "application/x-www-form-urlencoded"):
		return &ArgumentError{Name: "ContentType", Reason: "is that of a form, which Nango would make of the JSON"}
	case req.PlainJSON && req.JSON == nil:
		return &ArgumentError{Name: "PlainJSON", Reason: "needs a body in JSON, in the field JSON"}
	case !hasBody && req.JSON == nil && req.Form == nil:
	case req.Method == "" || req.Method == http.MethodGet || req.Method == http.MethodHead:
		return &ArgumentError{Name: "Body", Reason: "is dropped by Nango on GET and HEAD, and an empty Method is GET"}
	case hasBody && req.JSON != nil:
		return &ArgumentError{Name: "Body", Reason: "is set beside JSON"}
	case hasBody && req.Form != nil:
		return &ArgumentError{Name: "Body", Reason: "is set beside Form"}
	case req.Form != nil && req.JSON != nil:
		return &ArgumentError{Name: "Form", Reason: "is set beside JSON"}
	case isNilPointer(req.Body):
		return &ArgumentError{Name: "Body", Reason: "is a nil pointer"}
	case hasBody && req.ContentType == "":
		return &ArgumentError{Name: "ContentType", Reason: "is missing; a body of no type would be lost"}
	case bytes:
		return &ArgumentError{Name: "JSON", Reason: "is a []byte, which would be sent as base64: give a json.RawMessage, or a Body"}
	case reader && !encodes:
		return &ArgumentError{Name: "JSON", Reason: "is an io.Reader, which would be sent as an object: give a Body with a ContentType"}
	case req.PlainJSON && req.Verbatim:
		return &ArgumentError{Name: "Verbatim", Reason: "is set beside PlainJSON, with which Nango writes the body anew"}
	case req.Form != nil && req.ContentType != "":
		return &ArgumentError{Name: "ContentType", Reason: "is set beside Form, which has its own"}
	case (req.JSON != nil || req.Form != nil) && isEncoded(header):
		return &ArgumentError{Name: "Header", Reason: "holds Content-Encoding, which needs a Body that is encoded so"}
	case req.Form != nil:
		return req.Form.check()
	}
	return nil
}

// isEncoded reports whether the body has a content encoding, such as gzip, that the provider has to undo.
func isEncoded(header http.Header) bool {
	encoding := strings.TrimSpace(header.Get(proxyPrefix + "Content-Encoding"))
	return encoding != "" && !strings.EqualFold(encoding, "identity")
}

// isJSONText reports whether a content type means JSON in UTF-8.
func isJSONText(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(parameters["charset"])
	return err == nil && isJSON(kind) && (charset == "" || charset == "utf-8" || charset == "utf8")
}

// set sets the body of a request, with its length and its content types.
func (b *proxyBody) set(out *http.Request, closer io.Closer) {
	if b.contentType != "" {
		outer, inner := bodyWays[b.way].outer, b.contentType
		if outer == "" {
			outer, inner = b.contentType, "multipart/form-data" // with a boundary the files would be lost
		}
		out.Header.Set("Content-Type", outer)
		out.Header.Set(proxyPrefix+"Content-Type", inner)
	}
	if b.open == nil {
		return
	}
	out.Body = wrappedBody{b.open(), closer}
	out.ContentLength = b.length
	switch {
	case b.repeatable && b.length == 0:
		out.Body = http.NoBody
		out.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil }
	case b.repeatable:
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(b.open()), nil }
	}
}

// bodyWatch records what is read of a body of octets: its length, and a loose percent sign if Nango reads it as a form.
type bodyWatch struct {
	io.Reader
	body    *proxyBody
	form    bool
	length  int64
	scanner percent.Scanner
}

func (w *bodyWatch) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if w.length += int64(n); w.length > w.body.sent.Load() {
		w.body.sent.Store(w.length)
	}
	if w.form {
		_, _ = w.scanner.Write(p[:n])
		if w.scanner.Found() || err == io.EOF && w.scanner.Loose() {
			w.body.loose.Store(true)
		}
	}
	return n, err
}
