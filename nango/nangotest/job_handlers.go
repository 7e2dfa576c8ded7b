package nangotest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/nango"
)

func noSandbox() *response {
	return fail(http.StatusInternalServerError, "server_error", "The execution environment could not be started")
}

var compileStatus = map[string]int{
	"compilation_error": http.StatusBadRequest, "validation_error": http.StatusBadRequest,
	"execution_environment_unavailable": http.StatusServiceUnavailable, "timeout": http.StatusGatewayTimeout,
}

func compileFunction(c *call) *response {
	var body struct{ Code string }
	c.into(&body)
	sandbox := c.s.sandbox
	if sandbox == nil {
		return noSandbox()
	}
	var compiled Compiled
	var err error
	c.s.outside(func() { compiled, err = sandbox.compile(body.Code) })
	if failed, ok := errors.AsType[*FunctionError](err); ok {
		status, known := compileStatus[failed.Code]
		if !known {
			status = http.StatusInternalServerError
		}
		return jsonResponse(status, envelope{Code: failed.Code, Message: failed.Message, Payload: failed.Payload}.wrap())
	}
	return ok(object{"bundle_size_bytes": len(compiled.JS), "bundled_js": compiled.JS, "compiled_at": zulu(c.now)})
}

func noFunctionIntegration(status int, id string) *response {
	return fail(status, "integration_not_found", fmt.Sprintf("Integration '%s' was not found", id))
}

func noFunctionConnection(integrationID, connectionID string) *response {
	return fail(http.StatusNotFound, "connection_not_found",
		fmt.Sprintf("Connection '%s' was not found for integration '%s'", connectionID, integrationID))
}

func createDryRun(c *call) *response {
	var run DryRun
	c.into(&run)
	if date, given := c.body.(object)["last_sync_date"]; given {
		run.LastSyncDate, _ = js.Date(date)
	}
	if c.env.integration(run.IntegrationID) == nil {
		return noFunctionIntegration(http.StatusNotFound, run.IntegrationID)
	}
	if c.env.find(run.IntegrationID, run.ConnectionID) == nil {
		return noFunctionConnection(run.IntegrationID, run.ConnectionID)
	}
	j := &job{kind: dryRunJob, integrationID: run.IntegrationID, functionType: run.Type, code: run.Code}
	sandbox := c.s.sandbox
	return c.acceptJob(j, func() error {
		if sandbox.DryRun == nil {
			return nil
		}
		result, err := sandbox.DryRun(c.s.ctx, run)
		if err == nil {
			j.result, err = json.Marshal(result)
		}
		return functionError(err, "function_error")
	})
}

func createDeployment(c *call) *response {
	var body struct {
		Type          string
		IntegrationID string `json:"integration_id"`
		Name          string `json:"function_name"`
		FunctionType  string `json:"function_type"`
		Code          string
		Version       string
		Template      string
	}
	c.into(&body)
	i := c.env.integration(body.IntegrationID)
	if i == nil {
		return noFunctionIntegration(http.StatusNotFound, body.IntegrationID)
	}
	if body.Type == "template" {
		return c.deployTemplate(i, body.Template, body.FunctionType)
	}
	if f := i.function(body.FunctionType, body.Name); f != nil && f.details.Source != "standalone" {
		return fail(http.StatusBadRequest, "invalid_request", fmt.Sprintf("Cannot overwrite existing function '%s'", body.Name))
	}
	if body.Version == "" {
		body.Version = "1.0.0"
	}
	j := &job{kind: deploymentJob, integrationID: i.key, functionType: body.FunctionType, functionName: body.Name, code: body.Code, version: body.Version}
	return c.acceptJob(j, func() error { return nil })
}

// acceptJob starts a job, where there is a sandbox for it.
func (c *call) acceptJob(j *job, do func() error) *response {
	if c.s.sandbox == nil {
		return noSandbox()
	}
	c.env.startJob(j, c.s.sandbox, do)
	return jsonResponse(http.StatusAccepted, object{"id": j.id, "status": "running", "created_at": zulu(j.created)})
}

// deployTemplate deploys a function of the catalogue, at once.
func (c *call) deployTemplate(i *integration, name, kind string) *response {
	var found []nango.FunctionTemplate
	for _, t := range i.provider.templates {
		if t.Name == name && (kind == "" || string(t.Type) == kind) {
			found = append(found, t)
		}
	}
	switch {
	case len(found) == 0:
		return fail(http.StatusNotFound, "template_not_found", fmt.Sprintf("No template named '%s' exists for this integration", name))
	case len(found) > 1:
		return fail(http.StatusConflict, "ambiguous_function",
			fmt.Sprintf("'%s' exists as both a sync and an action; specify 'function_type' to disambiguate", name))
	case i.function(string(found[0].Type), name) != nil:
		return fail(http.StatusConflict, "template_already_deployed", fmt.Sprintf("'%s' is already deployed on this integration", name))
	}
	t := found[0]
	f := &function{kind: string(t.Type), name: name, details: FunctionDetails{
		Description: t.Description, Source: "catalog", Scopes: t.Scopes, Input: t.Input, Returns: t.Returns, Version: "1.0.0",
	}}
	if t.JSONSchema != nil {
		f.details.JSONSchema = encode(t.JSONSchema)
	}
	if f.kind == "sync" {
		f.sync = &Sync{
			Name: name, Models: t.Returns, Runs: cmp.Or(t.Runs, "every day"), Type: "full", AutoStart: t.AutoStart, TrackDeletes: t.TrackDeletes,
		}
	} else {
		f.action = &Action{}
	}
	i.deploy(f)
	j := &job{
		id: c.s.newID(), kind: deploymentJob, integrationID: i.key, functionType: f.kind, functionName: name, version: "1.0.0",
		created: c.now, completed: c.now,
	}
	c.env.jobs[j.id] = j
	return jsonResponse(http.StatusAccepted, object{"id": j.id, "status": "success", "created_at": zulu(j.created)})
}

func getDryRun(c *call) *response { return c.getJob(dryRunJob, "Dryrun") }

func getDeployment(c *call) *response { return c.getJob(deploymentJob, "Deployment") }

func (c *call) getJob(kind, title string) *response {
	j := c.env.jobs[c.path["id"]]
	if j == nil || j.kind != kind || c.now.Sub(j.created) > jobsKept {
		return fail(http.StatusNotFound, kind+"_not_found", fmt.Sprintf("%s '%s' was not found", title, c.path["id"]))
	}
	return ok(j.show())
}
