package consume

import (
	"cmp"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nango-go/sdk/nango"
)

// NeverStale as [Params.MaxIdle] accepts a cursor of any age. Use it for a server of your own that keeps records.
const NeverStale time.Duration = math.MaxInt64

// defaultMaxIdle is the time after which Nango prunes the data of records.
const defaultMaxIdle = 30 * 24 * time.Hour

// baseVariant is the name of the default variant of a sync.
const baseVariant = "base"

// Params say what a run reads, and how long. Name, Model and Store are required.
type Params struct {
	// Name is the name of your consumer. Two consumers of the same records have two names, and so do two environments
	// of Nango whose cursors are in one store.
	Name string
	// Model is the model's name, as the sync declares it. An unknown model has no records; it is not an error.
	Model string
	// Variant is the sync variant; empty means base.
	Variant string
	// Store keeps the cursor.
	Store Store

	// PageSize is the number of records per request, 1 to 10000; 0 means the server's default, 100.
	PageSize int
	// MaxPages ends the run after so many pages; 0 means no limit. See [Result.ReachedEnd].
	MaxPages int
	// MaxDuration ends the run before the first page that it would begin later than this; 0 means no limit. A page that
	// has begun is processed to its end. Use the context for a hard limit.
	MaxDuration time.Duration
	// MaxIdle is the greatest age of the stored cursor, counted from its last reading; 0 means 30 days. A run with an
	// older one fails with [ErrStale]. [NeverStale] turns this off.
	MaxIdle time.Duration
	// NoReadAhead makes the run request a page only when the page before is processed and its cursor stored. Otherwise
	// [nango.RecordPages] can read the next page in the meantime, in another goroutine; then two pages are in memory.
	NoReadAhead bool

	// OnProgress is called after each page, with the sums since the run began. A [Dispatcher] calls it concurrently for
	// different keys.
	OnProgress func(Progress)
}

// Progress is what a run has done so far.
type Progress struct {
	// Pages is the number of pages that were processed, empty ones included.
	Pages int
	// Records is the number of records that your function has processed, deleted and pruned ones included.
	Records int
	// Deletions is the number of those that are deleted.
	Deletions int
	// Pruned is the number of those that are pruned and not deleted. If you had no copy of such a record, its data is
	// still missing: see [Page].
	Pruned int
	// Elapsed is the time since the run began.
	Elapsed time.Duration
}

// Rate returns the number of records per second.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Records) / p.Elapsed.Seconds()
}

// Result is what a run did. It is valid beside an error too.
type Result struct {
	Progress
	// ReachedEnd reports that the run read the last page that there was. If it is false and there is no error, MaxPages
	// or MaxDuration ended the run: run again to go on.
	ReachedEnd bool
	// Cursor is the last cursor that was stored, or with which the run began. It is empty if there was none. Everything
	// up to it has been processed by this consumer, so [nango.ConnectionHandle.PruneRecords] may prune until there if no
	// other needs the data.
	Cursor string
}

// Key returns the key of a connection's cursor. Use it to look into a store, or to put a cursor there that you have
// stored in another way until now.
func (p Params) Key(h *nango.ConnectionHandle) Key {
	return Key{
		Name: p.Name, IntegrationID: h.IntegrationID(), ConnectionID: h.ConnectionID(),
		Model: p.Model, Variant: cmp.Or(p.Variant, baseVariant),
	}
}

// check refuses invalid parameters. The model's form is package nango's to check.
func (p Params) check() error {
	switch {
	case p.Name == "":
		return argument("Name", "is empty")
	case !utf8.ValidString(p.Name) || strings.ContainsFunc(p.Name, unicode.IsControl):
		return argument("Name", "holds a control character or is not UTF-8")
	case len(p.Name) > 255:
		return argument("Name", "is longer than 255 bytes")
	case p.Model == "":
		return argument("Model", "is empty")
	case p.Store == nil:
		return argument("Store", "is nil")
	case p.PageSize < 0 || p.PageSize > 10000:
		return argument("PageSize", "must be from 1 to 10000")
	case p.MaxPages < 0:
		return argument("MaxPages", "is negative")
	case p.MaxDuration < 0:
		return argument("MaxDuration", "is negative")
	case p.MaxIdle < 0:
		return argument("MaxIdle", "is negative; NeverStale turns it off")
	}
	return nil
}

func argument(name, reason string) error { return &nango.ArgumentError{Name: name, Reason: reason} }
