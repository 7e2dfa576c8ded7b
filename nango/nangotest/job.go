package nangotest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nango-go/sdk/nango"
)

// job is a dry run or a deployment of a function that was sent as code.
type job struct {
	id, kind      string
	integrationID string
	functionType  string
	functionName  string // of a deployment
	code, version string
	created       time.Time
	completed     time.Time // zero while it runs
	failure       *FunctionError
	result        json.RawMessage // of a dry run of an action
	compiled      Compiled
}

const (
	dryRunJob     = "dryrun"
	deploymentJob = "deployment"
)

// jobsKept is how long jobs can be asked for.
const jobsKept = 14 * 24 * time.Hour

// startJob compiles the job's code, does what is to be done with it, and ends the job when its time is over.
func (c *call) startJob(j *job, do func(*Sandbox, *job) error) *answer {
	sandbox, e := c.s.sandbox, c.env
	if sandbox == nil {
		return noSandbox()
	}
	j.id, j.created = c.s.newID(), c.now
	e.jobs[j.id] = j
	c.s.clock.After(0, func() {
		compiled, err := sandbox.compile(j.code)
		if j.compiled = compiled; err == nil {
			err = do(sandbox, j)
		}
		e.server.clock.After(sandbox.Takes, func() {
			e.server.locked(func() { e.completeJob(j, err) })
		})
	})
	return jsonAnswer(http.StatusAccepted, object{"id": j.id, "status": "running", "created_at": zulu(j.created)})
}

// completeJob ends a job. A deployment that succeeded has deployed its function.
func (e *environment) completeJob(j *job, err error) {
	j.completed = e.server.clock.Now()
	j.failure, _ = errors.AsType[*FunctionError](err)
	i := e.integration(j.integrationID)
	if j.kind != deploymentJob || j.failure != nil || i == nil {
		return
	}
	f := &function{kind: j.functionType, name: j.functionName, details: j.compiled.Details}
	f.details.Source, f.details.Code, f.details.Version = "standalone", j.code, j.version
	switch old := i.function(f.kind, f.name); {
	case f.kind == "sync":
		f.sync = &Sync{Name: f.name, Models: j.compiled.Models, Runs: cmp.Or(j.compiled.Runs, "every day"), Type: "full"}
	case old != nil:
		f.action = old.action
	default:
		f.action = &Action{}
	}
	i.deploy(f)
}

// deployTemplate deploys a function of the catalogue, at once.
func (c *call) deployTemplate(i *integration, name, kind string) *answer {
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
	return jsonAnswer(http.StatusAccepted, object{"id": j.id, "status": "success", "created_at": zulu(j.created)})
}

func getDryRun(c *call) *answer { return c.getJob(dryRunJob, "Dryrun") }

func getDeployment(c *call) *answer { return c.getJob(deploymentJob, "Deployment") }

func (c *call) getJob(kind, title string) *answer {
	j := c.env.jobs[c.path["id"]]
	if j == nil || j.kind != kind || c.now.Sub(j.created) > jobsKept {
		return fail(http.StatusNotFound, kind+"_not_found", fmt.Sprintf("%s '%s' was not found", title, c.path["id"]))
	}
	return ok(j.show())
}

// show returns the job as the API does.
func (j *job) show() object {
	shown := object{
		"id": j.id, "status": "running", "integration_id": j.integrationID, "function_type": j.functionType,
		"created_at": zulu(j.created), "updated_at": zulu(j.created), "started_at": zulu(j.created),
	}
	if j.kind == deploymentJob {
		shown["function_name"] = j.functionName
	}
	if j.completed.IsZero() {
		return shown
	}
	shown["status"], shown["updated_at"], shown["completed_at"] = "success", zulu(j.completed), zulu(j.completed)
	shown["duration_ms"] = j.completed.Sub(j.created).Milliseconds()
	switch {
	case j.failure != nil:
		shown["status"], shown["output"], shown["error"] = "failed", j.failure.Message, j.failure
	case j.kind == deploymentJob:
		version := "v" + j.version
		shown["output"] = "Successfully deployed the functions: \n- " + j.functionName + "@" + version
		shown["deployed"], shown["deployed_functions"] = true, []object{{"name": j.functionName, "version": version}}
	default:
		shown["output"] = "Done"
		if j.functionType == "action" {
			shown["result"] = orNullText(j.result)
		}
	}
	return shown
}
