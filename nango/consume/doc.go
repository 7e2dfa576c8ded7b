// Package consume copies the records of a Nango connection into your own database, and loses none.
//
// [Run] reads the records from where the last run stopped. It gives them to your function page by page, and stores a
// cursor after each page that your function has processed:
//
//	result, err := consume.Run(ctx, client.Connection("github", "acme"), consume.Params{
//		Name:  "tracker",
//		Model: "Issue",
//		Store: store,
//	}, func(ctx context.Context, page *consume.Page[Issue]) error {
//		… // write page.Changed, delete page.Deleted, keep what you have of page.Pruned
//	})
//
// The cursor of a page is stored only after your function has returned nil for it. So each record comes at least once
// and in order, and never is there a gap. After a crash a page can come a second time: your function must be
// repeatable, as "insert or update" and "delete if present" are. If your function stores the cursor in the transaction
// of its rows ([Page.Save]), nothing comes twice.
//
// # Stores
//
// A [Store] keeps the cursors: [MemoryStore] for tests, [FileStore] for a single machine, and package sqlcursor for a
// database, in the transaction of your rows.
//
// # Two runs at the same time
//
// A cursor is stored only if it is still the one from which the run began to read. If two runs of the same [Key] race,
// one of them fails with [ErrConflict]. This is normal: the other run has done the work. Run again later.
//
// A run that stores its cursor in the transaction of its rows leaves nothing behind when it loses the race. A run that
// does not can have written rows before it loses, and these can be older than what the winner wrote in the meantime. So
// make sure that only one such run of a key is active: a [Dispatcher] does it for one process. Or let your statement
// keep the row whose [nango.RecordMetadata] has the later LastModifiedAt.
//
// # What Nango forgets
//
// Nango forgets, and says nothing when an old cursor comes back:
//   - It prunes the data of a record 30 days after its last change. The record itself stays: see [Page].
//   - It deletes all records of a sync that has not run for 60 days.
//   - A trigger with EmptyCache ([nango.TriggerSyncsParams]) and the dashboard delete all records of a sync.
//
// If the sync then runs again, it saves everything anew, so that all that exists at the provider comes after the old
// cursor too. What was deleted at the provider in the meantime does not come: your rows of it stay for ever. So a run
// refuses a cursor that was not read for [Params.MaxIdle], 30 days by default, with [ErrStale]. Each run that reaches
// the end counts as a reading, also if there was nothing new. Let every key run once a day at least, because a sync
// that changes nothing may send no webhook.
//
// A client cannot see that the records were deleted and built anew between two runs. After 60 days of pause, and after
// you empty a cache, call [Restart].
//
// # Start again
//
// [Restart] deletes the cursor, and the next run begins at the oldest record. Records that are gone at Nango do not
// come, not even as deleted ones. To find your rows of them, give each row the number of the reading in which it came:
//
//  1. Increase the number, then call Restart.
//  2. Your function writes the number into each row of Changed, and into the rows that you have of Pruned.
//  3. When a run returns ReachedEnd, delete the rows with a smaller number.
package consume
