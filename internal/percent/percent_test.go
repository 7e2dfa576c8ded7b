package percent

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestLoose(t *testing.T) {
	for text, loose := range map[string]bool{
		"": false, "a": false, "%41": false, "%c3%A4": false, "a%E2%82%ACb": false, "%F0%9F%98%80": false, "%EF%BF%BD": false, "%00": false,
		"ä": false, "\xff": false, "%25zz": false, "a=%20&b=%C3%A4%41": false,
		"100% sure": true, "%": true, "%4": true, "%4g": true, "%g4": true, "%%41": true, "%E4": true, "%C3a": true, "%C3%41": true, "%C3&%A4": true,
		"%80": true, "%C0%80": true, "%ED%A0%80": true, "%F4%90%80%80": true, "%F5%80%80%80": true, "%E2%82": true, "%41%": true,
	} {
		assert.Equal(t, loose, Loose(text), text)
	}
}

// A text in pieces is the same text.
func TestScannerPieces(t *testing.T) {
	for _, text := range []string{"a%F0%9F%98%80b%C3%A4", "a%F0%9F%98b", "a%F0%9F%98%80b%C3"} {
		for first := range len(text) {
			for second := first; second <= len(text); second++ {
				var s Scanner
				for _, piece := range []string{text[:first], text[first:second], text[second:]} {
					n, err := s.Write([]byte(piece))
					assert.NoError(t, err)
					assert.Equal(t, len(piece), n)
				}
				assert.Equal(t, Loose(text), s.Loose(), "%q at %d and %d", text, first, second)
			}
		}
	}
}

var escapes = regexp.MustCompile(`(%[0-9a-fA-F]{2})+`)

// Loose agrees with the standard library: every run of escapes is UTF-8 by itself, and no other percent sign is there.
func FuzzLoose(f *testing.F) {
	for _, seed := range []string{"%E4", "%C3%A4", "%zz", "a%F0%9F%98%80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := false
		for _, run := range escapes.FindAllString(text, -1) {
			decoded, err := url.PathUnescape(run)
			want = want || err != nil || !utf8.ValidString(decoded)
		}
		want = want || strings.Contains(escapes.ReplaceAllString(text, "x"), "%")
		assert.Equal(t, want, Loose(text))
	})
}
