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
func (w *compareWorker) Work(ctx context.Context, _ *river.Job[compareArgs]) error {
	return w.e.outcome(w.e.compare(ctx))
}

// connectionID identifies a connection for the API.
type connectionID struct{ integration, id string }

// storedConnection is what there is of a connection.
type storedConnection struct {
	identity string // empty if it is not known
	models   map[string]bool
}

func (s *storedConnection) is(found *nango.ConnectionSummary) bool {
	return s != nil && (s.identity == "" || s.identity == identity(found))
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

// foreign returns an error that says what to do.
func foreign(stored map[connectionID]*storedConnection) error {
	for at := range stored {
		return fmt.Errorf("%w. If the API key is that of another environment, put it right, or change Params.Name to start with nothing. "+
			"If all %d connections were deleted or made again, run \"ingest off-board\" for each, such as: ingest off-board %q %q",
			errForeign, len(stored), at.integration, at.id)
	}
	return nil
}

// check returns an error if no stored connection is in Nango's list with its identity. One that is suffices, so it makes one
// request in most cases.
func (e *Engine) check(ctx context.Context) error {
	stored, err := e.stored(ctx)
	if err != nil || len(stored) == 0 {
		return err
	}
	for found, err := range e.client.Connections.All(ctx, nil) {
		if err != nil {
			return err
		}
		if stored[connectionID{found.IntegrationID, found.ConnectionID}].is(found) {
			return nil
		}
	}
	return foreign(stored)
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
	missing, same := map[string][]consume.Key{}, map[connectionID]bool{} // missing by identity
	for found, err := range e.client.Connections.All(ctx, nil) {
		if err != nil {
			return err
		}
		at := connectionID{found.IntegrationID, found.ConnectionID}
		known := stored[at]
		if known.is(found) {
			same[at] = true
		}
		for _, key := range e.keys(at.integration, at.id) {
			if known == nil || !known.models[key.Model] {
				missing[identity(found)] = append(missing[identity(found)], key)
			}
		}
	}
	if len(stored) > 0 && len(same) == 0 {
		return foreign(stored)
	}
	for identity, keys := range missing {
		if err := e.want(ctx, identity, keys...); err != nil {
			return err
		}
	}
	for at := range stored {
		if same[at] {
			continue
		}
		// The job asks for this one by itself, because a list can miss a connection while others are deleted.
		if err := e.changed(ctx, at.integration, at.id, true); err != nil {
			return err
		}
	}
	return nil
}
