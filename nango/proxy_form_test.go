package nango_test

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// part is a part of a form as a server reads it.
type part struct {
	name, fileName, contentType, content string
}

func readForm(t *testing.T, contentType, body string) (parts []part) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(contentType)
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	for reader := multipart.NewReader(strings.NewReader(body), parameters["boundary"]); ; {
		p, err := reader.NextRawPart()
		if err == io.EOF {
			return parts
		}
		require.NoError(t, err)
		content, err := io.ReadAll(p)
		require.NoError(t, err)
		_, disposition, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		require.NoError(t, err)
		parts = append(parts, part{disposition["name"], disposition["filename"], p.Header.Get("Content-Type"), string(content)})
	}
}

// partsOf is the form that the caller meant.
func partsOf(form *nango.Form, contents ...string) (parts []part) {
	for _, field := range form.Fields {
		parts = append(parts, part{field.Name, "", field.ContentType, field.Value})
	}
	for i, file := range form.Files {
		contentType := file.ContentType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		parts = append(parts, part{file.Name, file.FileName, contentType, contents[i]})
	}
	return parts
}

// atProvider is a server with a connection to a provider that has headers in its definition or not, and what arrived there.
type atProvider struct {
	srv     *nangotest.Server
	header  http.Header
	body    string
	arrived int
}

func newAtProvider(t *testing.T, provider string, config map[string]string) *atProvider {
	t.Helper()
	p := &atProvider{srv: nangotest.Start(t)}
	p.srv.AddProvider(nangotest.Provider{Name: "plain", AuthMode: "API_KEY", BaseURL: "https://plain.example"})
	p.srv.AddIntegration(nangotest.Integration{ID: "acme", Provider: provider, Config: config})
	p.srv.AddConnection(nangotest.Connection{
		IntegrationID: "acme", ConnectionID: "c1", Credentials: &nango.APIKeyCredentials{APIKey: nango.NewSecret("sk-1")},
	})
	p.srv.HandleProxy("acme", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		p.header, p.body = r.Header.Clone(), string(body)
		p.arrived++
	}))
	return p
}

func (p *atProvider) send(t *testing.T, req nango.ProxyRequest) error {
	t.Helper()
	p.header, p.body, p.arrived = nil, "", 0
	resp, err := p.srv.Client().Connection("acme", "c1").Proxy(t.Context(), req)
	if err != nil {
		return err
	}
	require.Equal(t, 200, resp.StatusCode)
	return resp.Body.Close()
}

// providers are those of each kind: with headers in the definition or not, and those whose integration says where the key goes.
func providers(t *testing.T) (plain *atProvider, headed map[string]*atProvider) {
	return newAtProvider(t, "plain", nil), map[string]*atProvider{
		"headers in the definition": newAtProvider(t, "private-api-bearer", nil),
		"a key in a header":         newAtProvider(t, "private-api-generic", map[string]string{"keyName": "X-Key", "baseUrl": "https://a.example"}),
		"a key in the query":        newAtProvider(t, "private-api-generic", map[string]string{"keyName": "key", "keyPlacement": "query", "baseUrl": "https://a.example"}),
	}
}

func TestForms(t *testing.T) {
	const binary = "\x00\xff%\r\n--"
	field := func(name, value string) *nango.Form {
		return &nango.Form{Fields: []nango.FormField{{Name: name, Value: value}}, Files: []nango.FormFile{{Name: "f", FileName: "a.bin"}}}
	}
	file := func(name, fileName, contentType string) *nango.Form {
		return &nango.Form{Files: []nango.FormFile{{Name: name, FileName: fileName, ContentType: contentType}}}
	}
	several := func(forms ...*nango.Form) *nango.Form {
		all := &nango.Form{}
		for _, form := range forms {
			all.Fields, all.Files = append(all.Fields, form.Fields...), append(all.Files, form.Files...)
		}
		return all
	}
	long := strings.Repeat("x", 1<<20)
	plain, headed := providers(t)
	for name, test := range map[string]struct {
		form    *nango.Form
		rebuilt bool
	}{
		"a field and a file":       {field("title", "100% sure\r\nä"), true},
		"fields alone":             {&nango.Form{Fields: []nango.FormField{{Name: "a", Value: "%zz"}, {Name: "b"}, {Name: "A"}}}, true},
		"odd names":                {several(field("a.b-c_d e%f", "1"), field("__proto__", "2"), field("1a", "3")), true},
		"a long field":             {field("a", long[1:]), true},
		"two files of one name":    {several(file("f", "1.bin", ""), file("f", "2.bin", "")), true},
		"a file's name in a list":  {file("files[0]", "1.bin", ""), true},
		"a file named as a field":  {field("f", "1"), true},
		"a type":                   {file("f", "a.png", "image/png"), true},
		"a file's name not ASCII":  {file("f", "Prüfung 100% 日本.pdf", "application/pdf"), true},
		"a file's name with signs": {file("f", "a;b='c'&d=%41.bin", ""), true},

		"a name twice":                         {several(field("a", "1"), field("a", "2")), false},
		"brackets":                             {field("a[b]", "1"), false},
		"a number":                             {several(field("b", "1"), field("7", "2")), false},
		"a name not ASCII":                     {field("ä", "1"), false},
		"a name with a quote":                  {field(`a"b\c`, "1"), false},
		"a file's field not ASCII":             {file("ä", "a.bin", ""), false},
		"a field too long":                     {field("a", long), false},
		"a field that is no UTF-8":             {field("a", "\xe4"), false},
		"a field with a type":                  {&nango.Form{Fields: []nango.FormField{{Name: "a", Value: "{}%", ContentType: "application/json"}}}, false},
		"a folder":                             {file("f", "dir/a.bin", ""), false},
		"a folder of Windows":                  {file("f", `dir\a.bin`, ""), false},
		"a file's name with a quote":           {file("f", `a"b.bin`, ""), false},
		"a file's name of dots":                {file("f", "..", ""), false},
		"a file without a name":                {file("f", "", ""), false},
		"a file's name no UTF-8":               {file("f", "\xe4.bin", ""), false},
		"a file's type with a charset":         {file("f", "a.csv", "text/csv; charset=latin1"), false},
		"a file's type that Nango cannot read": {file("f", "a.bin", "image/{x}"), false},
		"a file's name too long":               {file("f", strings.Repeat("ä", 4<<10), ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			var contents []string
			request := func() nango.ProxyRequest {
				for i := range test.form.Files {
					contents = append(contents, binary+name)
					test.form.Files[i].Content = io.MultiReader(strings.NewReader(binary), strings.NewReader(name)) // a stream
				}
				return nango.ProxyRequest{Method: "POST", Path: "/upload", Form: test.form}
			}
			require.NoError(t, plain.send(t, request()))
			want := partsOf(test.form, contents...)
			assert.Equal(t, want, readForm(t, plain.header.Get("Content-Type"), plain.body))
			assert.Equal(t, test.rebuilt, strings.Contains(plain.header.Get("Content-Type"), strings.Repeat("-", 26)))
			for kind, provider := range headed {
				err := provider.send(t, request())
				if test.rebuilt {
					require.NoError(t, err, kind)
					assert.Equal(t, want, readForm(t, provider.header.Get("Content-Type"), provider.body), kind)
				} else {
					requireLoose(t, err, "Form.")
					assert.Zero(t, provider.arrived, kind)
				}
				del := request()
				del.Method = "DELETE" // whose bodies are no forms for Nango
				require.NoError(t, provider.send(t, del), kind)
				assert.Equal(t, want, readForm(t, provider.header.Get("Content-Type"), provider.body), kind)
				assert.NotContains(t, provider.header.Get("Content-Type"), strings.Repeat("-", 26), "byte for byte")
			}
		})
	}
}

