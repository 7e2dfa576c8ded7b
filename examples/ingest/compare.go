package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

type compareArgs struct{}

// Kind implements [river.JobArgs].
func (compareArgs) Kind() string { return "nango_compare" }

// compareWorker compares the keys with Nango's list of connections, for creations and deletions whose webhook was lost. It
// is also the first import when the program is new.
type compareWorker struct {
	river.WorkerDefaults[compareArgs]
	e *Engine
}

// Timeout implements [river.Worker].
func (*compareWorker) Timeout(*river.Job[compareArgs]) time.Duration { return longTimeout }

// Work implements [river.Worker].
func (w *compareWorker) Work(ctx context.Context, job *river.Job[compareArgs]) error {
	return w.e.lasting(ctx, job.JobRow, w.e.compare(ctx))
}

// connectionID identifies a connection for the API.
type connectionID struct{ integration, id string }

// storedConnection is what there is of a connection.
type storedConnection struct {
	identity string // empty if it is not known
	models   map[string]bool
}

// known reports whether it is known whose rows there are. A key of a late or a forged event says nothing about the API key.
func (s *storedConnection) known() bool { return s != nil && s.identity != "" }

func (s *storedConnection) is(found *nango.ConnectionSummary) bool {
	return s.known() && s.identity == identity(found)
}

// stored returns the connections that have keys. The models are those with a key of the base variant.
func (e *Engine) stored(ctx context.Context) (map[connectionID]*storedConnection, error) {
	rows, err := e.pool.Query(ctx, `SELECT integration_id, connection_id, `+storedIdentity+`, coalesce(array_agg(model) FILTER (WHERE variant = 'base'), '{}')
		FROM ingest_keys WHERE name = $1 GROUP BY 1, 2`, e.params.Name)
	if err != nil {
		return nil, err
	}
	stored := map[connectionID]*storedConnection{}
	var at connectionID
	var identity string
	var models []string
	_, err = pgx.ForEachRow(rows, []any{&at.integration, &at.id, &identity, &models}, func() error {
		stored[at] = &storedConnection{identity, map[string]bool{}}
		for _, model := range models {
			stored[at].models[model] = true
		}
		return nil
	})
	return stored, err
}

var errForeign = errors.New("ingest: Nango has none of the connections that are stored, so nothing was changed")

// foreign returns an error that says what to do, or nil if the identity of no stored connection is known.
func foreign(stored map[connectionID]*storedConnection) error {
	var known int
	var example connectionID
	for at, connection := range stored {
		if connection.known() {
			known, example = known+1, at
		}
	}
	if known == 0 {
		return nil
	}
	return fmt.Errorf("%w. If the API key is that of another environment, put it right, or change Params.Name to start with nothing. "+
		"If all %d connections were deleted or made again, or their integration has another id now, run \"ingest off-board\" for each, such as: "+
		"ingest off-board %q %q", errForeign, known, example.integration, example.id)
}

// check returns an error if the list of connections cannot be read, or if none of those that are stored is in it with its
// identity. One that is suffices, so it makes one request in most cases.
func (e *Engine) check(ctx context.Context) error {
	stored, err := e.stored(ctx)
	if err != nil {
		return err
	}
	foreign := foreign(stored)
	for found, err := range e.client.Connections.All(ctx, nil) {
		if err != nil {
			return err
		}
		if foreign == nil || stored[connectionID{found.IntegrationID, found.ConnectionID}].is(found) {
			return nil
		}
	}
	return foreign
}

// compare changes nothing before it has read the whole list: with the API key of another environment, all connections are
// other ones.
func (e *Engine) compare(ctx context.Context) error {
	if err := e.limit.check(); err != nil {
		return err
	}
	stored, err := e.stored(ctx)
	if err != nil {
		return err
	}
	missing, listed, same := map[string][]consume.Key{}, map[connectionID]bool{}, false // missing by identity
	for found, err := range e.client.Connections.All(ctx, nil) {
		if err != nil {
			return err
		}
		at := connectionID{found.IntegrationID, found.ConnectionID}
		connection := stored[at]
		listed[at] = !connection.known() || connection.is(found)
		same = same || connection.is(found)
		for _, key := range e.keys(at.integration, at.id) {
			if connection == nil || !connection.models[key.Model] {
				missing[identity(found)] = append(missing[identity(found)], key)
			}
		}
	}
	if !same {
		if err := foreign(stored); err != nil {
			return err
		}
	}
	for identity, keys := range missing {
		if err := e.want(ctx, identity, false, keys...); err != nil {
			return err
		}
	}
	for at := range stored {
		if listed[at] {
			continue
		}
		// The job asks for this one by itself, because a list can miss a connection while others are deleted.
		if err := e.changed(ctx, at.integration, at.id, true); err != nil {
			return err
		}
	}
	return e.sweep(ctx) // the first jobs of the imports; the next sweeps insert the others
}
