package dotpath_test

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/dotpath"
)

func TestHas(t *testing.T) {
	for text, want := range map[string]bool{
		".": true, "..": true, "a/../b": true, `a\.\b`: true, "%2e%2E": true, "a%2f..": true, "a%5C.%2e%5cb": true,
		"%252e%252e": true, "%25252525252e": true, "%%32e": true, "%2%65": true, "%%32%65.": true, "%25%32%45": true,
		"..;x": true, "a/..%3bx=1/b": true, "..%253B": true, ".;": true, "a;p/..": true, "a;p%2f..;q": true, "//..": true, "../%": true,
		"": false, "a": false, "/": false, "//": false, "...": false, "a..b": false, ".a": false, "..a": false, "a..": false, "a/.../b": false,
		"50%": false, "50%25": false, "a%zz": false, "%": false, "%2": false, "%2g": false, "%.": false, "..%": false, "..%2": false, "%%2": false,
		"a;b": false, "a;..": false, "a;b/c": false, "．．": false, "a/．．/b": false, "…": false, "%ef%bc%8e": false, ".. ": false, "a//b": false,
		"\xff..": false, "..\x00": true, "..?x": true, "a/..%3fx": true, "..%23x/b": true, "a?..": false, "a#b": false,
	} {
		assert.Equal(t, want, dotpath.Has(text), "%q", text)
	}
}

func TestIDFault(t *testing.T) {
	for id, want := range map[string]string{
		"": "is empty", ".": dotpath.Reason, "a/..": dotpath.Reason, "/%2e/": dotpath.Reason, "//..": dotpath.Reason,
		`\;x/..`: dotpath.Reason,
		"a":      "", "a//b": "", "/a": "", " ": "", "%": "", "a;b": "", "...": "",
	} {
		assert.Equal(t, want, dotpath.IDFault(id), "%q", id)
	}
}

func TestPlainTextsCostNoMemory(t *testing.T) {
	for _, text := range []string{"", "conn-1", "user+x@ex.com/a|[1]{2}", "/repos/octocat/hello.world", "日本/ü"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { dotpath.IDFault(text) }), text)
	}
}

// A text that would need half a million passes, one after another, needs one.
func TestManyEscapesInsideEachOther(t *testing.T) {
	nested := "%" + strings.Repeat("25", 1<<19) + "2e"
	assert.True(t, dotpath.Has(nested))
	assert.True(t, dotpath.Has(nested+nested))
	assert.False(t, dotpath.Has(nested+nested+nested))
	assert.False(t, dotpath.Has(strings.Repeat("%", 1<<20)))
}

var (
	escape     = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	parameters = regexp.MustCompile(`[;?#\x00][^/]*`)
)

// decodeOnce is what one gateway does; what is no escape stays.
func decodeOnce(text string) string {
	return escape.ReplaceAllStringFunc(text, func(e string) string {
		decoded, err := url.PathUnescape(e)
		if err != nil {
			panic(err)
		}
		return decoded
	})
}

// resolved is a path as a server sees it in the end: with slashes merged and dots resolved.
func resolved(text string, withParameters bool) string {
	text = strings.ReplaceAll(text, `\`, "/")
	if !withParameters {
		text = parameters.ReplaceAllString(text, "")
	}
	return path.Clean(text)
}

// However often a path is decoded before its dots are resolved, what is accepted stays where it was put, and what is refused
// does change its path.
func FuzzDotPath(f *testing.F) {
	for _, text := range []string{
		"a", "mine/../victim", "%2e%2e%2fx", "%252e%252E/x", `a\..\b`, "a/..;x/b", "%%32e", "．．", "...", "50%", "a;b/.c", "//", "%25252525252e", ";x", ";%2F0",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const prefix = "/api/connections"
		refused, fault := dotpath.Has(text), dotpath.IDFault(text)
		if len(text) > 200 {
			return // the passes below take their time
		}
		for _, sent := range []string{text, url.PathEscape(text)} {
			require.Equal(t, refused, dotpath.Has(sent), "%q", sent)
			require.Equal(t, fault, dotpath.IDFault(sent), "%q", sent)
		}
		seen, changed := prefix+"/"+text, false
		for passes, again := 0, true; again; passes++ {
			for _, withParameters := range []bool{true, false} {
				got := resolved(seen, withParameters)
				if !refused {
					require.True(t, strings.HasPrefix(got+"/", prefix+"/"), "%q after %d passes", got, passes)
				}
			}
			changed = changed || hasDots(seen)
			next := decodeOnce(seen)
			again, seen = next != seen, next
		}
		require.Equal(t, changed, refused)
	})
}

func hasDots(text string) bool {
	for segment := range strings.SplitSeq(parameters.ReplaceAllString(strings.ReplaceAll(text, `\`, "/"), ""), "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}
