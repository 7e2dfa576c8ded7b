package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nango-go/sdk/internal/pgserver"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// pageLatency is what the network and a real server add to a page when the rates are measured.
const pageLatency = 100 * time.Millisecond

// rate measures a first import by some workers, without any disturbance.
func (p plan) rate(ctx context.Context, postgres *pgserver.Server, workers int) (err error) {
	w := newWorld(p)
	defer w.shut()
	w.latency = pageLatency
	url, err := newDatabase(ctx, postgres, fmt.Sprint("rate", workers))
	if err != nil {
		return err
	}
	db, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	c := &crew{world: w, database: url}
	defer func() { err = errors.Join(err, c.stop()) }()
	for range workers {
		if err := c.start(ctx); err != nil {
			return err
		}
	}
	var began time.Time
	err = await(ctx, p.settle, func() (string, error) {
		var keys int
		var saved bool
		err := db.QueryRow(ctx, `SELECT count(*), coalesce(bool_and(saved_at >= wanted_at), false) FROM ingest_keys`).Scan(&keys, &saved)
		if keys > 0 && began.IsZero() {
			began = time.Now()
		}
		if keys < p.connections || !saved {
			return "the first import has not ended", err
		}
		return "", err
	})
	took := time.Since(began)
	if err != nil {
		return err
	}
	difference, err := w.difference(ctx, db)
	if err == nil && difference != "" {
		err = errors.New(difference)
	}
	fmt.Fprintf(p.out, "worker processes: %d, records a second: %.0f (%d records; each page of 100 takes %s more than from the server in memory)\n",
		workers, float64(p.connections*p.records)/took.Seconds(), p.connections*p.records, pageLatency)
	return err
}

// proof is a proof that runs.
type proof struct {
	plan
	*world
	*crew
	db *pgxpool.Pool

	sent, dropped, doubled, undelivered atomic.Int64
	late, recovering                    sync.WaitGroup

	times      sync.Mutex
	recoveries []time.Duration

	accidents []string // that happened
}

// prove lets everything go wrong for a while, and then compares.
func (p plan) prove(ctx context.Context, postgres *pgserver.Server) (err error) {
	w := newWorld(p)
	defer w.shut()
	w.latency = 30 * time.Millisecond
	url, err := newDatabase(ctx, postgres, "proof")
	if err != nil {
		return err
	}
	db, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(ctx, journal); err != nil {
		return err
	}
	r := &proof{plan: p, world: w, crew: &crew{world: w, database: url}, db: db}
	defer func() { err = errors.Join(err, r.stop()) }()
	for range p.workers {
		if err := r.start(ctx); err != nil {
			return err
		}
	}
	began := time.Now()
	var group sync.WaitGroup
	chaos, end := context.WithTimeout(ctx, p.chaos)
	defer end()
	failed := make(chan error, 2)
	group.Go(func() { r.changes(chaos, ctx) })
	group.Go(func() { failed <- r.kills(chaos, ctx) })
	group.Go(func() { failed <- r.cause(chaos, ctx, postgres) })
	group.Wait()
	if err := errors.Join(<-failed, <-failed); err != nil {
		return err
	}
	r.late.Wait()
	quiet := time.Now()
	if err := await(ctx, p.settle, func() (string, error) { return w.difference(ctx, db) }); err != nil {
		var failures string
		_ = db.QueryRow(ctx, `SELECT coalesce(string_agg(DISTINCT failure, '; '), '') FROM ingest_keys`).Scan(&failures)
		return fmt.Errorf("the rows are not the records of the server %w; the failures of the keys: %s", err, failures)
	}
	settled := time.Since(quiet)
	r.recovering.Wait()
	return r.report(ctx, time.Since(began), settled)
}

// report prints what happened.
func (r *proof) report(ctx context.Context, took, settled time.Duration) error {
	var pages, rows int
	err := r.db.QueryRow(ctx, `SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM ingest_records)`).Scan(&pages, &rows)
	if err != nil {
		return err
	}
	if r.refused.Load() == 0 {
		return errors.New("no request met the storm of 429, so it proves nothing")
	}
	fmt.Fprintf(r.out, "%d kills, %s, %d requests refused with 429\n", r.plan.kills, strings.Join(r.accidents, ", "), r.refused.Load())
	fmt.Fprintf(r.out, "%d webhooks: %d dropped, %d doubled; %d deliveries that no process accepted in three attempts\n",
		r.sent.Load(), r.dropped.Load(), r.doubled.Load(), r.undelivered.Load())
	fmt.Fprintf(r.out, "rows that differ: 0 of %d, after %.1f s, %.1f s after the last change; pages that were committed twice: 0 of %d\n",
		rows, took.Seconds(), settled.Seconds(), pages)
	r.times.Lock()
	defer r.times.Unlock()
	if n := len(r.recoveries); n > 0 {
		slices.Sort(r.recoveries)
		fmt.Fprintf(r.out, "keys of a killed process were read on after %.1f s (median of %d), %.1f s at most (the lease is %s)\n",
			r.recoveries[n/2].Seconds(), n, r.recoveries[n-1].Seconds(), lease)
	}
	return nil
}

