package nangotest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nango-go/sdk/gen"
)

var (
	keyFormat     = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	sessionFormat = regexp.MustCompile(`^nango_connect_session_[0-9a-f]{64}$`)
)

const sessionPrefix = "nango_connect_session_"

// orSession are the operations that take the token of a connect session in place of a key.
var orSession = map[gen.OperationID]bool{gen.OperationListProviders: true, gen.OperationGetProvider: true, gen.OperationListIntegrations: true}

// authenticate finds out who makes the call. It returns the response to one who may not.
func (c *call) authenticate() *response {
	token := c.r.Header.Get("Authorization")
	if token == "" {
		return unauthorized("missing_auth_header", "The request is missing the Authorization header.")
	}
	if i := strings.LastIndex(token, "Bearer "); i >= 0 {
		token = token[i+len("Bearer "):]
	}
	if c.op.Auth == gen.AuthSession || orSession[c.op.ID] && strings.HasPrefix(token, sessionPrefix) {
		return c.authenticateSession(token)
	}
	if !keyFormat.MatchString(token) {
		return unauthorized("invalid_secret_key_format", "The provided secret key is not a UUID v4.")
	}
	for _, k := range c.s.accountKeys {
		if strings.EqualFold(k.Secret, token) {
			c.key = k
		}
	}
	for _, e := range c.s.environments {
		for i, k := range e.keys {
			// A script's requests count as the environment's own, for which only its first key serves.
			if strings.EqualFold(k.Secret, token) && (i == 0 || !c.isScript()) {
				c.key, c.env = k, e
			}
		}
	}
	if c.key == nil {
		return unauthorized("unknown_account", "The provided authorization header does not match any account.")
	}
	c.key.used = c.now
	return nil
}

func (c *call) isScript() bool { return c.r.Header.Get("Nango-Is-Script") == "true" }

func (c *call) authenticateSession(token string) *response {
	if !sessionFormat.MatchString(token) {
		return unauthorized("invalid_connect_session_token_format", "The provided connect session token is not following correct format.")
	}
	for _, e := range c.s.environments {
		if found := e.sessions[token]; found != nil && c.now.Before(found.expires) {
			c.session, c.env = found, e
			return nil
		}
	}
	return unauthorized("unknown_connect_session_token", "The provided connect session token does not match any account.")
}

// authorize checks that the key may do what the operation does.
func (c *call) authorize() *response {
	switch {
	case c.session != nil:
		return nil
	case c.granted(c.op.Scopes...):
	case len(c.op.Scopes) == 1:
		return forbidden("Insufficient scope. Required: " + c.op.Scopes[0])
	default:
		return forbidden("Insufficient scope. Required one of: " + strings.Join(c.op.Scopes, " or "))
	}
	if c.env == nil && c.op.Auth != gen.AuthAccountKey {
		return forbidden("API key is not authorized for an environment")
	}
	return nil
}

// granted says that the key has one of these scopes, or that there are none to have. The scopes of an environment are worth
// nothing to a key of the account, and the other way round.
func (c *call) granted(scopes ...string) bool {
	if len(scopes) == 0 {
		return true
	}
	owner := "account:"
	if c.env != nil {
		owner = "environment:"
	}
	return c.key != nil && slices.ContainsFunc(scopes, func(wanted string) bool {
		return strings.HasPrefix(wanted, owner) && slices.ContainsFunc(c.key.Scopes, func(has string) bool {
			prefix, all := strings.CutSuffix(has, "*")
			return has == wanted || all && strings.HasSuffix(prefix, ":") && strings.HasPrefix(wanted, prefix)
		})
	})
}
