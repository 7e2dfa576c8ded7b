package nangotest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/recordstore"
	"github.com/nango-go/sdk/nango/webhook"
)

// SyncRun is a run of a sync, for the code that carries it out.
type SyncRun struct {
	IntegrationID, ConnectionID, Variant string
	// LastRun is when the last run that succeeded began. It is zero at the first run and after a reset.
	LastRun time.Time
	// Metadata is the connection's, JSON, empty for none.
	Metadata json.RawMessage

	run *syncRun
}

// Save saves records as [ConnectionHandle.SaveRecords] does, under the run's variant. A model that is not the sync's makes the
// run fail.
func (r *SyncRun) Save(model string, records ...any) {
	run, batch := r.inProgress("Save"), batchOf(records)
	run.write(model, func(s *recordstore.Store, result *webhook.SyncResults, now time.Time) {
		added, updated := s.Save(now, batch)
		result.Added, result.Updated = result.Added+int64(added), result.Updated+int64(updated)
		for _, record := range batch {
			run.saved[model] = append(run.saved[model], record.ExternalID)
		}
	})
}

// Delete deletes records as [ConnectionHandle.DeleteRecords] does. A model that is not the sync's makes the run fail.
func (r *SyncRun) Delete(model string, ids ...string) {
	r.inProgress("Delete").write(model, func(s *recordstore.Store, result *webhook.SyncResults, now time.Time) {
		result.Deleted += int64(s.Remove(now, ids))
	})
}

// Checkpoint returns the checkpoint that this run or the last one set, a JSON object; it is empty if there is none.
func (r *SyncRun) Checkpoint() (checkpoint json.RawMessage) {
	run := r.inProgress("Checkpoint")
	run.server().locked(func() { checkpoint = run.instance.checkpoint })
	return checkpoint
}

// SetCheckpoint sets the sync's checkpoint: anything that encodes to a JSON object of strings, numbers and booleans. Anything else
// makes the run fail.
func (r *SyncRun) SetCheckpoint(checkpoint any) {
	run := r.inProgress("SetCheckpoint")
	text := throughJS(checkpoint)
	fields, isObject := decodeAny(text).(object)
	for name, value := range fields {
		switch value.(type) {
		case string, json.Number, bool:
		default:
			misuse("SetCheckpoint: %q is no text, number or boolean", name)
		}
	}
	if !isObject {
		misuse("SetCheckpoint: the checkpoint is no JSON object")
	}
	run.server().locked(func() { run.instance.checkpoint = text })
}

// inProgress panics for a SyncRun that is not the server's.
func (r *SyncRun) inProgress(method string) *syncRun {
	if r.run == nil {
		misuse("SyncRun.%s: this is no run of a sync, which only the server begins", method)
	}
	return r.run
}

// syncRun is a run as the server keeps it.
type syncRun struct {
	instance   *syncInstance
	function   *function
	began      time.Time
	finished   time.Time
	status     string // RUNNING, SUCCESS or STOPPED, which is what a failed run says
	kind       string // INITIAL or INCREMENTAL
	lastRun    time.Time
	from       json.RawMessage // checkpoint
	emptyCache bool
	results    map[string]*webhook.SyncResults
	saved      map[string][]string // ids by model
	stop       context.CancelFunc
	context    context.Context
}

func (r *syncRun) server() *Server { return r.instance.conn.env.server }

// begin notes that a run begins, if none is in progress and there is still a function.
func (i *syncInstance) begin(emptyCache bool) *syncRun {
	f := i.function()
	if i.running() || f == nil || f.details.Disabled {
		return nil
	}
	s := i.conn.env.server
	run := &syncRun{
		instance: i, function: f, began: s.clock.Now(), status: "RUNNING", kind: "INITIAL", lastRun: i.lastRun, from: i.checkpoint,
		emptyCache: emptyCache, saved: map[string][]string{},
	}
	if !i.lastRun.IsZero() {
		run.kind = "INCREMENTAL"
	}
	if i.run != nil && !run.began.After(i.run.finished) { // on the real server no run ends when the one before it did
		run.began = i.run.finished
	}
	run.context, run.stop = context.WithCancel(s.ctx)
	i.run = run
	return run
}

// execute carries the run out. It is called with the state unlocked, also for a run that did not begin.
func (r *syncRun) execute() {
	if r == nil {
		return
	}
	conn := r.instance.conn
	shown := &SyncRun{
		IntegrationID: conn.integration.key, ConnectionID: conn.connectionID, Variant: r.instance.variant, LastRun: r.lastRun, run: r,
	}
	r.server().locked(func() {
		shown.Metadata = conn.metadata
		if r.emptyCache {
			for _, model := range r.function.sync.Models {
				conn.store(recordstore.Key{Model: model, Variant: r.instance.variant}).Clear()
			}
		}
	})
	err := r.call(shown)
	left := r.function.sync.Takes - max(0, r.server().clock.Now().Sub(r.began))
	if left <= 0 {
		r.end(err)
		return
	}
	r.server().clock.After(left, func() { r.end(err) })
}