func TestFormsRefuse(t *testing.T) {
	content := strings.NewReader("x")
	for argument, form := range map[string]*nango.Form{
		"Form has no fields and no files":                  {},
		"Form.Fields[1].Name is empty":                     {Fields: []nango.FormField{{Name: "a"}, {Value: "b"}}},
		"Form.Fields[0].Name holds a control character":    {Fields: []nango.FormField{{Name: "a\r\nX: y"}}},
		"Form.Fields[0].ContentType is no content type":    {Fields: []nango.FormField{{Name: "a", ContentType: "json"}}},
		"Form.Files[0].Name is empty":                      {Files: []nango.FormFile{{FileName: "a", Content: content}}},
		"Form.Files[0].Content is missing":                 {Files: []nango.FormFile{{Name: "f", FileName: "a"}}},
		"Form.Files[0].FileName holds a control character": {Files: []nango.FormFile{{Name: "f", FileName: "a\x00", Content: content}}},
		"Form.Files[0].ContentType is no content type":     {Files: []nango.FormFile{{Name: "f", ContentType: "a/b\r\nX: y", Content: content}}},
	} {
		client, server := serve(t)
		_, err := client.Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{Method: "POST", Form: form})
		refused, ok := errors.AsType[*nango.ArgumentError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, argument, refused.Name+" "+refused.Reason)
		server.requireSent()
	}
}

// A form whose contents lie in memory can be sent again and says its length. All contents are closed, sent or not.
func TestFormContents(t *testing.T) {
	in := func(content io.Reader) nango.ProxyRequest {
		return nango.ProxyRequest{Method: "POST", Form: &nango.Form{Files: []nango.FormFile{{Name: "f", FileName: "a", Content: content}}}}
	}
	source := &closer{Reader: strings.NewReader("abc")}
	for _, test := range []struct {
		req   nango.ProxyRequest
		again bool
	}{{in(strings.NewReader("abc")), true}, {in(source), false}} {
		client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(req.Body)
			require.NoError(t, err)
			require.NoError(t, req.Body.Close())
			require.Equal(t, test.again, req.GetBody != nil)
			if test.again {
				assert.Equal(t, int64(len(body)), req.ContentLength)
				second, err := req.GetBody()
				require.NoError(t, err)
				again, err := io.ReadAll(second)
				require.NoError(t, err)
				assert.Equal(t, body, again)
			}
			return exchange(200, `{}`).Respond(req), nil
		})}))
		require.NoError(t, err)
		_, err = client.Connection("github", "conn").Proxy(t.Context(), test.req)
		require.NoError(t, err)
	}
	assert.True(t, source.closed)

	unsent := &closer{Reader: strings.NewReader("abc")}
	client, _ := serve(t)
	refused := in(unsent)
	refused.Path = "/.."
	_, err := client.Connection("github", "conn").Proxy(t.Context(), refused)
	requireArgument(t, err, "Path", hasDots)
	assert.True(t, unsent.closed)
}

// Nango can send a form that it wrote only once, so that one that it is to send again goes as octets.
func TestFormsWithRetries(t *testing.T) {
	p := newAtProvider(t, "plain", nil)
	p.srv.SetTime(time.Now()) // so that the wait takes no time
	attempts := 0
	p.srv.HandleProxy("acme", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); assert.NoError(t, err) {
			assert.Equal(t, []string{"1"}, r.MultipartForm.Value["a"])
		}
		if attempts++; attempts == 1 {
			w.WriteHeader(500)
		}
	}))
	require.NoError(t, p.send(t, nango.ProxyRequest{Method: "POST", Retries: 1, Form: &nango.Form{Fields: []nango.FormField{{Name: "a", Value: "1"}}}}))
	assert.Equal(t, 2, attempts)
}
