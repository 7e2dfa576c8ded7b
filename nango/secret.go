package nango

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Secret is a string that stays out of logs, error texts and JSON: every way of printing it but [Secret.Reveal] shows
// "[redacted]", or nothing where there is no value. What looks into values by reflection, such as the differences that test
// packages print, finds noise. The zero Secret holds no value, and a Secret is safe to copy.
//
// A Secret decodes from JSON and never encodes its value, so a struct that was marshaled and read back holds the text
// "[redacted]": store what Reveal returns, in a place made for secrets.
//
// Two Secrets are compared with [Secret.Equal], or with [reflect.DeepEqual], which is what test packages use. They cannot be
// compared with == or be keys of a map: that would compare where the values are kept, not what they are, and the compiler
// refuses it.
type Secret struct {
	_ [0]func()
	// A pointer, because fmt cannot call Format on an unexported field of a caller's struct and prints an address then.
	sealed *string
}

// NewSecret returns a Secret that holds value; for an empty value it is the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{sealed: seal(value)}
}

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(unseal(s.sealed)) }

// IsZero reports whether s holds no value.
func (s Secret) IsZero() bool { return s.sealed == nil }

// Equal reports whether both hold the same value, in a time that depends on its length only.
func (s Secret) Equal(other Secret) bool { return equalSealed(s.sealed, other.sealed) }

// Format prints "[redacted]" for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, mask(s.sealed)) }

// MarshalText returns "[redacted]". Encoders of JSON, XML and YAML use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask(s.sealed)), nil }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask(s.sealed)) }

// UnmarshalText makes text the value.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// UnmarshalJSON makes a JSON string the value. Null is no value. Any other JSON value is kept as its text, since providers of the
// auth mode TWO_STEP decide themselves what their token is.
func (s *Secret) UnmarshalJSON(data []byte) error {
	value, ok := jsonx.Unquote(data)
	if !ok && string(data) != "null" {
		value = string(data)
	}
	*s = NewSecret(value)
	return nil
}

// SecretJSON is a [Secret] over a JSON value: what a provider sent with its tokens, or a set of credentials whose keys
// the provider chose. It is printed and compared as a Secret is.
type SecretJSON struct {
	_      [0]func()
	sealed *string
}

// NewSecretJSON returns a SecretJSON that holds a copy of raw, which has to be JSON; for null and for an empty raw it is the zero
// SecretJSON. What the API returns comes in one already; make your own for the connections of package nangotest.
func NewSecretJSON(raw json.RawMessage) SecretJSON {
	if len(raw) == 0 || string(raw) == "null" {
		return SecretJSON{}
	}
	return SecretJSON{sealed: seal(string(raw))}
}

// Reveal returns the JSON text itself, in a copy that belongs to the caller; nil where there is no value.
func (s SecretJSON) Reveal() json.RawMessage { return unseal(s.sealed) }

// IsZero reports whether s holds no value. The JSON null is no value.
func (s SecretJSON) IsZero() bool { return s.sealed == nil }

// Equal reports whether both hold the same JSON text, byte by byte, in a time that depends on its length only.
func (s SecretJSON) Equal(other SecretJSON) bool { return equalSealed(s.sealed, other.sealed) }

// Decode unmarshals the value into v with the rules of encoding/json. Its error names Go types and fields, and shows no key and
// no value.
// Without a value there is nothing to decode, which is an error as well.
func (s SecretJSON) Decode(v any) error {
	if s.sealed == nil {
		return errors.New("nango: there is no secret JSON to decode")
	}
	if err := jsonx.UnmarshalCaller(s.Reveal(), v); err != nil {
		return fmt.Errorf("nango: the secret JSON: %w", err)
	}
	return nil
}

// Format prints "[redacted]" for every verb and flag.
func (s SecretJSON) Format(f fmt.State, _ rune) { io.WriteString(f, mask(s.sealed)) }

// MarshalJSON returns the JSON string "[redacted]", or null where there is no value.
func (s SecretJSON) MarshalJSON() ([]byte, error) {
	if s.sealed == nil {
		return []byte("null"), nil
	}
	return []byte(`"` + redacted + `"`), nil
}

// LogValue returns "[redacted]".
func (s SecretJSON) LogValue() slog.Value { return slog.StringValue(mask(s.sealed)) }

// UnmarshalJSON keeps the JSON text as it is. Null is no value.
func (s *SecretJSON) UnmarshalJSON(data []byte) error {
	*s = NewSecretJSON(data)
	return nil
}
