package nangotest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

// upstreamBody is a body for the provider. The caller's own content type stands over its type, unless the type names a boundary.
type upstreamBody struct {
	data        []byte
	contentType string
}

// file is a file of a form.
type file struct {
	field, name, contentType string
	data                     []byte
}

// raws are the beginnings of content types whose bodies are handed on as they are.
var raws = []string{"application/", "text/", "image/", "audio/", "video/", "font/", "model/", "message/"}

// readUpstreamBody makes the provider's body of the caller's, nil if there is none.
func (p *proxied) readUpstreamBody() (*upstreamBody, *answer) {
	value, files, a := p.parsedBody()
	if a != nil {
		return nil, a
	}
	wanted := p.headers["content-type"]
	injected := p.injectedFields()
	if wanted == multipartType {
		return rebuild(value, files, injected)
	}
	if injected != nil {
		value = merged(value, injected)
	}
	switch value := value.(type) {
	case nil:
		return nil, nil
	case []byte:
		return &upstreamBody{data: value}, nil
	default:
		switch {
		case strings.Contains(wanted, formType):
			var pairs []string
			formFields("", value, func(k, v string) { pairs = append(pairs, escapeForm(k)+"="+escapeForm(v)) })
			return &upstreamBody{data: []byte(strings.Join(pairs, "&"))}, nil
		case strings.Contains(wanted, multipartType):
			form := newForm()
			formFields("", value, form.field)
			return form.close(), nil
		}
		body := &upstreamBody{data: jsPrint(value)}
		if wanted == "" {
			body.contentType = "application/json"
		}
		return body, nil
	}
}

// parsedBody is the caller's body as the server reads it: an object or list from JSON and forms, bytes from most other types,
// nothing from none.
func (p *proxied) parsedBody() (value any, files []file, a *answer) {
	contentType := p.r.Header.Get("Content-Type")
	kind, parameters, _ := mime.ParseMediaType(contentType)
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		fields, files, err := readForm(p.raw, kind, parameters["boundary"])
		if err != nil {
			return nil, nil, broken()
		}
		return fields, files, nil
	case len(p.raw) == 0:
		return nil, nil, nil
	case kind == "application/json":
		return jsParse(p.raw), nil, nil
	case kind == formType:
		form := newObject()
		for part := range strings.SplitSeq(string(p.raw), "&") {
			if k, v, _ := strings.Cut(part, "="); part != "" {
				form.setPath(unescape(k), unescape(v))
			}
		}
		return form, nil, nil
	case slices.ContainsFunc(raws, func(beginning string) bool { return strings.HasPrefix(contentType, beginning) }):
		return p.raw, nil, nil
	}
	return nil, nil, nil
}

// readForm reads a multipart form. The server's parser knows no other multipart.
func readForm(raw []byte, kind, boundary string) (*jsObject, []file, error) {
	if kind != multipartType || boundary == "" || !bytes.Contains(raw, []byte("--"+boundary+"--")) {
		return nil, nil, http.ErrNotMultipart
	}
	fields, files := newObject(), []file{}
	for reader := multipart.NewReader(bytes.NewReader(raw), boundary); ; {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return fields, files, nil
		}
		if err != nil {
			return nil, nil, err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		if part.FileName() == "" {
			fields.setPath(part.FormName(), string(data))
			continue
		}
		contentType := part.Header.Get("Content-Type")
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		files = append(files, file{part.FormName(), part.FileName(), contentType, data})
	}
}

// form is a multipart form that is being written, with a boundary as the server's library makes them.
type form struct {
	buffer bytes.Buffer
	writer *multipart.Writer
}

func newForm() *form {
	f := &form{}
	f.writer = multipart.NewWriter(&f.buffer)
	random := make([]byte, 12)
	_, _ = rand.Read(random) // never fails
	if err := f.writer.SetBoundary(strings.Repeat("-", 26) + hex.EncodeToString(random)); err != nil {
		panic(err)
	}
	return f
}

