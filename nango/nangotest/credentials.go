package nangotest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/nango-go/sdk/internal/credential"
	"github.com/nango-go/sdk/nango"
)

// kinds are the types of the credentials that connections have, where that is not the auth mode itself.
var kinds = map[string][]string{
	"MCP_OAUTH2": {"OAUTH2"}, "MCP_OAUTH2_GENERIC": {"OAUTH2"}, "INSTALL_PLUGIN": {"BASIC"},
	"CUSTOM": {"APP", "OAUTH2", "CUSTOM"}, "NONE": {""},
}

// encodeCredentials writes credentials for a connection of the integration. Nil ones are made up.
func (i *integration) encodeCredentials(credentials nango.Credentials) object {
	if credentials == nil {
		return i.madeUp(i.kinds()[0])
	}
	if err := i.check(credentials); err != nil {
		misuse("integration %q: %v", i.key, err)
	}
	return credential.Encode(credentials)
}

// kinds are the types that the credentials of the integration's connections can have.
func (i *integration) kinds() []string {
	if allowed := kinds[i.provider.authMode]; allowed != nil {
		return allowed
	}
	return []string{i.provider.authMode}
}

// check says why credentials cannot be those of a connection.
func (i *integration) check(credentials nango.Credentials) error {
	if credentials == nil || reflect.ValueOf(credentials).IsNil() {
		return errors.New("the credentials are nil")
	}
	if _, unknown := credentials.(*nango.UnknownCredentials); !unknown && !slices.Contains(i.kinds(), credentials.Type()) {
		return fmt.Errorf("credentials of the type %s do not fit the auth mode %s", credentials.Type(), i.provider.authMode)
	}
	return nil
}

// madeUp are recognisable credentials of a type, with a token that is good for an hour where they have one.
func (i *integration) madeUp(kind string) object {
	if kind == "" {
		return object{}
	}
	s := i.env.server
	n := s.serial("credentials")
	if kind == "APP" {
		return installation(s.clock.Now(), n)
	}
	made := object{"type": kind}
	keys := append(slices.Clone(credential.Always[kind]), tokenKeys[kind])
	if kind == "OAUTH2" {
		keys = append(keys, "refresh_token")
	}
	for _, key := range keys {
		if key != "" {
			made[key] = fmt.Sprintf("%s-%d", key, n)
		}
	}
	if tokenKeys[kind] != "" {
		made["expires_at"] = zulu(s.clock.Now().Add(tokenLifetime))
	}
	if credential.WithRaw[kind] {
		made["raw"] = clone(made)
	}
	return made
}
