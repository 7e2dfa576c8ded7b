package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/nango-go/sdk/nango"
)

// connectionArgs are the arguments of a job that brings the keys of a connection in line with what Nango has.
type connectionArgs struct {
	IntegrationID string `json:"integration_id"`
	ConnectionID  string `json:"connection_id"`
	// Gone says that an event or a comparison has found it deleted, or made again.
	Gone bool `json:"gone"`
}

// Kind implements [river.JobArgs].
func (connectionArgs) Kind() string { return "nango_connection" }

const isConnection = `(name, integration_id, connection_id) = ($1, $2, $3)`

// storedIdentity is the identity of the keys of a connection, empty if it is not known yet. Keys that differ have none of Nango's.
const storedIdentity = `CASE count(DISTINCT nullif(identity, '')) WHEN 0 THEN '' WHEN 1 THEN max(identity) ELSE 'several' END`

// identity is what tells a connection from a later one with the same ids, or from one of another environment. The time has no
// fraction of a second, so that a server that shows more or fewer digits of it changes no identity.
func identity(found *nango.ConnectionSummary) string {
	return fmt.Sprintf("%d %s", found.InternalID, found.CreatedAt.UTC().Format(time.RFC3339))
}

// ask asks Nango for the identity of a connection. It is empty if there is no such connection.
func (e *Engine) ask(ctx context.Context, integrationID, connectionID string) (string, error) {
	for found, err := range e.client.Connections.All(ctx, &nango.ListConnectionsParams{ConnectionID: connectionID}) {
		if err != nil {
			return "", err
		}
		if found.IntegrationID == integrationID && found.ConnectionID == connectionID {
			return identity(found), nil
		}
	}
	return "", nil
}

// connectionWorker imports a connection that was made, deletes everything of one that was deleted, and does both if one was
// deleted and made again. An event is only a hint, since it can be forged. So the job asks the API, which costs one request.
type connectionWorker struct {
	river.WorkerDefaults[connectionArgs]
	e *Engine
}

// Timeout implements [river.Worker].
func (*connectionWorker) Timeout(*river.Job[connectionArgs]) time.Duration { return longTimeout }

// Work implements [river.Worker].
func (w *connectionWorker) Work(ctx context.Context, job *river.Job[connectionArgs]) error {
	err := w.e.align(ctx, job.Args)
	if errors.Is(err, errUnconfirmed) && job.Attempt >= 4 {
		return nil // after seven seconds the API still knows better
	}
	return w.e.lasting(ctx, job.JobRow, err)
}

// errUnconfirmed: the API lists connections from a replica of its database, which can be a little behind an event.
var errUnconfirmed = errors.New("ingest: the API does not confirm what the event says about the connection")

// align is the one place that deletes rows of a connection because of what the API says.
func (e *Engine) align(ctx context.Context, c connectionArgs) error {
	var keys int
	var stored string
	err := e.pool.QueryRow(ctx, `SELECT count(*), `+storedIdentity+` FROM ingest_keys WHERE `+isConnection,
		e.params.Name, c.IntegrationID, c.ConnectionID).Scan(&keys, &stored)
	if err != nil || c.Gone && keys == 0 {
		return err
	}
	if err := e.limit.check(); err != nil {
		return err
	}
	found, err := e.ask(ctx, c.IntegrationID, c.ConnectionID)
	switch {
	case err != nil:
		return err
	case found == "" && c.Gone:
		_, err := e.offBoard(ctx, c, &stored)
		return err
	case found == "", c.Gone && stored == found:
		return errUnconfirmed
	case stored != "" && stored != found: // made again, unless the API key is that of another environment
		if !c.Gone {
			if err := e.check(ctx); err != nil {
				return err
			}
		}
		if _, err := e.clear(ctx, c, &stored, found); err != nil {
			return err
		}
	}
	return e.want(ctx, found, true, e.keys(c.IntegrationID, c.ConnectionID)...)
}

// OffBoard deletes the rows, the cursors and the jobs of a connection, without a request to Nango. If Nango still has the
// connection, the next comparison imports it again. It is an error if there is nothing of the connection.
//
// A late webhook adds the key again. Its job finds that Nango does not know the connection, and the next comparison deletes
// the key.
func (e *Engine) OffBoard(ctx context.Context, integrationID, connectionID string) error {
	keys, err := e.offBoard(ctx, connectionArgs{IntegrationID: integrationID, ConnectionID: connectionID}, nil)
	if err == nil && keys == 0 {
		return fmt.Errorf("ingest: there is no key of the connection %q of %q", connectionID, integrationID)
	}
	return err
}

func (e *Engine) offBoard(ctx context.Context, c connectionArgs, was *string) (cleared int, err error) {
	keys, err := e.clear(ctx, c, was, "")
	if err != nil {
		return 0, err
	}
	for _, key := range keys { // one that an event has changed since can be of a connection that was made again
		if _, err := e.pool.Exec(ctx, `DELETE FROM ingest_keys WHERE id = $1 AND reading = $2 AND wanted_at = $3 AND identity = ''`,
			key.id, key.reading, key.wantedAt); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

// cleared is a key as clear has left it.
type cleared struct {
	id       int64
	reading  int
	wantedAt time.Time
}

// clear lets the keys of a connection begin anew with another identity, and deletes their rows and jobs. If was is not nil, it
// leaves out keys that have another identity by now. The keys come first and by themselves: slices that run save nothing more,
// and no webhook waits for the rows.
func (e *Engine) clear(ctx context.Context, c connectionArgs, was *string, identity string) (keys []cleared, err error) {
	err = pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `UPDATE ingest_keys SET identity = $4, failure = '', `+anew+` WHERE `+isConnection+`
			AND ($5::text IS NULL OR $5 = 'several' OR identity IN ('', $5)) RETURNING id, reading, wanted_at`,
			e.params.Name, c.IntegrationID, c.ConnectionID, identity, was)
		if err != nil {
			return err
		}
		var key cleared
		_, err = pgx.ForEachRow(rows, []any{&key.id, &key.reading, &key.wantedAt}, func() error {
			keys = append(keys, key)
			return nil
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		// Jobs that have ended too, since their errors can tell something about records. The columns of River's table are no API:
		// see its changelog.
		_, err = tx.Exec(ctx, `DELETE FROM river_job WHERE kind = $1 AND state <> 'running' AND args @> $2`, SliceArgs{}.Kind(),
			map[string]string{"name": e.params.Name, "integration_id": c.IntegrationID, "connection_id": c.ConnectionID})
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if err := e.leftovers(ctx, key.id, key.reading); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// Restart lets the keys of a connection begin at their oldest records, with the next sweep. Rows that do not come again are
// deleted when everything is read. Call it when a sync did not run for 60 days, or when you emptied its cache: Nango deletes
// all its records then, without a trace. Let the sync run before, or there is nothing to read. An empty model means all models.
func (e *Engine) Restart(ctx context.Context, integrationID, connectionID, model string) error {
	tag, err := e.pool.Exec(ctx, `UPDATE ingest_keys SET `+anew+` WHERE `+isConnection+` AND $4 IN ('', model)`,
		e.params.Name, integrationID, connectionID, model)
	if err == nil && tag.RowsAffected() == 0 {
		return fmt.Errorf("ingest: there is no key of the connection %q of %q and the model %q", connectionID, integrationID, model)
	}
	return err
}
