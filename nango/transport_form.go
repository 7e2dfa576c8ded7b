package nango

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"regexp"
	"strings"
	"unicode"
)

// formCopier copies a form of multipart/form-data part by part. It writes the headers of the parts in the form in which
// Nango understands them. At a part that Nango would lose or change, or on which it would stop, it fails with an
// *ArgumentError.
type formCopier struct {
	source   *errorWatch
	parts    *multipart.Reader
	boundary string
	part     *multipart.Part // the file that is being copied; nil between parts
	fields   map[string]bool // the names of all so far
	count    int
	written  bytes.Buffer // not yet read by the caller
	err      error
}

func newFormCopier(body io.Reader, boundary string) *formCopier {
	source := &errorWatch{Reader: body}
	return &formCopier{source: source, parts: multipart.NewReader(source, boundary), boundary: boundary, fields: map[string]bool{}}
}

func (f *formCopier) Read(p []byte) (int, error) {
	for f.written.Len() == 0 {
		switch {
		case f.err != nil:
			return 0, f.err
		case f.part == nil:
			f.err = f.next()
		default:
			n, err := f.part.Read(p)
			switch {
			case err == io.EOF:
				f.part = nil
				f.written.WriteString("\r\n")
			case err != nil:
				f.err = f.incomplete()
			}
			if n > 0 {
				return n, nil
			}
		}
	}
	return f.written.Read(p)
}

// next begins the next part. It copies a field as a whole.
func (f *formCopier) next() error {
	part, err := f.parts.NextRawPart()
	if err == io.EOF {
		if _, err := io.Copy(io.Discard, f.source); err != nil { // what follows the form counts for its length
			return err
		}
		f.written.WriteString("--" + f.boundary + "--\r\n")
		return io.EOF
	}
	if err != nil {
		return f.incomplete()
	}
	f.count++
	fault := lostHeader(part.Header)
	disposition, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name := parameters["name"]
	switch {
	case fault != "":
	case err != nil || disposition != "form-data":
		fault = "is no form-data, so that Nango would leave it out"
	case name == "" || strings.ContainsFunc(name, unicode.IsControl):
		fault = "has no name, or a name with a control character"
	}
	if fault != "" {
		return f.refuse(fault)
	}
	contentType := withoutDefaults(part.Header.Get("Content-Type"))
	if namesFile(part.Header.Get("Content-Disposition")) {
		return f.file(part, FormFile{Name: name, FileName: parameters["filename"], ContentType: contentType})
	}
	if contentType == "text/plain" { // the type of each field without a type
		contentType = ""
	}
	return f.field(part, FormField{Name: name, ContentType: contentType})
}

var (
	quotedText        = regexp.MustCompile(`"(\\.|[^"\\])*"`)
	fileNameParameter = regexp.MustCompile(`(?i);\s*filename[*0-9]*\s*=`)
)

// namesFile reports whether a disposition has a file name, even one that cannot be read.
func namesFile(disposition string) bool {
	return fileNameParameter.MatchString(quotedText.ReplaceAllString(disposition, ""))
}

func (f *formCopier) file(part *multipart.Part, file FormFile) error {
	if fault := (&Form{Files: []FormFile{file}}).fault(); fault != "" {
		return f.refuse(strings.TrimPrefix(fault, "Form.Files[0]."))
	}
	f.begin(file.disposition(true), file.ContentType)
	f.part = part
	return nil
}

func (f *formCopier) field(part *multipart.Part, field FormField) error {
	value, err := io.ReadAll(io.LimitReader(part, maxRebuiltField))
	if err != nil {
		return f.incomplete()
	}
	field.Value = string(value)
	if f.fields[field.Name] {
		return f.refuse("Name comes twice")
	}
	if fault := (&Form{Fields: []FormField{field}}).fault(); fault != "" {
		return f.refuse(strings.TrimPrefix(fault, "Form.Fields[0]."))
	}
	f.fields[field.Name] = true
	f.begin(`form-data; name="`+field.Name+`"`, "")
	f.written.Write(value)
	f.written.WriteString("\r\n")
	return nil
}

func (f *formCopier) begin(disposition, contentType string) {
	fmt.Fprintf(&f.written, "--%s\r\nContent-Disposition: %s\r\n", f.boundary, disposition)
	if contentType != "" {
		fmt.Fprintf(&f.written, "Content-Type: %s\r\n", contentType)
	}
	f.written.WriteString("\r\n")
}

func (f *formCopier) refuse(fault string) error {
	return &ArgumentError{Name: "Body", Reason: fmt.Sprintf("cannot reach this provider, for which Nango reads forms and writes them anew: part %d: %s; "+
		"see docs/transport.md", f.count, fault)}
}

// incomplete returns the error of a form that has no end, or that could not be read.
func (f *formCopier) incomplete() error {
	if f.source.err != nil {
		return f.source.err
	}
	return &ArgumentError{Name: "Body", Reason: "is no complete form of multipart/form-data"}
}

// lostHeader returns what is wrong with the headers of a part, of which Nango keeps only the disposition and the type.
func lostHeader(header textproto.MIMEHeader) string {
	for name, values := range header {
		switch name {
		case "Content-Disposition", "Content-Type", "Content-Length":
			continue
		case "Content-Transfer-Encoding":
			switch strings.ToLower(strings.Join(values, "")) {
			case "binary", "8bit", "7bit":
				continue
			}
		}
		return "has a header that Nango would leave out"
	}
	return ""
}

// withoutDefaults returns a content type without a charset that most programs assume anyway. Nango loses the parameters
// of a content type.
func withoutDefaults(contentType string) string {
	kind, parameters, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(parameters["charset"])
	if err == nil && (len(parameters) == 0 || len(parameters) == 1 && (charset == "utf-8" || charset == "us-ascii")) {
		return kind
	}
	return contentType
}

// errorWatch keeps the error of a reader.
type errorWatch struct {
	io.Reader
	err error
}

func (w *errorWatch) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