// call runs the sync's code.
func (r *syncRun) call(shown *SyncRun) (err error) {
	if r.function.sync.Run == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return checkFailure(r.function.sync.Run(r.context, shown))
}

// write changes the records of a model, unless the run was cancelled.
func (r *syncRun) write(model string, change func(*recordstore.Store, *webhook.SyncResults, time.Time)) {
	if !slices.Contains(r.function.sync.Models, model) {
		misuse("the sync has no model %q%s", model, nearest(model, r.function.sync.Models))
	}
	r.writeCounted(model, model, change)
}

// writeCounted changes the records of a model and counts that under a name.
func (r *syncRun) writeCounted(model, name string, change func(*recordstore.Store, *webhook.SyncResults, time.Time)) {
	r.server().locked(func() {
		if r.status == "RUNNING" {
			change(r.instance.conn.store(recordstore.Key{Model: model, Variant: r.instance.variant}), r.result(name), r.server().clock.Now())
		}
	})
}

// result is what the run did to a model so far.
func (r *syncRun) result(name string) *webhook.SyncResults {
	if r.results == nil {
		r.results = map[string]*webhook.SyncResults{}
	}
	if r.results[name] == nil {
		r.results[name] = &webhook.SyncResults{}
	}
	return r.results[name]
}

// end notes how the run ended and tells who wants to know.
func (r *syncRun) end(err error) {
	if err == nil && r.function.sync.TrackDeletes {
		for _, model := range r.function.sync.Models {
			r.deleteUnsaved(model)
		}
	}
	r.server().locked(func() {
		switch {
		case r.status != "RUNNING": // it was cancelled
			return
		case !r.instance.exists():
			r.finish("STOPPED")
			return
		case err != nil:
			r.finish("STOPPED")
			r.instance.conn.fail("sync")
			r.emitFailure(err)
		default:
			r.finish("SUCCESS")
			r.instance.lastRun = r.began
			r.instance.conn.succeed("sync")
			r.emitSuccess()
		}
		r.instance.reschedule()
	})
}

// deleteUnsaved deletes what records of a model the run did not save. For a variant the server counts them under the name
// "Model::variant", and so not in the run's webhook.
func (r *syncRun) deleteUnsaved(model string) {
	name := model
	if variant := r.instance.variant; variant != recordstore.BaseVariant {
		name += "::" + variant
	}
	r.writeCounted(model, name, func(s *recordstore.Store, result *webhook.SyncResults, now time.Time) {
		r.result(model) // is there all the same
		result.Deleted += int64(s.Remove(now, s.Unsaved(r.saved[model])))
	})
}

// finish ends the run, at a time that shows as later than the end of the one before.
func (r *syncRun) finish(status string) {
	r.status = status
	r.finished = r.server().clock.Now()
	if soonest := r.began.Add(time.Millisecond); r.finished.Before(soonest) {
		r.finished = soonest
	}
	if r.results == nil {
		r.results = map[string]*webhook.SyncResults{}
	}
	r.stop()
}

// event has what every webhook of the run says.
func (r *syncRun) event(model string) *webhook.SyncEvent {
	e := &webhook.SyncEvent{
		ConnectionID: r.instance.conn.connectionID, IntegrationID: r.instance.conn.integration.key,
		SyncName: r.instance.name, SyncVariant: r.instance.variant, Model: model, SyncType: webhook.SyncType(r.kind),
	}
	if to := r.instance.checkpoint; r.from != nil || to != nil {
		e.Checkpoints = &webhook.Checkpoints{From: orNullText(r.from), To: orNullText(to)}
	}
	return e
}

// emitSuccess sends a webhook for each model.
func (r *syncRun) emitSuccess() {
	for _, model := range r.function.sync.Models {
		e := r.event(model)
		e.Success, e.ModifiedAfter = true, milliseconds(r.began)
		e.QueryTimestamp = e.ModifiedAfter //lint:ignore SA1019 the server still sends it
		e.Results = &webhook.SyncResults{}
		if result := r.results[model]; result != nil {
			*e.Results = *result
		}
		r.instance.conn.env.emit(r.instance.conn, e)
	}
}

// emitFailure sends one webhook for all models. As its start it has that of the last run that succeeded.
func (r *syncRun) emitFailure(err error) {
	e := r.event(strings.Join(r.function.sync.Models, ","))
	e.FailedAt = milliseconds(r.finished)
	e.StartedAt = e.FailedAt
	if !r.lastRun.IsZero() {
		e.StartedAt = milliseconds(r.lastRun)
	}
	e.Error = &webhook.SyncFailure{Type: "script_error"}
	if upstream, ok := upstreamOf(err); ok {
		shown := upstream.show()
		e.Error.Description = "An error occurred during an HTTP call"
		e.Error.Payload, e.Error.AdditionalProperties = encode(shown["body"]), encode(object{"upstream_response": shown})
	} else {
		e.Error.Description = "An internal error occurred during the script execution"
		e.Error.Payload = encode(object{"name": "Error", "message": err.Error(), "stacktrace": []string{"Error: " + err.Error()}})
	}
	r.instance.conn.env.emit(r.instance.conn, e)
}
