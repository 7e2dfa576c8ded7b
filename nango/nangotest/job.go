package nangotest

import (
	"cmp"
	"encoding/json"
	"errors"
	"time"
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
func (e *environment) startJob(j *job, sandbox *Sandbox, do func() error) {
	j.id, j.created = e.server.newID(), e.server.clock.Now()
	e.jobs[j.id] = j
	e.server.clock.After(0, func() {
		compiled, err := sandbox.compile(j.code)
		if j.compiled = compiled; err == nil {
			err = do()
		}
		e.server.clock.After(sandbox.Takes, func() {
			e.server.locked(func() { e.completeJob(j, err) })
		})
	})
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
