// Package sqlcursor keeps the cursors of package consume in an SQL database, in the transaction of your rows. It needs
// the standard library only, and works with each driver of database/sql for a database that knows INSERT … ON CONFLICT:
// PostgreSQL, SQLite, CockroachDB and others. It is tested with PostgreSQL (pgx) and SQLite (modernc.org/sqlite).
//
//	cursors, err := sqlcursor.New(db, sqlcursor.Params{Placeholders: sqlcursor.Dollar})
//	result, err := consume.Run(ctx, connection, consume.Params{Name: "tracker", Model: "Issue", Store: cursors},
//		func(ctx context.Context, page *consume.Page[Issue]) error {
//			tx, err := db.BeginTx(ctx, nil)
//			if err != nil {
//				return err
//			}
//			defer tx.Rollback()
//			if err := page.Save(ctx, cursors.With(tx)); err != nil {
//				return err
//			}
//			… // write the rows with tx
//			return tx.Commit()
//		})
//
// Create the table in your migrations, with the statement of [Store.Schema].
//
// # SQLite
//
// Open the database with a busy timeout and with transactions that begin with the lock for writing. Otherwise two
// transactions that read before they write make one of them fail with "database is locked". With modernc.org/sqlite:
//
//	sql.Open("sqlite", "file:data.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate")
package sqlcursor
