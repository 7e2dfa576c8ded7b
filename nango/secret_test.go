package nango

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secretText = "hunter2-Secret"

// holder is a caller's type in whose unexported fields fmt can call no method.
type holder struct {
	one  Secret
	many SecretJSON
	ptr  *Secret
	list []Secret
	byID map[string]SecretJSON
}

// secretForms are all the ways in which a caller may have secrets at hand.
func secretForms() map[string]any {
	one := NewSecret(secretText)
	var many SecretJSON
	if err := json.Unmarshal([]byte(`{"token":"`+secretText+`"}`), &many); err != nil {
		return nil
	}
	return map[string]any{
		"Secret":               one,
		"*Secret":              &one,
		"[]Secret":             []Secret{one},
		"map of Secret":        map[string]Secret{"k": one},
		"struct of Secret":     struct{ S Secret }{one},
		"any of Secret":        []any{one},
		"SecretJSON":           many,
		"*SecretJSON":          &many,
		"[]SecretJSON":         []SecretJSON{many},
		"map of SecretJSON":    map[string]*SecretJSON{"k": &many},
		"struct of SecretJSON": struct{ S SecretJSON }{many},
		"unexported":           holder{one, many, &one, []Secret{one}, map[string]SecretJSON{"k": many}},
		"unexported, pointer":  &holder{one, many, &one, []Secret{one}, map[string]SecretJSON{"k": many}},
		"unexported, nested":   struct{ H []holder }{[]holder{{one: one, many: many}}},
	}
}

// assertHidden fails if text shows the secret as it is, in hex or as numbers of its bytes.
func assertHidden(t *testing.T, text string) {
	t.Helper()
	part := []byte(secretText[:4])
	assert.NotContains(t, text, secretText)
	assert.NotContains(t, text, hex.EncodeToString(part))
	assert.NotContains(t, text, fmt.Sprintf("%X", part))
	assert.NotContains(t, text, fmt.Sprintf("% x", part))
	assert.NotContains(t, text, fmt.Sprintf("%d %d %d", part[0], part[1], part[2]))
	assert.NotContains(t, text, fmt.Sprintf("%#x, %#x", part[0], part[1]))
}

func TestSecretsAreHidden(t *testing.T) {
	require.Len(t, secretForms(), 14)
	for name, form := range secretForms() {
		for _, verb := range []string{"v", "+v", "#v", "s", "q", "d", "x", "X", "#x", "t", "p", "c", "U", "e", "20s", "-5.3v"} {
			t.Run("%"+verb+" "+name, func(t *testing.T) { assertHidden(t, fmt.Sprintf("%"+verb, form)) })
		}
		for kind, handler := range map[string]func(*bytes.Buffer) slog.Handler{
			"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			t.Run("slog "+kind+" "+name, func(t *testing.T) {
				var out bytes.Buffer
				slog.New(handler(&out)).Info("m", "form", form, slog.Group("g", "form", form))
				assert.Contains(t, out.String(), "form")
				assertHidden(t, out.String())
			})
		}
		t.Run("json.Marshal "+name, func(t *testing.T) {
			out, err := json.Marshal(form)
			require.NoError(t, err)
			assertHidden(t, string(out))
		})
	}
}

func TestSecretMask(t *testing.T) {
	secret := NewSecret(secretText)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		assert.Equal(t, "[redacted]", fmt.Sprintf(verb, secret))
		assert.Equal(t, "", fmt.Sprintf(verb, Secret{}))
		assert.Equal(t, "", fmt.Sprintf(verb, SecretJSON{}))
	}
	type fields struct {
		A Secret
		B Secret     `json:",omitzero"`
		C SecretJSON `json:"c"`
		D SecretJSON `json:"d"`
	}
	var decoded fields
	require.NoError(t, json.Unmarshal([]byte(`{"A":"a","c":{"x":1}}`), &decoded))
	out, err := json.Marshal(decoded)
	require.NoError(t, err)
	assert.Equal(t, `{"A":"[redacted]","c":"[redacted]","d":null}`, string(out))
	out, err = xml.Marshal(secret)
	require.NoError(t, err)
	assert.Equal(t, "<Secret>[redacted]</Secret>", string(out))
	assert.Equal(t, "[redacted]", secret.LogValue().String())
	assert.Equal(t, "[redacted]", decoded.C.LogValue().String())
}

