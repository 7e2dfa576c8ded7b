package nangotest

import (
	"net/http"
	"slices"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/js"
)

var accountHandlers = map[gen.OperationID]handler{
	gen.OperationCreateEnvironment: createEnvironment, gen.OperationDeleteEnvironment: deleteEnvironment,
	gen.OperationCreateAPIKey: createAPIKey, gen.OperationDeleteAPIKey: deleteAPIKey,
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
	return ok(object{"data": object{"id": e.id, "name": e.name}})
}

// environmentWith returns an environment by its number, nil if there is none.
func (s *Server) environmentWith(id int64) *environment {
	for _, e := range s.environments {
		if e.id == id {
			return e
		}
	}
	return nil
}

func deleteEnvironment(c *call) *response {
	e := c.s.environmentWith(int64(js.Number(c.path["environmentId"])))
	switch {
	case e == nil:
		return fail(http.StatusNotFound, "not_found", "Environment not found")
	case e.name == production:
		return fail(http.StatusBadRequest, "cannot_delete_prod_environment", "Cannot delete prod environment")
	}
	c.s.environments = slices.DeleteFunc(c.s.environments, func(other *environment) bool { return other == e })
	return &response{status: http.StatusNoContent}
}

// number is one that a body may write as anything that JavaScript makes a number of.
type number float64

// UnmarshalJSON reads 3, "3" and what else there is.
func (n *number) UnmarshalJSON(text []byte) error {
	*n = number(js.Number(decodeAny(text)))
	return nil
}

const maxKeys = 50

func createAPIKey(c *call) *response {
	var body struct {
		EnvironmentID number `json:"environment_id"`
		Name          string `json:"display_name"`
	}
	c.into(&body)
	e := c.s.environmentWith(int64(body.EnvironmentID))
	switch {
	case e == nil:
		return fail(http.StatusNotFound, "not_found", "Environment not found")
	case slices.ContainsFunc(e.keys, func(k *Key) bool { return k.Name == body.Name }):
		return fail(http.StatusConflict, "conflict", "A key with this name already exists")
	case len(e.keys) >= maxKeys:
		return fail(http.StatusBadRequest, "resource_capped", "Reached maximum number of API keys")
	}
	k := e.addKey(Key{Name: body.Name})
	return ok(object{"data": object{
		"id": k.id, "display_name": k.Name, "scopes": k.Scopes, "secret": k.Secret, "created_at": zulu(c.now),
	}})
}

func deleteAPIKey(c *call) *response {
	var body struct {
		EnvironmentID number `json:"environment_id"`
		KeyID         number `json:"key_id"`
	}
	c.into(&body)
	e := c.s.environmentWith(int64(body.EnvironmentID))
	if e == nil {
		return fail(http.StatusNotFound, "not_found", "Environment not found")
	}
	i := slices.IndexFunc(e.keys, func(k *Key) bool { return k.id == int64(body.KeyID) })
	if i < 0 {
		return fail(http.StatusNotFound, "not_found", "API key not found")
	}
	e.keys = slices.Delete(e.keys, i, i+1)
	return ok(object{"success": true})
}
