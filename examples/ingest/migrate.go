package ingest

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// latest is the number of the newest file in migrations.
const latest = 1

// migrationLock is the advisory lock that lets one machine migrate at a time. The number is any that nothing else uses.
const migrationLock = 7_264_611_021

// Migrate brings the tables of River and those of this package up to date. It can run on several machines at once, and
// changes nothing if there is nothing to do. Run it before the new version of the program starts. The workers of the
// version before keep running meanwhile, so a migration may only add: remove a column one release after the last code that
// reads it. The database must be PostgreSQL itself: behind PgBouncer in transaction mode, the lock is lost.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	// A connection besides the pool, which can have a single one: River needs that. The lock ends with the connection.
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return err
	}

	river, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("ingest: migrate the tables of River: %w", err)
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS ingest_migrations (version integer PRIMARY KEY)"); err != nil {
		return err
	}
	var version int
	if err := conn.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM ingest_migrations").Scan(&version); err != nil {
		return err
	}
	for version++; version <= latest; version++ {
		statements, err := migrations.ReadFile(fmt.Sprintf("migrations/%03d.sql", version))
		if err != nil {
			return err
		}
		// A text of several statements is one transaction.
		if _, err := conn.Exec(ctx, fmt.Sprintf("%s; INSERT INTO ingest_migrations VALUES (%d)", statements, version)); err != nil {
			return fmt.Errorf("ingest: migration %d: %w", version, err)
		}
	}
	return nil
}
