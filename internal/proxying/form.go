package proxying

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/nango-go/sdk/internal/js"
)

// file is a file of a form.
type file struct {
	field, name, contentType string
	data                     []byte
}

// maxField is how long a field of a form can nearly be.
const maxField = 1 << 20

// readForm reads a multipart form as the server's parser does, with its faults: names are taken for Latin-1, of a file's name the
// folders are dropped, of a content type the parameters, and a file that has no name is a field or nothing.
func readForm(raw []byte, kind, boundary string) (*js.Object, []file, error) {
	if kind != MultipartType || boundary == "" || !bytes.Contains(raw, []byte("--"+boundary+"--")) {
		return nil, nil, http.ErrNotMultipart
	}
	fields, files := js.NewObject(), []file{}
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
		disposition, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil || disposition != "form-data" {
			continue
		}
		contentType, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if contentType == "" || strings.ContainsAny(contentType, "{}") { // which are no type to the server
			contentType = "text/plain"
		}
		name, fileName := fromLatin1(parameters["name"]), baseName(part.Header.Get("Content-Disposition"), parameters["filename"])
		isFile := parameters["filename"] != "" || contentType == "application/octet-stream"
		switch {
		case name == "":
			return nil, nil, errors.New("a part without a name")
		case isFile && fileName != "":
			files = append(files, file{name, fileName, contentType, data})
		case isFile:
		case len(data) >= maxField:
			return nil, nil, errors.New("a field is too long")
		default:
			fields.SetField(name, string([]rune(string(data))))
		}
	}
}

// baseName is what is left of a file's name. Only an extended one is not taken for Latin-1.
func baseName(disposition, name string) string {
	if !strings.Contains(strings.ToLower(disposition), "filename*=") {
		name = fromLatin1(name)
	}
	if name = name[strings.LastIndexAny(name, `/\`)+1:]; name == "." || name == ".." {
		return ""
	}
	return name
}

func fromLatin1(text string) string {
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
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
	f.part(`form-data; name="`+escapeName.Replace(name)+`"`, "", []byte(value))
}

func (f *form) file(file file) {
	f.part(`form-data; name="`+escapeName.Replace(file.field)+`"; filename="`+escapeName.Replace(file.name)+`"`, file.contentType, file.data)
}

// escapeName writes names as the server's library does.
var escapeName = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

// part writes to memory, where nothing fails.
func (f *form) part(disposition, contentType string, data []byte) {
	header := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	w, _ := f.writer.CreatePart(header)
	_, _ = w.Write(data)
}

func (f *form) close() *Body {
	_ = f.writer.Close()
	return &Body{Data: f.buffer.Bytes(), ContentType: MultipartType + "; boundary=" + f.writer.Boundary()}
}

// rebuild makes a multipart form of a body. What has no fields, or fields that hold more than one value, the server fails on;
// of bytes each one becomes a field.
func rebuild(value any, files []file, injected *js.Object) (*Body, error) {
	f := newForm()
	switch value := value.(type) {
	case *js.Object:
		for key, inner := range value.All() {
			text, ok := formText(inner)
			if !ok {
				return nil, ErrUnforeseen
			}
			f.field(key, text)
		}
	case []byte:
		for i, b := range value {
			f.field(strconv.Itoa(i), strconv.Itoa(int(b)))
		}
	default:
		return nil, ErrUnforeseen
	}
	for _, file := range files {
		f.file(file)
	}
	if injected != nil {
		formFields("", injected, f.field)
	}
	body := f.close()
	body.Rebuilt = true
	return body, nil
}

// formText is the text of a single value that is no truth value.
func formText(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.RawMessage:
		return string(js.Print(value)), string(value) != "true" && string(value) != "false"
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
	case *js.Object:
		for key, inner := range value.All() {
			formFields(inside(key), inner, add)
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
		return strings.TrimPrefix(string(js.Print(value)), "null"), true
	}
	return "", false
}
