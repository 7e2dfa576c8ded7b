// Package ingest copies the records of Nango into PostgreSQL with any number of machines. Webhooks come in on any of them,
// the jobs of River (riverqueue.com) are spread over all of them, and rows come out.
//
//	engine, err := ingest.New(pool, ingest.Params{APIKey: key, SigningKeys: keys, Models: map[string][]string{"github": {"Issue"}}})
//	http.Handle("POST /nango", engine)
//	err = engine.Run(ctx) // until ctx ends and the jobs of this process have stopped
//
// It is an example to copy and change, not a library. What you change first are the statements in rows.go.
//
// # The truth is a row, not a job
//
// The table ingest_keys has a row for each key: name, integration, connection, model and variant. wanted_at grows with each
// event, and saved_at is the wanted_at with which the last whole reading began. A key is due while saved_at is older. A webhook
// changes the row and inserts a job in one transaction. The job takes the row, reads some pages, and writes the rows of each
// page together with the cursor. When it ends, it gives the row back, inserts the next job if the key is still due, and
// completes itself, in one transaction. A job that finds nothing due, or the row taken, ends at once.
//
// So a job may be lost, doubled, late or in the wrong order. A periodic job, the sweep, finds keys that are due and have neither
// a job nor a holder.
//
// # Traps of River that this avoids
//
//   - Unique jobs drop what is inserted while an equal job runs, although that job may have read too early to see it. River does not
//     let you leave the state running out. And after a SIGKILL the dead job blocks its key until it is rescued. So no job is unique.
//   - A job may run for a minute by default (JobTimeout). The worker sets its own, and a slice is much shorter.
//   - A job of a process that was killed stays "running" and is rescued after an hour by default. Here the sweep continues as
//     soon as the lease of the key has ended. The rescued job finds nothing to do.
//   - Periodic jobs, rescues and the jobs that were snoozed or failed need River's leader. If that process is killed, another one
//     takes over after 15 to 21 seconds.
//   - A sleep in a job holds its slot. When Nango's limit is used up, the job is snoozed. A snooze counts no attempt.
//   - A job that failed too often is discarded, and nobody repeats it. Its key is still due, so the sweep begins anew an hour later.
package ingest
