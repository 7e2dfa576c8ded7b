package jsonx

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFormSafe(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for text, want := range map[string]string{
		``:               ``,
		`"100% sure"`:    `"100\u0025 sure"`,
		`{"a&b=":"%zz"}`: `{"a\u0026b\u003d":"\u0025zz"}`,
		`{"a":9007199254740993,"b":1.0, "c" : null}`: `{"a":9007199254740993,"b":1.0, "c" : null}`,
		`"\\%"`:                               `"\\\u0025"`,
		`"\"%"`:                               `"\"\u0025"`,
		`"\\\"%\\"%`:                          `"\\\"\u0025\\"%`,
		`"\%"`:                                `"\%"`, // no JSON
		"{\"a\":\"%\"}\n\"&\"":                "{\"a\":\"\\u0025\"}\n\"\\u0026\"",
		`"ä%\ud83d"`:                          `"ä\u0025\ud83d"`,
		"\"\xff%\"":                           "\"\xff\\u0025\"",
		`not % JSON`:                          `not % JSON`,
		`"` + long + `%"`:                     `"` + long + `\u0025"`,
		`"` + strings.Repeat("%", 5000) + `"`: `"` + strings.Repeat(`\u0025`, 5000) + `"`,
	} {
		assert.Equal(t, want, string(AppendFormSafe(nil, []byte(text))), text)
		got, err := io.ReadAll(FormSafe(strings.NewReader(text)))
		require.NoError(t, err)
		assert.Equal(t, want, string(got), text)
		got, err = io.ReadAll(iotest.OneByteReader(FormSafe(iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(text))))))
		require.NoError(t, err)
		assert.Equal(t, want, string(got), text)
	}
	assert.Equal(t, "a\"\\u0025\"", string(AppendFormSafe([]byte("a"), []byte(`"%"`))))
}

// An error of the source comes behind all that was read before it.
func TestFormSafeFails(t *testing.T) {
	broke := errors.New("broke")
	got, err := io.ReadAll(FormSafe(io.MultiReader(strings.NewReader(`"%`), iotest.ErrReader(broke))))
	assert.Equal(t, `"\u0025`, string(got))
	assert.ErrorIs(t, err, broke)
}

// The JSON stays equal, and holds none of the three.
func FuzzFormSafe(f *testing.F) {
	f.Add(`{"a&b=":["%",1e400,"\\%"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		safe := AppendFormSafe(nil, []byte(text))
		assert.Equal(t, json.Valid([]byte(text)), json.Valid(safe))
		if !json.Valid([]byte(text)) {
			return
		}
		assert.False(t, bytes.ContainsAny(safe, "%&="))
		assert.Equal(t, numbered(t, []byte(text)), numbered(t, safe))
	})
}

func numbered(t *testing.T, text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return value
}
