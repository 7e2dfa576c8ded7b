package nangotest

import (
	"fmt"
	"slices"

	"github.com/nango-go/sdk/nango"
)

// kinds are the types of the credentials that connections have, where that is not the auth mode itself.
var kinds = map[string][]string{
	"MCP_OAUTH2": {"OAUTH2"}, "MCP_OAUTH2_GENERIC": {"OAUTH2"}, "INSTALL_PLUGIN": {"BASIC"},
	"CUSTOM": {"APP", "OAUTH2", "CUSTOM"}, "NONE": {""},
}

// fitting writes credentials for a connection of the integration. Nil ones are made up.
func (i *integration) fitting(credentials nango.Credentials) object {
	mode := i.provider.authMode
	allowed := kinds[mode]
	if allowed == nil {
		allowed = []string{mode}
	}
	if credentials == nil {
		return i.madeUp(allowed[0])
	}
	if _, unknown := credentials.(*nango.UnknownCredentials); !unknown && !slices.Contains(allowed, credentials.Type()) {
		panic(fmt.Sprintf("nangotest: integration %q: credentials of the type %s do not fit the auth mode %s", i.key, credentials.Type(), mode))
	}
	return encodeCredentials(credentials)
}

// madeUp are recognisable credentials of a type, with a token that is good for an hour where they have one.
func (i *integration) madeUp(kind string) object {
	if kind == "" {
		return object{}
	}
	s := i.env.server
	n := s.serial("credentials")
	if kind == "APP" {
		return installation(s.clock.now(), n)
	}
	made := object{"type": kind}
	keys := append(slices.Clone(always[kind]), tokenKeys[kind])
	if kind == "OAUTH2" {
		keys = append(keys, "refresh_token")
	}
	for _, key := range keys {
		if key != "" {
			made[key] = fmt.Sprintf("%s-%d", key, n)
		}
	}
	if tokenKeys[kind] != "" {
		made["expires_at"] = zulu(s.clock.now().Add(tokenLifetime))
	}
	if withRaw[kind] {
		made["raw"] = clone(made)
	}
	return made
}
