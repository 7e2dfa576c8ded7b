package nangotest

import (
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/js"
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

// upstreamBody is a body for the provider. The caller's own content type stands over its type, unless the type names a boundary.
type upstreamBody struct {
	data        []byte
	contentType string
	raw         bool // as it came
	rebuilt     bool // a form, which can be sent once
}

// isRaw says that a body is handed on as it came.
func (b *upstreamBody) isRaw() bool { return b != nil && b.raw }

// raws are the beginnings of content types whose bodies are handed on as they are.
var raws = []string{"application/", "text/", "image/", "audio/", "video/", "font/", "model/", "message/", "chemical/", "x-world/"}

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
		return &upstreamBody{data: value, raw: true}, nil
	default:
		switch {
		case strings.Contains(wanted, formType):
			var pairs []string
			formFields("", value, func(k, v string) { pairs = append(pairs, js.EscapeForm(k)+"="+js.EscapeForm(v)) })
			return &upstreamBody{data: []byte(strings.Join(pairs, "&"))}, nil
		case strings.Contains(wanted, multipartType):
			form := newForm()
			formFields("", value, form.field)
			return form.close(), nil
		}
		body := &upstreamBody{data: js.Print(value)}
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
		return js.Parse(p.raw), nil, nil
	case kind == formType:
		form := js.NewObject()
		for part := range strings.SplitSeq(string(p.raw), "&") {
			if k, v, _ := strings.Cut(part, "="); part != "" {
				form.SetField(js.UnescapeForm(k), js.UnescapeForm(v))
			}
		}
		return form, nil, nil
	case slices.ContainsFunc(raws, func(beginning string) bool { return strings.HasPrefix(contentType, beginning) }):
		return p.raw, nil, nil
	}
	return nil, nil, nil
}

// injectedFields are those that the provider's definition adds to bodies, nil if it adds none.
func (p *proxied) injectedFields() *js.Object {
	if !carriesBody(p.r.Method) {
		return nil
	}
	replacers := object{"connectionConfig": p.conn.config, "credentials": p.conn.credentials}
	maps.Copy(replacers, p.conn.credentials)
	return p.injected(p.template.Body, replacers)
}

func (p *proxied) injected(fields map[string]any, replacers object) *js.Object {
	o := js.NewObject()
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		switch field := fields[key].(type) {
		case string:
			if value := p.interpolate(field, replacers); !strings.Contains(value, "${") {
				o.Set(key, value)
			}
		case map[string]any:
			if inner := p.injected(field, replacers); inner != nil {
				o.Set(key, inner)
			}
		}
	}
	if o.Len() == 0 {
		return nil
	}
	return o
}

// merged puts fields over those of an object. Bytes and lists stay as they are.
func merged(value any, fields *js.Object) any {
	if value == nil {
		return fields
	}
	if o, ok := value.(*js.Object); ok {
		for key, field := range fields.All() {
			o.Set(key, field)
		}
	}
	return value
}