func (f *form) field(name, value string) {
	f.part(`form-data; name="`+name+`"`, "", []byte(value))
}

func (f *form) file(file file) {
	f.part(`form-data; name="`+file.field+`"; filename="`+file.name+`"`, file.contentType, file.data)
}

// part writes to memory, where nothing fails.
func (f *form) part(disposition, contentType string, data []byte) {
	header := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	w, _ := f.writer.CreatePart(header)
	_, _ = w.Write(data)
}

func (f *form) close() *upstreamBody {
	_ = f.writer.Close()
	return &upstreamBody{f.buffer.Bytes(), multipartType + "; boundary=" + f.writer.Boundary()}
}

// rebuild makes a multipart form of a body. What has no fields, or fields that hold more than one value, the server fails on;
// of bytes each one becomes a field.
func rebuild(value any, files []file, injected *jsObject) (*upstreamBody, *answer) {
	f := newForm()
	switch value := value.(type) {
	case *jsObject:
		for _, key := range value.ordered() {
			text, ok := formText(value.values[key])
			if !ok {
				return nil, broken()
			}
			f.field(key, text)
		}
	case []byte:
		for i, b := range value {
			f.field(strconv.Itoa(i), strconv.Itoa(int(b)))
		}
	default:
		return nil, broken()
	}
	for _, file := range files {
		f.file(file)
	}
	if injected != nil {
		formFields("", injected, f.field)
	}
	return f.close(), nil
}

// formText is the text of a single value that is no truth value.
func formText(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.RawMessage:
		return string(jsPrint(value)), string(value) != "true" && string(value) != "false"
	}
	return "", false
}

// formFields lists the fields of a form as the server's HTTP library names them: key[] for each element of a list of plain
// values, key[inner] for what is nested otherwise.
func formFields(at string, value any, add func(key, value string)) {
	inside := func(key string) string {
		if at == "" {
			return key
		}
		return at + "[" + key + "]"
	}
	switch value := value.(type) {
	case *jsObject:
		for _, key := range value.ordered() {
			formFields(inside(key), value.values[key], add)
		}
	case []any:
		flat := at != "" && !slices.ContainsFunc(value, func(v any) bool { _, ok := printedLeaf(v); return !ok })
		for i, element := range value {
			if flat {
				formFields(strings.TrimSuffix(at, "[]")+"[]", element, add)
			} else {
				formFields(inside(strconv.Itoa(i)), element, add)
			}
		}
	default:
		text, _ := printedLeaf(value)
		add(at, text)
	}
}

// printedLeaf is the text of a single value; null has none.
func printedLeaf(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.RawMessage:
		return strings.TrimPrefix(string(jsPrint(value)), "null"), true
	}
	return "", false
}

// injectedFields are those that the provider's definition adds to bodies, nil if it adds none.
func (p *proxied) injectedFields() *jsObject {
	if !carriesBody(p.r.Method) {
		return nil
	}
	replacers := object{"connectionConfig": p.conn.config, "credentials": p.conn.credentials}
	maps.Copy(replacers, p.conn.credentials)
	return p.injected(p.template.Body, replacers)
}

func (p *proxied) injected(fields map[string]any, replacers object) *jsObject {
	o := newObject()
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		switch field := fields[key].(type) {
		case string:
			if value := p.interpolate(field, replacers); !strings.Contains(value, "${") {
				o.set(key, value)
			}
		case map[string]any:
			if inner := p.injected(field, replacers); inner != nil {
				o.set(key, inner)
			}
		}
	}
	if len(o.keys) == 0 {
		return nil
	}
	return o
}

// merged puts fields over those of an object. Bytes and lists stay as they are.
func merged(value any, fields *jsObject) any {
	if value == nil {
		return fields
	}
	if o, ok := value.(*jsObject); ok {
		for _, key := range fields.keys {
			o.set(key, fields.values[key])
		}
	}
	return value
}
