package nango

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Secret is a string that stays out of logs, error texts and JSON. Printing or encoding it shows "[redacted]", or
// nothing if there is no value. [Secret.Reveal] returns the value. Code that reads values by reflection, such as the
// diffs of test packages, finds only noise. The zero Secret holds no value. A Secret is safe to copy.
//
// A Secret decodes its value from JSON, but never encodes it. So if you marshal a struct and read it back, its Secrets
// hold the text "[redacted]". To store a value, store the result of Reveal in a place for secrets.
//
// Compare two Secrets with [Secret.Equal], or with [reflect.DeepEqual], which test packages use. The compiler refuses
// == and a map with Secrets as keys, because these would compare addresses, not values.
type Secret struct {
	_ [0]func()
	// It is a pointer because fmt cannot call Format on an unexported field of a caller's struct. Then fmt prints the
	// address.
	sealed *string
}

// NewSecret returns a Secret that holds value. For an empty value it returns the zero Secret.
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

// Equal reports whether both hold the same value. It takes constant time for values of the same length.
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

// UnmarshalJSON makes a JSON string the value. Null means no value. For any other JSON value, the Secret holds the JSON
// text: a provider of the auth mode TWO_STEP can return a token of any JSON type.
func (s *Secret) UnmarshalJSON(data []byte) error {
	value, ok := jsonx.Unquote(data)
	if !ok && string(data) != "null" {
		value = string(data)
	}
	*s = NewSecret(value)
	return nil
}

// SecretJSON is a [Secret] for a JSON value, such as a provider's token response, or credentials whose keys the
// provider chose. It prints like a Secret. Compare it like a Secret.
type SecretJSON struct {
	_      [0]func()
	sealed *string
}

// NewSecretJSON returns a SecretJSON that holds a copy of raw, which has to be JSON. For null and for an empty raw it
// returns the zero SecretJSON. You need it for the connections of package nangotest; values from the API are already a
// SecretJSON.
func NewSecretJSON(raw json.RawMessage) SecretJSON {
	if len(raw) == 0 || string(raw) == "null" {
		return SecretJSON{}
	}
	return SecretJSON{sealed: seal(string(raw))}
}

// Reveal returns a copy of the JSON text, or nil if there is no value.
func (s SecretJSON) Reveal() json.RawMessage { return unseal(s.sealed) }

// IsZero reports whether s holds no value. The JSON null means no value.
func (s SecretJSON) IsZero() bool { return s.sealed == nil }

// Equal reports whether both hold the same JSON text, byte for byte. It takes constant time for texts of the same
// length.
func (s SecretJSON) Equal(other SecretJSON) bool { return equalSealed(s.sealed, other.sealed) }

// Decode unmarshals the value into v by the rules of encoding/json. It returns an error if there is no value. An error
// names Go types and fields, but no JSON keys or values.
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

// MarshalJSON returns the JSON string "[redacted]", or null if there is no value.
func (s SecretJSON) MarshalJSON() ([]byte, error) {
	if s.sealed == nil {
		return []byte("null"), nil
	}
	return []byte(`"` + redacted + `"`), nil
}

// LogValue returns "[redacted]".
func (s SecretJSON) LogValue() slog.Value { return slog.StringValue(mask(s.sealed)) }

// UnmarshalJSON makes the JSON text the value. Null means no value.
func (s *SecretJSON) UnmarshalJSON(data []byte) error {
	*s = NewSecretJSON(data)
	return nil
}
