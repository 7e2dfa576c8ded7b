package dotpath

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// spellings returns text with each of its bytes from special written in many ways: as it is, escaped in either case, twice
// and three times.
func spellings(text string) []string {
	var all []string
	for _, dot := range []string{".", "%2e", "%2E", "%252e", "%25252E", "%%32e", "%2%65"} {
		for _, slash := range []string{"/", "%2f", "%2F", "%252f", "\\", "%5c", "%255C"} {
			all = append(all, strings.NewReplacer(".", dot, "/", slash).Replace(text))
		}
	}
	return all
}

func TestHas(t *testing.T) {
	count := 0
	for _, text := range []string{".", "..", "a/..", "../a", "a/../b", "/./", "..;x", "a/..;v=1/b", ".;", "/repos/../../environment-variables"} {
		for _, spelling := range spellings(text) {
			count++
			assert.True(t, Has(spelling), spelling)
		}
	}
	assert.Greater(t, count, 200)
	for _, text := range []string{
		"", "a", "...", "..a", "a..", ".a", "a.", "a..b", "a/b", "a//b", "a;..", "a;b", "50%", "a%zz", "%", "%2", "%25", "．．", "．", "…", "․․",
		"v1.2.3", "file..txt/x", ". .", "%2e%2e%2e", "a%2Fb%252Fc", "100% sure..", "%c0%ae%c0%ae", ";..", ". ",
	} {
		assert.False(t, Has(text), text)
	}
}

func TestPlainIDsCostNothing(t *testing.T) {
	assert.Zero(t, testing.AllocsPerRun(100, func() { Has("0b1c7d2e-98a4-4d2b-9d0f-0c8b7a6f5e4d") }))
}

// What is let through stays below its prefix at every gateway that decodes and resolves, however often.
func FuzzHas(f *testing.F) {
	for _, text := range []string{"mine/../victim", "%2e%2e", "..;x", "a%252f..", "\\..\\", "．．/a", "%%32e%2e"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if Has(text) {
			return
		}
		decoded := text
		for range 6 {
			slashed := strings.ReplaceAll(decoded, "\\", "/")
			var segments []string
			for segment := range strings.SplitSeq(slashed, "/") {
				segment, _, _ = strings.Cut(segment, ";")
				segments = append(segments, segment)
			}
			resolved := path.Clean("/outer/inner/" + strings.Join(segments, "/"))
			if resolved != "/outer/inner" && !strings.HasPrefix(resolved, "/outer/inner/") {
				t.Fatalf("%q leads to %q", text, resolved)
			}
			next := decodeOnce(decoded)
			if next == decoded {
				return
			}
			decoded = next
		}
	})
}

// decodeOnce decodes the escapes that are valid and leaves the others.
func decodeOnce(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if i+3 <= len(text) {
			if one, err := url.PathUnescape(text[i : i+3]); err == nil && text[i] == '%' {
				b.WriteString(one)
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
