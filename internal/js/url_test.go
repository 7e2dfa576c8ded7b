package js_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/js"
)

func TestUnescapeForm(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a+b": "a b", "a%20b%2B": "a b+", "%C3%A4": "ä", "ä": "ä", "%E4+": "%E4 ", "%zz+%41": "%zz %41", "100%": "100%",
		"\xff": "\ufffd",
	} {
		assert.Equal(t, want, js.UnescapeForm(text), text)
	}
}

func TestEscapeForm(t *testing.T) {
	for text, want := range map[string]string{"": "", "a b": "a+b", "*-._~": "*-._%7E", "ä&=": "%C3%A4%26%3D"} {
		assert.Equal(t, want, js.EscapeForm(text), text)
	}
}

func TestParseURL(t *testing.T) {
	for text, want := range map[string][3]string{ // host, path, query
		"https://a.test":                   {"a.test", "/", ""},
		" HTTPS://A.Test:8080/B?C#d ":      {"a.test:8080", "/B", "C"},
		"http://u:p@a.test/":               {"a.test", "/", ""},
		"https://a.test/a%2Fb/%41":         {"a.test", "/a%2Fb/%41", ""},
		`https://a.test\b\c`:               {"a.test", "/b/c", ""},
		"https://a.test/ä b\"<>`{}^|'?é '": {"a.test", "/%C3%A4%20b%22%3C%3E%60%7B%7D%5E|'", "%C3%A9%20%27"},
		"https://a.test/a/./b/../c":        {"a.test", "/a/c", ""},
		"https://a.test/a/%2E%2e/.":        {"a.test", "/", ""},
		"https://a.test/../..":             {"a.test", "/", ""},
		"https://a.test/a/..":              {"a.test", "/", ""},
		"https://a.test//b//":              {"a.test", "//b//", ""},
		"https://[::1]:80/":                {"[::1]:80", "/", ""},
	} {
		u := js.ParseURL(text)
		require.NotNil(t, u, text)
		assert.Equal(t, want, [3]string{u.Host, u.Opaque, u.RawQuery}, text)
		assert.Nil(t, u.User, text)
	}
	for _, text := range []string{"", "a.test", "/a", "//a.test", "ftp://a.test", "http://", "http:///a", "http://${host}/", "http://a b/", "http://[::1/", "http://a.test:port/"} {
		assert.Nil(t, js.ParseURL(text), text)
	}
}

func TestSetParameter(t *testing.T) {
	for _, tt := range []struct{ query, name, value, want string }{
		{"", "a", "1", "a=1"},
		{"a=1&b=2", "c", "3", "a=1&b=2&c=3"},
		{"a=1&b=2&a=3&b=4", "b", "new", "a=1&b=new&a=3"},
		{"&a&&b=", "c", "", "a=&b=&c="},
		{"a=x+y%20z&%62=%E4%zz~*", "c", "d e", "a=x+y+z&b=%EF%BF%BD%25zz%7E*&c=d+e"},
	} {
		assert.Equal(t, tt.want, js.SetParameter(tt.query, tt.name, tt.value), tt.query)
	}
}
