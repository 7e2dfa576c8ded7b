package nangotest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/frequency"
	"github.com/nango-go/sdk/internal/recordstore"
)

// Sync is a function that saves records. Every connection of the integration has one, and more with variants.
type Sync struct {
	IntegrationID, Name string
	// Models are the models that it saves.
	Models []string
	// Runs is how often, in Nango's words: "every hour", "every 5 minutes". Empty means "every day".
	Runs string
	// AutoStart says that the sync of a new connection runs at once and then by its schedule. Otherwise it is paused until it is
	// started, but a trigger runs it all the same.
	AutoStart bool
	// Type is "incremental" or "full", which is the default.
	Type string
	// TrackDeletes says that a successful run deletes the records of its models that it did not save.
	TrackDeletes bool
	// Takes is how long a run lasts on the server's clock. The records that it saves are there from the beginning of the run.
	Takes time.Duration
	// Run is the code of the sync; if it is nil, the sync saves nothing. An error or a panic makes the run fail, which SyncStatus
	// and the webhook of the run show ([Server.Deliveries]). Run may call the server. It runs in one goroutine or another, but not
	// twice at the same time for a connection.
	Run func(context.Context, *SyncRun) error
	// Details is what else the API shows.
	Details FunctionDetails
}

// AddSync deploys a sync, in place of one of the same name, and schedules it for every connection of the integration. It panics
// for an unknown integration, names of syncs and models that are empty or that the server refuses, Runs that Nango does not
// understand, an unknown Type, a negative Takes, and invalid Details.
func (e *environment) AddSync(s Sync) {
	s.Runs, s.Type = cmp.Or(s.Runs, "every day"), cmp.Or(s.Type, "full")
	what := fmt.Sprintf("AddSync %q", s.Name)
	if _, _, ok := frequency.Parse(s.Runs); !ok {
		misuse("%s: it cannot run %q; it can run \"every 5 minutes\", for example, and not more often than every 30 seconds", what, s.Runs)
	}
	oneOf(what+": the Type", s.Type, "full", "incremental")
	notNegative(what+": Takes", s.Takes)
	for n, model := range s.Models {
		mustFit(what+": the model", model, gen.OperationPruneRecords, "model")
		if slices.Contains(s.Models[:n], model) {
			misuse("%s: it has the model %q twice", what, model)
		}
	}
	e.deploy("AddSync", s.IntegrationID, &function{kind: "sync", name: s.Name, details: s.Details, sync: &s})
}

// syncInstance is one variant of a sync at one connection, with its schedule.
type syncInstance struct {
	id         string
	conn       *connection
	name       string
	variant    string
	frequency  string // of its own; "" is the function's
	started    bool
	created    time.Time // what the schedule counts from
	next       time.Time // when the schedule wants it to run
	scheduled  int       // how often it was scheduled, so that only the latest plan counts
	run        *syncRun  // the latest, nil before the first
	checkpoint json.RawMessage
	lastRun    time.Time // the beginning of the last run that succeeded since the last reset
}

// startSyncs gives a connection the syncs of its integration that it does not have.
func (e *environment) startSyncs(c *connection) {
	for _, f := range c.integration.functions {
		if f.kind == "sync" && c.sync(f.name, recordstore.BaseVariant) == nil {
			c.addSync(f, recordstore.BaseVariant)
		}
	}
}

// startSyncsLater gives a new connection its syncs when the server gets to it.
func (e *environment) startSyncsLater(c *connection) {
	s := e.server
	if s.delays.Syncs == 0 {
		e.startSyncs(c)
		return
	}
	s.clock.After(s.delays.Syncs, func() {
		s.locked(func() { e.startSyncs(c) }) // those of a connection that was deleted meanwhile never run
	})
}

// sync returns a sync of the connection, nil if it has none such.
func (c *connection) sync(name, variant string) *syncInstance {
	for _, i := range c.syncs {
		if i.name == name && i.variant == variant {
			return i
		}
	}
	return nil
}

func (c *connection) addSync(f *function, variant string) *syncInstance {
	now := c.env.server.clock.Now()
	i := &syncInstance{id: uuid.NewString(), conn: c, name: f.name, variant: variant, created: now, next: now}
	c.syncs = append(c.syncs, i)
	if f.sync.AutoStart {
		i.start()
	}
	return i
}

// function is the sync's function, nil once it is deleted.
func (i *syncInstance) function() *function { return i.conn.integration.function("sync", i.name) }

// exists says whether the connection is still there, and still has the sync.
func (i *syncInstance) exists() bool {
	return slices.Contains(i.conn.env.connections, i.conn) && slices.Contains(i.conn.syncs, i)
}

// runs returns the expression that says how often the sync runs, "" once there is none any more.
func (i *syncInstance) runs() string {
	if f := i.function(); i.frequency == "" && f != nil {
		return f.sync.Runs
	}
	return i.frequency
}

// start makes the schedule count. A run that was due in the meantime begins at once.
func (i *syncInstance) start() {
	if !i.started {
		i.started = true
		i.schedule()
	}
}

// pause stops the schedule, not the run in progress.
func (i *syncInstance) pause() {
	i.started = false
	i.scheduled++
}

// schedule plans the next run.
func (i *syncInstance) schedule() {
	i.scheduled++
	plan, s := i.scheduled, i.conn.env.server
	s.clock.After(max(0, i.next.Sub(s.clock.Now())), func() {
		var run *syncRun
		s.locked(func() {
			if i.scheduled == plan && i.exists() {
				run = i.begin(false)
			}
		})
		run.execute()
	})
}

// reschedule finds the next time that is a whole number of intervals after the schedule began, and plans it if it is started.
func (i *syncInstance) reschedule() {
	_, every, ok := frequency.Parse(i.runs())
	if !ok {
		return
	}
	passed := i.conn.env.server.clock.Now().Sub(i.created)
	i.next = i.created.Add((passed + every - 1) / every * every)
	if passed%every == 0 { // now is not next
		i.next = i.next.Add(every)
	}
	if i.started {
		i.schedule()
	}
}

// trigger has the sync run now, out of turn. While it runs, that does nothing, and nobody is told.
func (i *syncInstance) trigger(emptyCache bool) {
	if run := i.begin(emptyCache); run != nil {
		i.conn.env.server.clock.After(0, run.execute)
	}
}

// reset cancels the run in progress and forgets how far the sync came.
func (i *syncInstance) reset() {
	if i.running() {
		i.run.finish("STOPPED")
	}
	i.lastRun, i.checkpoint = time.Time{}, nil
}

func (i *syncInstance) running() bool { return i.run != nil && i.run.status == "RUNNING" }