func TestSecretValue(t *testing.T) {
	secret := NewSecret("a")
	assert.Equal(t, "a", secret.Reveal())
	assert.False(t, secret.IsZero())
	assert.True(t, secret.Equal(NewSecret("a")))
	assert.False(t, secret.Equal(NewSecret("b")))
	assert.False(t, secret.Equal(NewSecret("ab")))
	assert.False(t, secret.Equal(Secret{}))
	assert.True(t, Secret{}.IsZero())
	assert.True(t, NewSecret("").IsZero())
	assert.Equal(t, "", Secret{}.Reveal())
	copied := secret
	require.NoError(t, secret.UnmarshalText([]byte("other")))
	assert.Equal(t, "a", copied.Reveal())
	assert.Equal(t, "other", secret.Reveal())
}

func TestSecretDecodes(t *testing.T) {
	for input, want := range map[string]string{
		`"text"`:          "text",
		`"\u00e9\n\"é"`:   "é\n\"é",
		`""`:              "",
		`null`:            "",
		`12`:              "12",
		`true`:            "true",
		`{"a": [1, "b"]}`: `{"a": [1, "b"]}`,
	} {
		secret := NewSecret("before")
		require.NoError(t, json.Unmarshal([]byte(input), &secret), input)
		assert.Equal(t, want, secret.Reveal(), input)
		assert.Equal(t, want == "", secret.IsZero(), input)
	}
	assert.Error(t, json.Unmarshal([]byte(`"broken`), new(Secret)))
}

func TestSecretJSONValue(t *testing.T) {
	decode := func(text string) SecretJSON {
		var s SecretJSON
		require.NoError(t, json.Unmarshal([]byte(text), &s))
		return s
	}
	assert.True(t, decode(`null`).IsZero())
	assert.Nil(t, decode(`null`).Reveal())
	for _, text := range []string{`{}`, `{"a":1}`, `[1]`, `"x"`, `0`, `false`} {
		s := decode(text)
		assert.Equal(t, text, string(s.Reveal()))
		assert.False(t, s.IsZero())
		assert.True(t, s.Equal(decode(text)))
		assert.False(t, s.Equal(decode(`[2]`)))
		s.Reveal()[0] = 'X'
		assert.Equal(t, text, string(s.Reveal()), "what Reveal returns is a copy")
	}
	assert.False(t, decode(`{}`).Equal(SecretJSON{}))

	raw := json.RawMessage(`{"a":1}`)
	made := NewSecretJSON(raw)
	raw[2] = 'b'
	assert.True(t, made.Equal(decode(`{"a":1}`)), "it holds a copy")
	assert.True(t, NewSecretJSON(nil).IsZero())
	assert.True(t, NewSecretJSON([]byte("null")).IsZero())
	reused := decode(`{"a":1}`)
	require.NoError(t, json.Unmarshal([]byte(`null`), &reused))
	assert.True(t, reused.IsZero())
}

func TestSecretJSONDecode(t *testing.T) {
	var s SecretJSON
	require.NoError(t, json.Unmarshal([]byte(`{"Token":"`+secretText+`","count":12345678901234567890}`), &s))
	var into struct {
		Token string // encoding/json's rules: an untagged field, a key in another case
		Count any
	}
	require.NoError(t, s.Decode(&into))
	assert.Equal(t, secretText, into.Token)
	assert.Equal(t, json.Number("12345678901234567890"), into.Count)

	err := s.Decode(&struct{ Token int }{})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "int")
	assertHidden(t, fmt.Sprintf("%v %+v %#v", err, err, err))
	assert.EqualError(t, SecretJSON{}.Decode(&into), "nango: there is no secret JSON to decode")
}
