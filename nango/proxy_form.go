package nango

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Form is a form of the type multipart/form-data, such as an upload. The provider gets first the fields, then the
// files.
//
// Nango reads the form and writes an equal one for the provider. The server holds the whole form in memory.
//
// Nango would change or refuse some forms. The SDK sends such a form as octets instead, byte for byte. Some providers
// cannot receive it then; see [ConnectionHandle.Proxy]. These are the limits:
//
//   - No two fields have the same name. A field's name is ASCII, is not a number, and holds no brackets, quotes or
//     backslashes.
//   - The value of a field is UTF-8 and shorter than 1 MiB. No field has a content type.
//   - The field name of a file is ASCII and holds no quotes or backslashes.
//   - The file name of a file is not empty. It is UTF-8 and holds no slash, backslash or quote.
//   - The content type of a file has no parameters.
//   - The request has no Retries.
type Form struct {
	Fields []FormField
	Files  []FormFile
}

// FormField is a field of a [Form].
type FormField struct {
	Name  string
	Value string
	// ContentType is the content type of the value, such as application/json; empty means none. Few providers need it.
	// A form with such a field is sent byte for byte, see [Form].
	ContentType string
}

// FormFile is a file of a [Form]. Several can have the same name.
type FormFile struct {
	// Name is the field's name.
	Name string
	// FileName is the name of the file. If it is empty, most servers read the file as a field.
	FileName string
	// ContentType is the type of the content; empty means application/octet-stream. If it has parameters, the form is
	// sent byte for byte, see [Form]. Note that [mime.TypeByExtension] returns parameters, as in text/plain;
	// charset=utf-8.
	ContentType string
	// Content is streamed. If it is an io.Closer, the SDK closes it after use.
	Content io.Reader
}

// Limits of a form that Nango can rebuild, in bytes.
const (
	maxRebuiltField = 1 << 20
	maxRebuiltHead  = 15 << 10
)

// check returns an error if the value cannot be sent as a form in any way.
func (f *Form) check() error {
	fault := func(list string, i int, field, reason string) error {
		return &ArgumentError{Name: fmt.Sprintf("Form.%s[%d].%s", list, i, field), Reason: reason}
	}
	text := func(list string, i int, name, contentType string) error {
		switch {
		case name == "":
			return fault(list, i, "Name", "is empty")
		case strings.ContainsFunc(name, unicode.IsControl):
			return fault(list, i, "Name", "holds a control character")
		}
		kind, _, err := mime.ParseMediaType(contentType)
		if contentType != "" && (err != nil || !strings.Contains(kind, "/")) || strings.ContainsFunc(contentType, isHeaderControl) {
			return fault(list, i, "ContentType", "is no content type")
		}
		return nil
	}
	if len(f.Fields)+len(f.Files) == 0 {
		return &ArgumentError{Name: "Form", Reason: "has no fields and no files"}
	}
	for i, field := range f.Fields {
		if err := text("Fields", i, field.Name, field.ContentType); err != nil {
			return err
		}
	}
	for i, file := range f.Files {
		if err := text("Files", i, file.Name, file.ContentType); err != nil {
			return err
		}
		switch {
		case strings.ContainsFunc(file.FileName, unicode.IsControl):
			return fault("Files", i, "FileName", "holds a control character")
		case file.Content == nil:
			return fault("Files", i, "Content", "is missing")
		case isNilPointer(file.Content):
			return fault("Files", i, "Content", "is a nil pointer")
		}
	}
	return nil
}

// fault returns the reason why Nango cannot rebuild the form. It is empty if Nango can rebuild the form.
func (f *Form) fault() string {
	seen := map[string]bool{}
	for i, field := range f.Fields {
		at := fmt.Sprintf("Form.Fields[%d].", i)
		switch {
		case seen[field.Name]:
			return at + "Name comes twice"
		case strings.Trim(field.Name, "0123456789") == "": // Nango would move numbers before other names
			return at + "Name is a number"
		case strings.ContainsAny(field.Name, "[]"):
			return at + "Name holds brackets"
		case !plainName(field.Name):
			return at + "Name" + notPlain
		case field.ContentType != "":
			return at + "ContentType is set"
		case len(field.Value) >= maxRebuiltField:
			return at + "Value is 1 MiB or longer"
		case !utf8.ValidString(field.Value):
			return at + "Value is not UTF-8"
		}
		seen[field.Name] = true
	}
	for i, file := range f.Files {
		at := fmt.Sprintf("Form.Files[%d].", i)
		switch {
		case !plainName(file.Name):
			return at + "Name" + notPlain
		case !plainFileName(file.FileName):
			return at + "FileName is empty, holds a quote, a slash or a backslash, or is not UTF-8"
		case strings.ContainsAny(file.ContentType, ";{}"):
			return at + "ContentType has parameters or braces"
		case len(file.disposition(true))+len(file.ContentType) > maxRebuiltHead:
			return at + "FileName is too long"
		}
	}
	return ""
}

const notPlain = " is too long, or holds a quote, a backslash or what is not ASCII"

func plainName(name string) bool {
	return len(name) <= maxRebuiltHead && isASCII(name) && !strings.ContainsAny(name, `"\`)
}

func plainFileName(name string) bool {
	return name != "" && name != "." && name != ".." && utf8.ValidString(name) && !strings.ContainsAny(name, `"\/`)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// content returns the encoded form and its content type.
func (f *Form) content(rebuilt bool) (content, string) {
	var written bytes.Buffer // writing to it never fails
	w := multipart.NewWriter(&written)
	var parts []content
	flush := func() {
		parts = append(parts, contentOf(bytes.NewReader(bytes.Clone(written.Bytes()))))
		written.Reset()
	}
	for _, field := range f.Fields {
		part, _ := w.CreatePart(partHeader(`form-data; name="`+escapeQuotes.Replace(field.Name)+`"`, field.ContentType))
		_, _ = io.WriteString(part, field.Value)
	}
	for _, file := range f.Files {
		contentType := file.ContentType
		if contentType == "" {
			contentType = octets
		}
		_, _ = w.CreatePart(partHeader(file.disposition(rebuilt), contentType))
		flush()
		parts = append(parts, contentOf(file.Content))
	}
	_ = w.Close()
	flush()
	return concatenated(parts), w.FormDataContentType()
}

var escapeQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// disposition returns the header Content-Disposition of a file. Nango reads a plain filename as Latin-1. So a name that
// is not ASCII needs the extended form (filename*), from which Nango makes a plain filename for the provider.
func (f FormFile) disposition(rebuilt bool) string {
	text := `form-data; name="` + escapeQuotes.Replace(f.Name) + `"`
	switch {
	case f.FileName == "":
		return text
	case rebuilt && !isASCII(f.FileName):
		return text + `; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(f.FileName), "+", "%20")
	default:
		return text + `; filename="` + escapeQuotes.Replace(f.FileName) + `"`
	}
}

func partHeader(disposition, contentType string) textproto.MIMEHeader {
	header := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	return header
}
