package consume

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// Dispatcher runs your consumers when Nango's webhooks say that a sync has saved records:
//
//	dispatcher, err := consume.NewDispatcher(client, nil)
//	err = consume.Handle(dispatcher, "github", consume.Params{Name: "tracker", Model: "Issue", Store: store}, saveIssues)
//	handler, err := webhook.NewHandler(webhook.Config{Keys: keys, OnSync: dispatcher.OnSync})
//	http.Handle("POST /nango", handler)
//	err = dispatcher.Run(ctx)
//
// A run that it starts is a pass. There is at most one pass of a [Key] at a time, and each event is followed by a pass that
// starts after it. Many events of a key while a pass runs are one further pass.
//
// A pass that fails is repeated, after 1 s at first and then after up to 5 minutes, or as long as the server asks for, until it
// reaches the end. A pass
// with an error that no repetition changes ([ErrStale], [ErrUnreadableCursor], [nango.ErrNotFound] for a connection
// that was deleted, [*nango.ArgumentError]) waits for the next event. A pass that a limit of its Params ends is
// continued at once, after the passes of other keys that wait.
//
// The dispatcher keeps its work in memory. Nango delivers an event three times at most, and sends none for a run that
// changed nothing if the environment says so. So start a pass for each of your connections when the program starts, and
// then once a day: call OnSync with an event of your own. This also keeps the cursors from becoming stale. A variant of a
// sync needs a pass of its own; [nango.ConnectionHandle.SyncStatus] with [nango.AllSyncs] lists them.
type Dispatcher struct {
	client *nango.Client
	params DispatcherParams
	slots  chan struct{} // holds a token for each pass that runs

	mu        sync.Mutex
	consumers map[source][]consumer
	unhandled map[source]bool // events that the log has told about
	jobs      map[Key]*job    // keys with work
	ctx       context.Context // of Run; nil before
	stopped   bool
	workers   sync.WaitGroup // one for each job, while Run runs
}

// source is what a consumer is registered for.
type source struct{ integrationID, model string }

// DispatcherParams are the optional parameters of [NewDispatcher].
type DispatcherParams struct {
	// MaxPasses is the number of passes that run at the same time; 0 means 4.
	MaxPasses int
	// OnPass is called after each pass, with the error of its run or nil, also after a pass that ended with the context
	// of Run. It is called concurrently for different keys. The next pass of the key waits for it, so it may call
	// [Restart], and then OnSync for a new pass. If it is nil, the Logger logs each error but ErrConflict.
	OnPass func(key Key, result Result, err error)
	// Logger logs errors, and once for each integration and model that events come for which there is no consumer. It
	// does not log ids of connections. Nil means [slog.Default].
	Logger *slog.Logger
}

var (
	errStopped  = errors.New("consume: the dispatcher has stopped")
	errRunTwice = errors.New("consume: Run of this dispatcher was called before")
)

// NewDispatcher returns a dispatcher whose passes use client. A client that is nil and a negative MaxPasses are an
// [*nango.ArgumentError].
func NewDispatcher(client *nango.Client, params *DispatcherParams) (*Dispatcher, error) {
	var p DispatcherParams
	if params != nil {
		p = *params
	}
	switch {
	case client == nil:
		return nil, argument("client", "is nil")
	case p.MaxPasses < 0:
		return nil, argument("MaxPasses", "is negative")
	case p.MaxPasses == 0:
		p.MaxPasses = 4
	}
	if p.Logger == nil {
		p.Logger = slog.Default()
	}
	return &Dispatcher{
		client: client, params: p, slots: make(chan struct{}, p.MaxPasses),
		consumers: map[source][]consumer{}, unhandled: map[source]bool{}, jobs: map[Key]*job{},
	}, nil
}

