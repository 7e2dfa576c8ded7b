package proxying

import (
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/js"
)

const (
	FormType      = "application/x-www-form-urlencoded"
	MultipartType = "multipart/form-data"
)

// Body is a body for the provider. The caller's own content type stands over its type, unless the type names a boundary.
type Body struct {
	Data        []byte
	ContentType string
	Rebuilt     bool // a form, which can be sent once
	raw         bool // as it came
}

// isRaw says that a body is handed on as it came.
func (b *Body) isRaw() bool { return b != nil && b.raw }

// raws are the beginnings of content types whose bodies are handed on as they are.
var raws = []string{"application/", "text/", "image/", "audio/", "video/", "font/", "model/", "message/", "chemical/", "x-world/"}

// ReadBody makes the provider's body of the caller's, nil if there is none.
func (c *Call) ReadBody() (*Body, error) {
	value, files, err := c.parsedBody()
	if err != nil {
		return nil, err
	}
	wanted := c.ownHeaders()["content-type"]
	injected := c.injectedFields()
	if wanted == MultipartType {
		return rebuild(value, files, injected)
	}
	if injected != nil {
		value = merged(value, injected)
	}
	switch value := value.(type) {
	case nil:
		return nil, nil
	case []byte:
		return &Body{Data: value, raw: true}, nil
	default:
		switch {
		case strings.Contains(wanted, FormType):
			var pairs []string
			formFields("", value, func(k, v string) { pairs = append(pairs, js.EscapeForm(k)+"="+js.EscapeForm(v)) })
			return &Body{Data: []byte(strings.Join(pairs, "&"))}, nil
		case strings.Contains(wanted, MultipartType):
			form := newForm()
			formFields("", value, form.field)
			return form.close(), nil
		}
		body := &Body{Data: js.Print(value)}
		if wanted == "" {
			body.ContentType = "application/json"
		}
		return body, nil
	}
}

// parsedBody is the caller's body as the server reads it: an object or list from JSON and forms, bytes from most other types,
// nothing from none.
func (c *Call) parsedBody() (value any, files []file, err error) {
	contentType := c.Header.Get("Content-Type")
	kind, parameters, _ := mime.ParseMediaType(contentType)
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		fields, files, err := readForm(c.Body, kind, parameters["boundary"])
		if err != nil {
			return nil, nil, ErrUnforeseen
		}
		return fields, files, nil
	case len(c.Body) == 0:
		return nil, nil, nil
	case kind == "application/json":
		return js.Parse(c.Body), nil, nil
	case kind == FormType:
		form := js.NewObject()
		for part := range strings.SplitSeq(string(c.Body), "&") {
			if k, v, _ := strings.Cut(part, "="); part != "" {
				form.SetField(js.UnescapeForm(k), js.UnescapeForm(v))
			}
		}
		return form, nil, nil
	case slices.ContainsFunc(raws, func(beginning string) bool { return strings.HasPrefix(contentType, beginning) }):
		return c.Body, nil, nil
	}
	return nil, nil, nil
}

// injectedFields are those that the provider's definition adds to bodies, nil if it adds none.
func (c *Call) injectedFields() *js.Object {
	if !carriesBody(c.Method) {
		return nil
	}
	replacers := map[string]any{"connectionConfig": c.Connection.Config, "credentials": c.Connection.Credentials}
	maps.Copy(replacers, c.Connection.Credentials)
	return c.injected(c.Template.Body, replacers)
}

func (c *Call) injected(fields map[string]any, replacers map[string]any) *js.Object {
	o := js.NewObject()
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		switch field := fields[key].(type) {
		case string:
			if value := c.interpolate(field, replacers); !strings.Contains(value, "${") {
				o.Set(key, value)
			}
		case map[string]any:
			if inner := c.injected(field, replacers); inner != nil {
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
