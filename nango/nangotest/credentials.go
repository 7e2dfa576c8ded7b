package nangotest

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
)

// always are the keys that credentials of a type have even when they are empty.
var always = map[string][]string{
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

// withRaw are the types whose credentials have the answer of the provider's token endpoint beside them.
var withRaw = map[string]bool{
	"OAUTH2": true, "OAUTH1": true, "OAUTH2_CC": true, "APP": true, "CUSTOM": true, "BILL": true, "TWO_STEP": true,
	"AWS_SIGV4": true,
}

// encodeCredentials writes credentials as the API shows them, secrets and all. Nil is {}: no authentication. Where a raw answer
// belongs to them and none is given, it is the credentials themselves, as after an import.
func encodeCredentials(credentials nango.Credentials) object {
	if credentials == nil {
		return object{}
	}
	if unknown, ok := credentials.(*nango.UnknownCredentials); ok {
		return decodeObject(unknown.Raw.Reveal())
	}
	kind := credentials.Type()
	out := reveal(reflect.ValueOf(credentials).Elem())
	out["type"] = kind
	for _, key := range always[kind] {
		if out[key] == nil {
			out[key] = ""
		}
	}
	if withRaw[kind] && out["raw"] == nil {
		out["raw"] = clone(out)
	}
	return out
}

// reveal writes a struct of package nango by its tags, without what is empty. A field without a key of its own holds further
// keys.
func reveal(v reflect.Value) object {
	out := object{}
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
				out[key] = decodeAny(value.Reveal())
				continue
			}
			for name, more := range decodeObject(value.Reveal()) {
				if _, own := out[name]; !own {
					out[name] = more
				}
			}
		case time.Time:
			out[key] = zulu(value)
		case string:
			out[key] = value
		default:
			out[key] = reveal(v.Field(i).Elem())
		}
	}
	return out
}

// decodeCredentials reads credentials as a client does.
func decodeCredentials(credentials object) nango.Credentials {
	var c nango.Connection
	if err := json.Unmarshal(encode(object{"credentials": credentials}), &c); err != nil {
		panic(err)
	}
	return c.Credentials
}

// withoutRefreshTokens copies JSON without the keys, at any depth, whose letters spell refreshtoken.
func withoutRefreshTokens(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for key, inner := range v {
			if !isRefreshToken(key) {
				out[key] = withoutRefreshTokens(inner)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = withoutRefreshTokens(inner)
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
