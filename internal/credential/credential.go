// Package credential writes credentials as the API shows them, and reads them as a client does.
package credential

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
)

// Always are the keys that credentials of a type have even when they are empty.
var Always = map[string][]string{
	"OAUTH2":    {"access_token"},
	"OAUTH1":    {"oauth_token", "oauth_token_secret"},
	"OAUTH2_CC": {"token", "client_id", "client_secret"},
	"BASIC":     {"username", "password"},
	"API_KEY":   {"apiKey"},
	"APP":       {"access_token"},
	"TBA":       {"token_id", "token_secret"},
	"BILL":      {"username", "password", "organization_id", "dev_key"},
	"SIGNATURE": {"username", "password"},
	"AWS_SIGV4": {"role_arn", "region", "service", "access_key_id", "secret_access_key", "session_token"},
}

// WithRaw are the types whose credentials have the response of the provider's token endpoint beside them.
var WithRaw = map[string]bool{
	"OAUTH2": true, "OAUTH1": true, "OAUTH2_CC": true, "APP": true, "CUSTOM": true, "BILL": true, "TWO_STEP": true,
	"AWS_SIGV4": true,
}

// Encode writes credentials as the API shows them, secrets and all. Nil is {}: no authentication. Where a raw response
// belongs to them and none is given, it is the credentials themselves, as after an import.
func Encode(credentials nango.Credentials) map[string]any {
	if credentials == nil {
		return map[string]any{}
	}
	if unknown, ok := credentials.(*nango.UnknownCredentials); ok {
		return decode[map[string]any](unknown.Raw.Reveal())
	}
	kind := credentials.Type()
	out := reveal(reflect.ValueOf(credentials).Elem())
	out["type"] = kind
	for _, key := range Always[kind] {
		if out[key] == nil {
			out[key] = ""
		}
	}
	if WithRaw[kind] && out["raw"] == nil {
		out["raw"] = maps.Clone(out)
	}
	return out
}

// reveal writes a struct of package nango by its tags, without what is empty. A field without a key of its own holds further
// keys.
func reveal(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("json")
		if v.Field(i).IsZero() {
			continue
		}
		switch value := v.Field(i).Interface().(type) {
		case nango.Secret:
			out[key] = value.Reveal()
		case nango.SecretJSON:
			if key != "-" {
				out[key] = decode[any](value.Reveal())
				continue
			}
			for name, more := range decode[map[string]any](value.Reveal()) {
				if _, own := out[name]; !own {
					out[name] = more
				}
			}
		case time.Time:
			out[key] = value.UTC().Format("2006-01-02T15:04:05.000Z")
		case string:
			out[key] = value
		default:
			out[key] = reveal(v.Field(i).Elem())
		}
	}
	return out
}

// Decode reads credentials as a client does.
func Decode(credentials map[string]any) nango.Credentials {
	var c nango.Connection
	text, err := json.Marshal(map[string]any{"credentials": credentials})
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		panic(err) // they were decoded from JSON
	}
	return c.Credentials
}

// decode reads JSON of a test and keeps numbers as they are written.
func decode[T any](text []byte) (v T) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic(fmt.Sprintf("nangotest: this is no JSON: %v", err))
	}
	return v
}

// WithoutRefreshTokens copies JSON without the keys, at any depth, whose letters spell refreshtoken.
func WithoutRefreshTokens(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range v {
			if !isRefreshToken(key) {
				out[key] = WithoutRefreshTokens(inner)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = WithoutRefreshTokens(inner)
		}
		return out
	}
	return v
}

func isRefreshToken(key string) bool {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(key))
	return letters == "refreshtoken"
}
