package nango_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

const formBoundary = "b"

// form writes a form of parts, each a head and a content.
func form(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n\r\n%s\r\n", formBoundary, strings.ReplaceAll(parts[i], "\n", "\r\n"), parts[i+1])
	}
	return b.String() + "--" + formBoundary + "--\r\n"
}

// parts are the parts of a form, as a provider reads them.
func parts(t *testing.T, contentType, body string) (all []string) {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(contentType)
	require.NoError(t, err)
	for r := multipart.NewReader(strings.NewReader(body), parameters["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		content, err := io.ReadAll(part)
		require.NoError(t, err)
		_, names, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		require.NoError(t, err)
		all = append(all, fmt.Sprintf("%s|%s|%s|%s", names["name"], names["filename"], part.Header.Get("Content-Type"), content))
	}
}

// A form that Nango reads and writes anew arrives equal.
func TestTransportCarriesFormsToProvidersWithHeaders(t *testing.T) {
	a := provide(t, headedProvider)
	client := a.client(&nango.TransportParams{MaxBodyBytes: 10}) // which is not for forms
	binary := "\x00\xff%zz\r\n--c\r\n&" + strings.Repeat("\xfe%", 50_000)
	body := "a preamble\r\n" + form(
		`Content-Disposition: form-data; name="a"`, "100% ä & b",
		"content-type: text/plain; charset=UTF-8\nContent-Disposition: form-data; name=b\nContent-Transfer-Encoding: 8bit", "",
		"Content-Type: Text/Plain; charset=us-ascii\nContent-Disposition: form-data; name=c", "",
		"Content-Disposition: form-data; name=\"f\"; filename=\"f.png\"\nContent-Type: image/png\nContent-Length: 7", binary,
		"Content-Disposition: form-data; name=\"f\"; filename=\"ä €.txt\"\nContent-Type: text/csv; charset=utf-8", "x",
		"Content-Disposition: form-data; name=\"files[0]\"; filename*=UTF-8''%C3%A4", "y",
		`Content-Disposition: form-data; name=g; FileName=y.bin`, "",
		`Content-Disposition: form-data; name="__proto__"; filename="x.bin"; filename*=UTF-8''z.bin`, "",
		`Content-Disposition: form-data; name="filename"`, "no file",
		`Content-Disposition: form-data; name="; filename=x"`, "no file",
	) + "an epilogue"
	ok(t, client, request(t, "POST", "https://api.test/v1/x", body, "Content-Type", "multipart/form-data; boundary="+formBoundary))
	got := a.last()
	assert.Equal(t, []string{
		"a|||100% ä & b", "b|||", "c|||", "filename|||no file", "; filename=x|||no file", "f|f.png|image/png|" + binary, "f|ä €.txt|text/csv|x", "files[0]|ä|text/plain|y", "g|y.bin|text/plain|", "__proto__|z.bin|text/plain|",
	}, parts(t, got.Header.Get("Content-Type"), got.Body))

	ok(t, a.client(nil), request(t, "DELETE", "https://api.test/v1/x", body, "Content-Type", "multipart/form-data; boundary="+formBoundary))
	assert.Equal(t, body, a.last().Body, "Nango reads no body of DELETE as a form")
}

// Many programs write a boundary without the quotes that it needs.
func TestTransportBoundaries(t *testing.T) {
	for _, boundary := range []string{"----=_Part_1", `"--b; c"`, "b; charset", "b; a=b;;c"} {
		body := strings.ReplaceAll(form(`Content-Disposition: form-data; name="a"`, "x"), formBoundary, strings.Trim(strings.TrimSuffix(strings.TrimSuffix(boundary, "; charset"), "; a=b;;c"), `"`))
		contentType := "multipart/form-data; Boundary=" + boundary
		a := provide(t, plainProvider)
		ok(t, a.client(nil), request(t, "POST", "https://api.test/v1/x", body, "Content-Type", contentType))
		got := a.last()
		assert.Equal(t, []string{contentType, body}, []string{got.Header.Get("Content-Type"), got.Body})

		a = provide(t, headedProvider)
		ok(t, a.client(nil), request(t, "POST", "https://api.test/v1/x", body, "Content-Type", contentType))
		got = a.last()
		assert.Equal(t, []string{"a|||x"}, parts(t, got.Header.Get("Content-Type"), got.Body), contentType)
	}
}

// What Nango would lose, change or fail on breaks the upload off, and the error names the part.
func TestTransportBreaksFormsOff(t *testing.T) {
	a := provide(t, headedProvider)
	client := a.client(nil)
	good := []string{`Content-Disposition: form-data; name="first"`, "1"}
	for name, tt := range map[string]struct{ head, content, reason string }{
		"a field twice":               {`Content-Disposition: form-data; name="first"`, "", "twice"},
		"brackets":                    {`Content-Disposition: form-data; name="a[b]"`, "", "brackets"},
		"no name":                     {`Content-Disposition: form-data; name=""`, "", "no name"},
		"a name beyond ASCII":         {`Content-Disposition: form-data; name="ä"`, "", "Name"},
		"a file's name beyond ASCII":  {`Content-Disposition: form-data; name="ä"; filename="x"`, "", "Name"},
		"Latin-1":                     {`Content-Disposition: form-data; name="a"`, "\xe4", "not UTF-8"},
		"a long field":                {`Content-Disposition: form-data; name="a"`, strings.Repeat("x", 1<<20), "1 MiB"},
		"a field with a type":         {"Content-Disposition: form-data; name=\"a\"\nContent-Type: application/json", "{}", "ContentType"},
		"bytes without a file name":   {"Content-Disposition: form-data; name=\"a\"\nContent-Type: application/octet-stream", "\xff", "ContentType"},
		"an empty file name":          {`Content-Disposition: form-data; name="a"; filename=""`, "x", "FileName"},
		"a file name with a folder":   {`Content-Disposition: form-data; name="a"; filename="dir/a"`, "x", "FileName"},
		"a file name with backslash":  {`Content-Disposition: form-data; name="a"; filename="dir\a"`, "x", "FileName"},
		"a file name in Latin-1":      {"Content-Disposition: form-data; name=\"a\"; filename=\"\xe4\"", "x", "FileName"},
		"a file name that is unknown": {"Content-Disposition: form-data; name=\"a\"; filename*=ISO-8859-1''%E4", "x", "FileName"},
		"a type with parameters":      {"Content-Disposition: form-data; name=\"a\"; filename=\"a\"\nContent-Type: text/csv; header=present", "x", "ContentType"},
		"another header":              {"Content-Disposition: form-data; name=\"a\"; filename=\"a\"\nContent-ID: 1", "x", "header"},
		"base64":                      {"Content-Disposition: form-data; name=\"a\"\nContent-Transfer-Encoding: base64", "eA==", "header"},
		"no form-data":                {`Content-Disposition: attachment; name="a"; filename="a"`, "x", "no form-data"},
		"no disposition":              {"Content-Type: text/plain", "x", "no form-data"},
	} {
		t.Run(name, func(t *testing.T) {
			body := form(append(good, tt.head, tt.content)...)
			_, err := client.Do(request(t, "POST", "https://api.test/v1/x", body, "Content-Type", "multipart/form-data; boundary="+formBoundary))
			requireArgument(t, err, "Body", "part 2: ")
			requireArgument(t, err, "Body", tt.reason)
			a.nothing()
		})
	}
	for name, body := range map[string]string{
		"no end": strings.TrimSuffix(form(good...), "--\r\n"), "an open file": "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\nx", "no form": "x",
	} {
		_, err := client.Do(request(t, "POST", "https://api.test/v1/x", body, "Content-Type", "multipart/form-data; boundary="+formBoundary))
		requireArgument(t, err, "Body", "no complete form")
		a.nothing()
		assert.NotEmpty(t, name)
	}
}

func TestTransportCarriesLargeForms(t *testing.T) {
	a := provide(t, headedProvider)
	const size = 8 << 20
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	_, err := w.CreateFormFile("f", "big.bin")
	require.NoError(t, err)
	body := io.MultiReader(&head, io.LimitReader(zeros{}, size), strings.NewReader("\r\n--"+w.Boundary()+"--\r\n"))
	req := request(t, "POST", "https://api.test/v1/x", "", "Content-Type", w.FormDataContentType())
	req.Body = io.NopCloser(body)
	ok(t, a.client(nil), req)
	got := a.last()
	arrived := parts(t, got.Header.Get("Content-Type"), got.Body)
	require.Len(t, arrived, 1)
	assert.Len(t, arrived[0], size+len("f|big.bin|application/octet-stream|"))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