// changes changes records and tells about it, as the syncs of Nango do.
func (r *proof) changes(chaos, ctx context.Context) {
	for pause(chaos, 20*time.Millisecond) {
		name := r.change()
		r.send(ctx, &webhook.SyncEvent{
			Success: true, IntegrationID: integration, ConnectionID: name, SyncName: "issues", SyncVariant: "base", Model: model,
			Results: &webhook.SyncResults{Updated: 1},
		})
	}
}

// send delivers an event, or does not, or does it twice, and late, so that events overtake each other.
func (r *proof) send(ctx context.Context, event any) {
	r.sent.Add(1)
	copies := 1
	switch n := rand.IntN(10); {
	case n < 2:
		r.dropped.Add(1)
		return
	case n < 4:
		r.doubled.Add(1)
		copies = 2
	}
	for range copies {
		r.late.Go(func() {
			if rand.IntN(3) == 0 && !pause(ctx, rand.N(2*time.Second)) {
				return
			}
			if !r.deliver(ctx, event) {
				r.undelivered.Add(1)
			}
		})
	}
}

// kills kills processes at random times, and starts another one for each.
func (r *proof) kills(chaos, ctx context.Context) error {
	between := r.plan.chaos / time.Duration(r.plan.kills+1)
	for range r.plan.kills {
		if !pause(ctx, rand.N(2*between)) {
			return ctx.Err()
		}
		// A process that is in the middle of something, if there is one.
		var holder string
		_ = r.db.QueryRow(ctx, `SELECT taken_by FROM ingest_keys WHERE taken_until > clock_timestamp() ORDER BY random() LIMIT 1`).Scan(&holder)
		victim, err := r.kill(holder)
		if err != nil {
			return err
		}
		r.recovering.Go(func() { r.recovery(ctx, victim, time.Now()) })
		if err := r.start(ctx); err != nil {
			return err
		}
	}
	<-chaos.Done()
	return ctx.Err()
}

// recovery measures how long it takes until another process reads on with each key that a killed one had.
func (r *proof) recovery(ctx context.Context, victim string, killed time.Time) {
	orphaned := false
	err := await(ctx, r.settle, func() (string, error) {
		var orphans int
		err := r.db.QueryRow(ctx, `SELECT count(*) FROM ingest_keys WHERE taken_by LIKE $1`, victim+"/%").Scan(&orphans)
		if err == nil && orphans == 0 {
			return "", nil
		}
		orphaned = orphaned || err == nil
		return "keys of a killed process are still taken", err
	})
	if err == nil && orphaned {
		took := time.Since(killed)
		r.times.Lock()
		defer r.times.Unlock()
		r.recoveries = append(r.recoveries, took)
	}
}

// cause causes accidents, one after the other: a storm of 429, a restart of the database, a connection that is deleted and a new
// one, and prunes. None is left out.
func (r *proof) cause(chaos, ctx context.Context, postgres *pgserver.Server) error {
	for _, accident := range []struct {
		name  string
		cause func() error
	}{
		{"a storm of 429", func() error { r.storm.Store(armed); return nil }},
		{"a restart of the database", func() error { return postgres.Restart(3) }},
		{"a deleted connection", func() error {
			r.remove("customer-001")
			event := webhooktest.AuthDeletion()
			event.IntegrationID, event.ConnectionID = integration, "customer-001"
			return r.deliverSurely(ctx, event)
		}},
		{"a new connection", func() error {
			r.add("customer-new")
			event := webhooktest.AuthCreation()
			event.IntegrationID, event.ConnectionID, event.Provider = integration, "customer-new", "unauthenticated"
			return r.deliverSurely(ctx, event)
		}},
		{"pruned connections", func() error {
			return await(ctx, r.settle, func() (string, error) { return r.pruneSome(ctx) })
		}},
	} {
		if !pause(ctx, r.plan.chaos/6) {
			return ctx.Err()
		}
		if err := accident.cause(); err != nil {
			return fmt.Errorf("%s: %w", accident.name, err)
		}
		r.accidents = append(r.accidents, accident.name)
	}
	<-chaos.Done()
	return ctx.Err()
}

// deliverSurely delivers an event, however long no process takes it.
func (r *proof) deliverSurely(ctx context.Context, event any) error {
	return await(ctx, r.settle, func() (string, error) {
		if !r.deliver(ctx, event) {
			return "no process takes a webhook", nil
		}
		return "", nil
	})
}

// pruneSome prunes what is copied of some connections, and says what is missing if there is none.
func (r *proof) pruneSome(ctx context.Context) (missing string, err error) {
	missing = "nothing to prune is copied yet"
	for n := 2; n <= r.plan.connections; n += 3 {
		name, cursor := fmt.Sprintf("customer-%03d", n), ""
		err := r.db.QueryRow(ctx, `SELECT coalesce(max(cursor_value), '') FROM ingest_keys WHERE connection_id = $1`, name).Scan(&cursor)
		if err == nil && cursor != "" {
			missing, err = "", r.prune(ctx, name, cursor)
		}
		if err != nil {
			return missing, err
		}
	}
	return missing, nil
}
