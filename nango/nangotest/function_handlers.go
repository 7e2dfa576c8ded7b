package nangotest

import (
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// functionHandlers are those of this file and of functions as code.
var functionHandlers = map[gen.OperationID]handler{
	gen.OperationListFunctions: listFunctions, gen.OperationGetFunction: getFunction, gen.OperationGetFunctionCode: getFunctionCode, gen.OperationDeleteFunction: deleteFunction,
	gen.OperationGetScriptsConfig: getScriptsConfig, gen.OperationCompileFunction: compileFunction,
	gen.OperationCreateDryRun: createDryRun, gen.OperationGetDryRun: getDryRun, gen.OperationCreateDeployment: createDeployment, gen.OperationGetDeployment: getDeployment,
}

func noSuchIntegration() *response {
	return fail(http.StatusNotFound, "not_found", "Integration does not exist")
}

func noSuchFunction() *response {
	return fail(http.StatusNotFound, "not_found", "Function does not exist")
}

func listFunctions(c *call) *response {
	i := c.env.integration(c.path["uniqueKey"])
	if i == nil {
		return noSuchIntegration()
	}
	kind, search := c.text("type"), strings.ToLower(strings.TrimSpace(c.text("search")))
	found := []object{}
	for _, f := range i.functions {
		if (kind == "" || f.kind == kind) && strings.Contains(strings.ToLower(f.name), search) {
			found = append(found, f.show())
		}
	}
	page, limit := c.number("page", 0), c.number("limit", 20)
	if page*limit > math.MaxInt64 { // too much for the database
		return fail(http.StatusInternalServerError, "server_error", "Failed to list functions")
	}
	start := int(min(page*limit, float64(len(found))))
	return ok(object{
		"data":       found[start:min(start+int(limit), len(found))],
		"pagination": object{"total": len(found), "page": page, "limit": limit},
	})
}

func getFunction(c *call) *response {
	i := c.env.integration(c.path["uniqueKey"])
	if i == nil {
		return noSuchIntegration()
	}
	f := i.function(c.text("type"), c.path["name"])
	if f == nil {
		return noSuchFunction()
	}
	return ok(object{"data": f.show()})
}

func getFunctionCode(c *call) *response {
	key, name := c.path["uniqueKey"], c.path["name"]
	i := c.env.integration(key)
	if i == nil {
		return fail(http.StatusNotFound, "not_found", fmt.Sprintf("Integration '%s' not found", key))
	}
	var found []*function
	for _, f := range i.functions {
		// Handlers of several events that share a name share their source too.
		sameFile := len(found) > 0 && f.kind == "on-event" && found[len(found)-1].kind == f.kind
		if f.name == name && (c.text("type") == "" || f.kind == c.text("type")) && !sameFile {
			found = append(found, f)
		}
	}
	switch {
	case len(found) == 0:
		return fail(http.StatusNotFound, "not_found", fmt.Sprintf("Function '%s' not found for integration '%s'", name, key))
	case len(found) > 1:
		matches := make([]object, len(found))
		for n, f := range found {
			matches[n] = object{"type": f.kind, "name": f.name}
		}
		return failWithPayload(http.StatusConflict, "ambiguous_function",
			fmt.Sprintf("Multiple functions named '%s' found for integration '%s'. Specify a type to disambiguate.", name, key),
			object{"matches": matches})
	case found[0].details.Code == "":
		return fail(http.StatusNotFound, "not_found", fmt.Sprintf("Source file for '%s' not found", name))
	}
	return ok(object{"type": found[0].kind, "code": found[0].details.Code})
}

func deleteFunction(c *call) *response {
	i := c.env.integration(c.path["uniqueKey"])
	if i == nil {
		return noSuchIntegration()
	}
	f := i.function(c.text("type"), c.path["name"])
	if f == nil {
		return noSuchFunction()
	}
	if f.details.Source == "repo" {
		return fail(http.StatusBadRequest, "function_managed_by_deploy", "repo functions are deleted through `nango deploy`, not this endpoint")
	}
	i.undeploy(f)
	return ok(object{"data": object{"success": true}})
}
