package proxying_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/proxying"
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data; boundary=B"
)

// multipart writes a form of parts, each a head and a body.
func multipart(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString("--B\r\n" + strings.ReplaceAll(parts[i], "\n", "\r\n") + "\r\n\r\n" + parts[i+1] + "\r\n")
	}
	return b.String() + "--B--\r\n"
}

var boundary = regexp.MustCompile(`-{26}[0-9a-f]{24}`)

// sent is what the provider gets of a body: its content type and its text, with # for the boundary that the server makes.
func sent(t *testing.T, proxy, method, own, proxied, data string) (contentType, text string, err error) {
	t.Helper()
	header := []string{"Content-Type", own}
	if proxied != "" {
		header = append(header, "Nango-Proxy-Content-Type", proxied)
	}
	connection := proxying.Connection{Credentials: values{"apiKey": "k"}}
	r := request(template(t, proxy), connection, method, "/", header...)
	r.Body = []byte(data)
	body, err := r.ReadBody()
	if err != nil {
		return "", "", err
	}
	out, err := r.Request(body)
	require.NoError(t, err)
	return boundary.ReplaceAllString(out.Header.Get("Content-Type"), "#"), boundary.ReplaceAllString(string(out.Body), "#"), nil
}

func TestBodies(t *testing.T) {
	const plain = `{"base_url":"https://a.test"}`
	const filled = `{"base_url":"https://a.test","body":{"key":"${apiKey}","at":"${now}","none":"${none}","in":{"deep":"${apiKey}","none":"${none}"},"out":{"none":"${none}"},"n":5}}`
	field := func(name, value string) string {
		return "--#\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	for _, tt := range []struct{ name, proxy, method, own, proxied, data, wantType, want string }{
		{"nothing", plain, "POST", "", "", "", formType, ""},
		{"octets", plain, "POST", "image/png", "image/png", "\xff\x00", "image/png", "\xff\x00"},
		{"a type that the server does not read", plain, "POST", "made/up", "", "lost", formType, ""},
		{"JSON", plain, "POST", "application/json", "", `{ "b": 1.0, "1": [] }`, "application/json", `{"1":[],"b":1}`},
		{"JSON of another type", plain, "PUT", "application/json", "application/vnd.api+json", `[1]`, "application/vnd.api+json", `[1]`},
		{"JSON with fields", filled, "POST", "application/json", "", `{"key":"mine","b":1}`, "application/json",
			`{"key":"k","b":1,"at":"2030-01-02T12:00:00.000Z","in":{"deep":"k"}}`},
		{"fields alone", filled, "DELETE", "", "", "", "application/json", `{"at":"2030-01-02T12:00:00.000Z","in":{"deep":"k"},"key":"k"}`},
		{"a list without fields", filled, "POST", "application/json", "", `[1]`, "application/json", `[1]`},
		{"GET has no body", filled, "GET", "application/json", "", `{"b":1}`, "", ""},
		{"a form from a form", plain, "POST", formType, formType, "a=1&b[]=2&b[]=3&c[d]=x+y&&e=%E4", formType, "a=1&b%5B%5D=2&b%5B%5D=3&c%5Bd%5D=x+y&e=%25E4"},
		{"a form from JSON", plain, "POST", "application/json", formType, `{"a":[1,{"b":null}],"c":true}`, formType, "a%5B0%5D=1&a%5B1%5D%5Bb%5D=&c=true"},
		{"multipart from JSON", plain, "POST", "application/json", "multipart/form-data", `{"a":"x","n":1}`, "multipart/form-data; boundary=#", field("a", "x") + field("n", "1") + "--#--\r\n"},
		{"multipart by a longer type", plain, "POST", "application/json", "multipart/form-data; charset=utf-8", `{"a":["x"]}`, "multipart/form-data; boundary=#", field("a[]", "x") + "--#--\r\n"},
		{"multipart from octets", plain, "POST", "text/plain", "multipart/form-data", "A", "multipart/form-data; boundary=#", field("0", "65") + "--#--\r\n"},
		{"multipart from multipart", plain, "POST", multipartType, "multipart/form-data", multipart(
			`Content-Disposition: form-data; name="a"`, "x\xff",
			"Content-Disposition: form-data; name=\"f\"; filename=\"dir/n.txt\"\nContent-Type: text/csv; charset=utf-8", "1,2",
			`Content-Disposition: attachment; name="b"`, "lost",
			"Content-Disposition: form-data; name=\"g\"; filename=\"..\"", "lost",
			"Content-Disposition: form-data; name=\"h\"; filename=\"h\"\nContent-Type: {}", "typed",
		), "multipart/form-data; boundary=#", field("a", "x\ufffd") +
			"--#\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n.txt\"\r\nContent-Type: text/csv\r\n\r\n1,2\r\n" +
			"--#\r\nContent-Disposition: form-data; name=\"h\"; filename=\"h\"\r\nContent-Type: text/plain\r\n\r\ntyped\r\n--#--\r\n"},
		{"multipart with fields", `{"base_url":"https://a.test","body":{"key":"${apiKey}"}}`, "POST", multipartType, "multipart/form-data",
			multipart(`Content-Disposition: form-data; name="a\"b"`, "x"), "multipart/form-data; boundary=#", field(`a%22b`, "x") + field("key", "k") + "--#--\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			contentType, text, err := sent(t, tt.proxy, tt.method, tt.own, tt.proxied, tt.data)
			require.NoError(t, err)
			assert.Equal(t, tt.wantType, contentType)
			assert.Equal(t, tt.want, text)
		})
	}
}

func TestBodiesThatTheServerFailsOn(t *testing.T) {
	for _, tt := range []struct{ name, own, proxied, data string }{
		{"multipart/related", "multipart/related; boundary=B", "", multipart(`Content-Disposition: form-data; name="a"`, "x")},
		{"no end", multipartType, "", "--B\r\n"},
		{"no boundary", "multipart/form-data", "", multipart(`Content-Disposition: form-data; name="a"`, "x")},
		{"a part without a name", multipartType, "", multipart(`Content-Disposition: form-data`, "x")},
		{"a long field", multipartType, "", multipart(`Content-Disposition: form-data; name="a"`, strings.Repeat("x", 1<<20))},
		{"a broken part", multipartType, "", "--B\r\nno header\r\n\r\nx\r\n--B--\r\n"},
		{"nothing to make multipart of", "", "multipart/form-data", ""},
		{"a list in multipart", "application/json", "multipart/form-data", `{"a":[1]}`},
		{"a truth value in multipart", "application/json", "multipart/form-data", `{"a":true}`},
	} {
		_, _, err := sent(t, `{"base_url":"https://a.test"}`, "POST", tt.own, tt.proxied, tt.data)
		assert.ErrorIs(t, err, proxying.ErrUnforeseen, tt.name)
	}
}

// The server can send a form once that it wrote anew.
func TestRebuilt(t *testing.T) {
	for proxied, want := range map[string]bool{"multipart/form-data": true, formType: false, "": false} {
		r := request(template(t, `{}`), proxying.Connection{}, "POST", "/", "Content-Type", "application/json")
		r.Body = []byte(`{"a":1}`)
		if proxied != "" {
			r.Header.Set("Nango-Proxy-Content-Type", proxied)
		}
		body, err := r.ReadBody()
		require.NoError(t, err)
		assert.Equal(t, want, body.Rebuilt, proxied)
	}
}
