package nangotest

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

// Environment is one environment of a [Server], with its keys, integrations and connections and all that belongs to them.
type Environment struct{ *environment }

// environment has the methods that an [Environment] and a [Server] share. It is a type that is not exported, so that go doc and
// pkg.go.dev list them at both.
type environment struct {
	server       *Server
	id           int64
	uuid         string
	name         string
	production   bool
	keys         []*Key
	variables    []variable
	integrations []*integration
	connections  []*connection
	sessions     map[string]*session // by token
	asyncActions map[string]*asyncAction
	waiting      []*asyncAction // the first of them runs
	jobs         map[string]*job
	webhooks     webhooks
}

// Key is an API key.
type Key struct {
	// Secret is the key itself, a UUID of version 4; empty means a new one.
	Secret string
	// Name is the key's display name.
	Name string
	// Scopes are what the key may do; empty means everything: environment:*, or account:* for a key of the account.
	Scopes []string

	id          int64
	uuid        string
	created     time.Time
	used        time.Time    // zero if never
	environment *environment // nil for a key of the account
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// AddEnvironment returns the environment with a name. If there is none it adds it, with a key that may do everything in it. It
// panics for a name that the server refuses.
func (s *Server) AddEnvironment(name string) *Environment {
	mustFit("AddEnvironment: the name", name, gen.OperationCreateEnvironment, "name")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.environments {
		if e.name == name {
			return &Environment{e}
		}
	}
	return &Environment{s.addEnvironment(name, new(environment))}
}

// addEnvironment makes of e, which is empty, an environment of the server.
func (s *Server) addEnvironment(name string, e *environment) *environment {
	*e = environment{
		server: s, id: s.serial("environment"), uuid: uuid.NewString(), name: name, production: name == production,
		sessions: map[string]*session{}, asyncActions: map[string]*asyncAction{}, jobs: map[string]*job{},
	}
	e.webhooks.keys = []signingKey{{secret: uuid.NewString()}}
	e.webhooks.settings.NoAuthDeletion = !s.from(deletionsSince)
	e.addKey(Key{Name: "default"})
	s.environments = append(s.environments, e)
	return e
}

// change changes the environment with the state locked. It panics if the environment was deleted, which the API can do.
func (e *environment) change(method string, f func()) {
	e.server.locked(func() {
		if !slices.Contains(e.server.environments, e) {
			misuse("%s: the environment %q was deleted", method, e.name)
		}
		f()
	})
}

// AddKey adds an API key to the environment and returns it with its secret. It panics for a secret that is in use or is not a UUID
// of version 4, a name that is in use, and an unknown scope.
func (e *environment) AddKey(k Key) (added Key) {
	e.change("AddKey", func() {
		e.server.mustBeNew("AddKey", k, e.keys)
		added = *e.addKey(k)
	})
	return added
}

func (e *environment) addKey(k Key) *Key {
	k.environment = e
	e.server.complete(&k, "environment:*")
	e.keys = append(e.keys, &k)
	return &k
}

// AddAccountKey adds an API key of the account, which can only manage environments and their keys. It panics as
// [Environment.AddKey] does.
func (s *Server) AddAccountKey(k Key) Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustBeNew("AddAccountKey", k, s.accountKeys)
	s.complete(&k, "account:*")
	s.accountKeys = append(s.accountKeys, &k)
	return k
}

// mustBeNew panics for a key that cannot be, beside those that there are.
func (s *Server) mustBeNew(method string, k Key, beside []*Key) {
	if k.Name != "" && slices.ContainsFunc(beside, func(other *Key) bool { return other.Name == k.Name }) {
		misuse("%s: there is a key with the name %q already", method, k.Name)
	}
	if k.Secret != "" && !keyFormat.MatchString(k.Secret) {
		misuse("%s: the secret is no UUID of version 4", method)
	}
	all := slices.Clone(s.accountKeys)
	for _, e := range s.environments {
		all = append(all, e.keys...)
	}
	if slices.ContainsFunc(all, func(other *Key) bool { return strings.EqualFold(other.Secret, k.Secret) }) {
		misuse("%s: there is a key with this secret already", method)
	}
	for _, scope := range k.Scopes {
		if !slices.Contains(scopes(), scope) {
			misuse("%s: there is no scope %q%s", method, scope, nearest(scope, scopes()))
		}
	}
}

// scopes are all that a key can have: those of operations, what else the server knows, and all that begin with the same words, as
// in environment:connections:*.
var scopes = sync.OnceValue(func() []string {
	known := []string{"environment:agent_sessions:write", "environment:logs:read", "environment:mcp", "account:environments:set_production"}
	for _, op := range gen.Operations {
		known = append(known, op.Scopes...)
	}
	for _, scope := range slices.Clone(known) {
		for i, r := range scope {
			if r == ':' {
				known = append(known, scope[:i+1]+"*")
			}
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
})

// complete fills in what a key was left without.
func (s *Server) complete(k *Key, everything string) {
	k.id, k.uuid, k.created = s.serial("key"), uuid.NewString(), s.clock.Now()
	if k.Secret == "" {
		k.Secret = uuid.NewString()
	}
	if len(k.Scopes) == 0 {
		k.Scopes = []string{everything}
	}
	k.Scopes = slices.Clone(k.Scopes)
}

// Key returns the first key of the environment, which may do everything. It panics if all keys were deleted.
func (e *environment) Key() string {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	if len(e.keys) == 0 {
		misuse("Key: the environment %q has no key any more", e.name)
	}
	return e.keys[0].Secret
}

// Client returns a client with the environment's first key. It reaches the server in memory, through the transport of
// [Server.HTTPClient]: with [nango.WithHTTPClient], wrap that transport, or the requests leave the test. It panics for an invalid
// option.
func (e *environment) Client(opts ...nango.Option) *nango.Client {
	return e.server.ClientWithKey(e.Key(), opts...)
}

// SetVariable sets a variable of the environment. It panics without a name.
func (e *environment) SetVariable(name, value string) {
	if name == "" {
		misuse("SetVariable: the name is empty")
	}
	e.change("SetVariable", func() {
		i := slices.IndexFunc(e.variables, func(v variable) bool { return v.Name == name })
		if i < 0 {
			e.variables = append(e.variables, variable{Name: name})
			i = len(e.variables) - 1
		}
		e.variables[i].Value = value
	})
}