// Handle registers process for the records that the syncs of an integration save of params.Model, for every connection
// and every variant. Each pass is a [Run] with params; params.Variant must be empty, since the event names the variant.
// process finds the connection and the variant in the Key of its page. It is called concurrently for different keys.
//
// Several consumers of the same integration and model need different names. The same name again, and what Run refuses,
// is an [*nango.ArgumentError].
//
// GET /records (listRecords), repeatedly, in each pass. Not in the Node SDK.
func Handle[T any](d *Dispatcher, integrationID string, params Params, process func(context.Context, *Page[T]) error) error {
	switch {
	case d == nil:
		return argument("dispatcher", "is nil")
	case integrationID == "":
		return argument("integrationID", "is empty")
	case process == nil:
		return argument("process", "is nil")
	case params.Variant != "":
		return argument("Variant", "must be empty: the event names the variant")
	}
	if err := params.check(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	from := source{integrationID, params.Model}
	if slices.ContainsFunc(d.consumers[from], func(c consumer) bool { return c.params.Name == params.Name }) {
		return argument("Name", "belongs to a consumer of this model already")
	}
	d.consumers[from] = append(d.consumers[from], consumer{params, func(ctx context.Context, h *nango.ConnectionHandle, variant string) pass {
		params, failed := params, false
		params.Variant = variant
		result, err := Run(ctx, h, params, func(ctx context.Context, page *Page[T]) error {
			err := process(ctx, page)
			failed = err != nil
			return err
		})
		return pass{result, err, !failed && isPermanent(err)}
	}})
	return nil
}

// OnSync starts a pass for an event of a sync that succeeded, and returns at once. It ignores an event of a sync that
// failed, and one without a consumer. Pass it as OnSync to [webhook.Config].
//
// Before Run is called, OnSync keeps the events for it. After Run has ended, OnSync returns an error, so that the handler
// responds with 500 and Nango delivers the event again, to the next process if that is there within 9 seconds.
//
// Call it with an event of your own to start a pass without a webhook. The event needs Success, IntegrationID,
// ConnectionID and Model, and SyncVariant unless it is base:
//
//	dispatcher.OnSync(ctx, &webhook.SyncEvent{Success: true, IntegrationID: "github", ConnectionID: "acme", Model: "Issue"})
//
// An event can be forged ([webhook] says by whom). A pass takes nothing from it but the names of what to read, and
// reads that from the API.
func (d *Dispatcher) OnSync(_ context.Context, event *webhook.SyncEvent) error {
	switch {
	case event == nil:
		return argument("event", "is nil")
	case !event.Success:
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped || d.ctx != nil && d.ctx.Err() != nil {
		return errStopped
	}
	from := source{event.IntegrationID, event.Model}
	if len(d.consumers[from]) == 0 {
		d.warnLocked(from)
	}
	for _, to := range d.consumers[from] {
		params := to.params
		params.Variant = event.SyncVariant
		d.addLocked(params.Key(d.client.Connection(event.IntegrationID, event.ConnectionID)), to)
	}
	return nil
}

// addLocked makes sure that a pass of the key starts from now on.
func (d *Dispatcher) addLocked(key Key, to consumer) {
	if j := d.jobs[key]; j != nil {
		j.dirty = true
		return
	}
	j := &job{key: key, to: to}
	d.jobs[key] = j
	if d.ctx != nil {
		d.workers.Go(func() { d.work(d.ctx, j) })
	}
}

// maxUnhandled limits what the log says about events without a consumer, since events can be forged.
const maxUnhandled = 100

func (d *Dispatcher) warnLocked(from source) {
	if d.unhandled[from] || len(d.unhandled) >= maxUnhandled {
		return
	}
	d.unhandled[from] = true
	d.params.Logger.Warn("consume: there is no consumer for the model of a sync event", "model", from.model)
}

// Run makes the passes until ctx ends, and returns when all of them have stopped. A pass in progress ends with its
// context. What was not done by then is forgotten: see [Dispatcher]. The error is nil if ctx ended. A second call is an
// error.
func (d *Dispatcher) Run(ctx context.Context) error {
	d.mu.Lock()
	if d.ctx != nil {
		d.mu.Unlock()
		return errRunTwice
	}
	d.ctx = ctx
	for _, j := range d.jobs {
		d.workers.Go(func() { d.work(ctx, j) })
	}
	d.mu.Unlock()
	<-ctx.Done()
	d.mu.Lock()
	d.stopped = true // an OnSync that began earlier has added its worker by now
	d.mu.Unlock()
	d.workers.Wait()
	return nil
}
