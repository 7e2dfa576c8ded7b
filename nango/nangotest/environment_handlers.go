package nangotest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/js"
)

var accountHandlers = map[gen.OperationID]handler{
	gen.OperationListEnvironments: listEnvironments, gen.OperationCreateEnvironment: createEnvironment, gen.OperationDeleteEnvironment: deleteEnvironment,
	gen.OperationListAPIKeys: listAPIKeys, gen.OperationGetAPIKey: getAPIKey, gen.OperationCreateAPIKey: createAPIKey, gen.OperationDeleteAPIKey: deleteAPIKey,
	gen.OperationCreateAPIKeyByNumber: createAPIKeyByNumber, gen.OperationDeleteAPIKeyByNumber: deleteAPIKeyByNumber,
}

var environmentHandlers = map[gen.OperationID]handler{
	gen.OperationListEnvironmentVariables: listVariables, gen.OperationRotateWebhookSigningKey: rotateSigningKey,
}

func listVariables(c *call) *response {
	if c.env.variables == nil {
		return ok([]variable{})
	}
	return ok(c.env.variables)
}

func rotateSigningKey(c *call) *response {
	return ok(object{"data": object{"webhook_signing_key": c.env.webhooks.rotate(c.now)}})
}

const production = "prod"

func createEnvironment(c *call) *response {
	var body struct {
		Name         string `json:"name"`
		IsProduction *bool  `json:"is_production"`
	}
	c.into(&body)
	isProduction := body.Name == production
	if body.IsProduction != nil {
		isProduction = *body.IsProduction
	}
	switch {
	case isProduction && !c.granted("account:environments:set_production"):
		return forbidden("Insufficient scope. Required: account:environments:set_production")
	case body.Name == production && !isProduction:
		return fail(http.StatusBadRequest, "invalid_is_prod_flag", "The environment prod has to be a production environment")
	case slices.ContainsFunc(c.s.environments, func(e *environment) bool { return e.name == body.Name }):
		return fail(http.StatusConflict, "conflict", "Environment already exists")
	}
	e := c.s.addEnvironment(body.Name, new(environment))
	e.production = isProduction
	shown := object{"id": e.id, "name": e.name}
	if c.s.from("0.71.6") {
		shown["uuid"] = e.uuid
	}
	return ok(object{"data": shown})
}

func listEnvironments(c *call) *response {
	name, named := c.query["name"]
	list := []object{}
	for _, e := range c.s.environments {
		if !named || e.name == name {
			list = append(list, object{"id": e.id, "uuid": e.uuid, "name": e.name, "is_production": e.production})
		}
	}
	return ok(object{"data": list})
}

// environmentWith returns an environment that is identified in some way, nil if there is none.
func (s *Server) environmentWith(is func(*environment) bool) *environment {
	if i := slices.IndexFunc(s.environments, is); i >= 0 {
		return s.environments[i]
	}
	return nil
}

func numbered(n number) func(*environment) bool {
	return func(e *environment) bool { return e.id == int64(n) }
}

// pathEnvironment returns the environment that the path names, nil if there is none.
func (c *call) pathEnvironment() *environment {
	id := c.path["environmentUuid"]
	if !c.s.from("0.71.6") {
		return c.s.environmentWith(numbered(number(js.Number(id))))
	}
	return c.s.environmentWith(func(e *environment) bool { return strings.EqualFold(e.uuid, id) })
}

func deleteEnvironment(c *call) *response {
	e := c.pathEnvironment()
	switch {
	case e == nil:
		return noEnvironment()
	case e.name == production:
		return fail(http.StatusBadRequest, "cannot_delete_prod_environment", "Cannot delete prod environment")
	}
	c.s.environments = slices.DeleteFunc(c.s.environments, func(other *environment) bool { return other == e })
	return &response{status: http.StatusNoContent}
}

func noEnvironment() *response {
	return fail(http.StatusNotFound, "not_found", "Environment not found")
}

func noKey() *response { return fail(http.StatusNotFound, "not_found", "API key not found") }

// number is one that a body may write as anything that JavaScript makes a number of.
type number float64

// UnmarshalJSON reads 3, "3" and what else there is.
func (n *number) UnmarshalJSON(text []byte) error {
	*n = number(js.Number(decodeAny(text)))
	return nil
}

// shown is a key as the API shows it, with its secret.
func (k *Key) shown() object {
	return object{
		"id": k.id, "uuid": k.uuid, "display_name": k.Name, "scopes": k.Scopes, "secret": k.Secret,
		"last_used_at": zuluOrNull(k.used), "created_at": zulu(k.created),
	}
}

func zuluOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return zulu(t)
}

func listAPIKeys(c *call) *response {
	e := c.pathEnvironment()
	if e == nil {
		return noEnvironment()
	}
	name, named := c.query["display_name"]
	list := []object{}
	for _, k := range e.keys {
		if !named || k.Name == name {
			shown := k.shown()
			delete(shown, "secret")
			list = append(list, shown)
		}
	}
	return ok(object{"data": list})
}

// pathKey returns the position of the key that the path names in its environment, or the response to a call for one that is not there.
func (c *call) pathKey() (*environment, int, *response) {
	e := c.pathEnvironment()
	if e == nil {
		return nil, 0, noEnvironment()
	}
	i := slices.IndexFunc(e.keys, func(k *Key) bool { return strings.EqualFold(k.uuid, c.path["keyUuid"]) })
	if i < 0 {
		return nil, 0, noKey()
	}
	return e, i, nil
}

func getAPIKey(c *call) *response {
	e, i, failure := c.pathKey()
	if failure != nil {
		return failure
	}
	return ok(object{"data": e.keys[i].shown()})
}

func createAPIKey(c *call) *response {
	var body struct {
		Name string `json:"display_name"`
	}
	c.into(&body)
	return c.createKey(c.pathEnvironment(), body.Name)
}

func createAPIKeyByNumber(c *call) *response {
	var body struct {
		EnvironmentID number `json:"environment_id"`
		Name          string `json:"display_name"`
	}
	c.into(&body)
	return c.createKey(c.s.environmentWith(numbered(body.EnvironmentID)), body.Name)
}

const maxKeys = 50

func (c *call) createKey(e *environment, name string) *response {
	switch {
	case e == nil:
		return noEnvironment()
	case slices.ContainsFunc(e.keys, func(k *Key) bool { return k.Name == name }):
		return fail(http.StatusConflict, "conflict", "A key with this name already exists")
	case len(e.keys) >= maxKeys:
		return fail(http.StatusBadRequest, "resource_capped", "Reached maximum number of API keys")
	}
	shown := e.addKey(Key{Name: name}).shown()
	delete(shown, "last_used_at")
	if !c.s.from("0.71.6") {
		delete(shown, "uuid")
	}
	return ok(object{"data": shown})
}

func deleteAPIKey(c *call) *response {
	e, i, failure := c.pathKey()
	if failure != nil {
		return failure
	}
	return e.deleteKey(i)
}

func deleteAPIKeyByNumber(c *call) *response {
	var body struct {
		EnvironmentID number `json:"environment_id"`
		KeyID         number `json:"key_id"`
	}
	c.into(&body)
	e := c.s.environmentWith(numbered(body.EnvironmentID))
	if e == nil {
		return noEnvironment()
	}
	i := slices.IndexFunc(e.keys, func(k *Key) bool { return k.id == int64(body.KeyID) })
	if i < 0 {
		return noKey()
	}
	return e.deleteKey(i)
}

func (e *environment) deleteKey(i int) *response {
	e.keys = slices.Delete(e.keys, i, i+1)
	return ok(object{"success": true})
}
