package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

func (a *app) records() *cobra.Command {
	return group(&cobra.Command{Use: "records", Short: "Copy synced records"}, a.export())
}

// exportFlags are what the flags of records export say.
type exportFlags struct {
	out, cursors, variant string
	pageSize              int
	restart               bool
}

func (a *app) export() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export <integration>/<connection> <model>",
		Short: "Copy the records of a model as NDJSON",
		Long: `Copy the records of a model as NDJSON: one record in each line, as the server has it, with _nango_metadata.
A record that was deleted has the last_action DELETED there. The last line of an id is the one that counts.

With --out the command appends to a file and keeps the cursor in the directory FILE.cursors, so that the next run
appends what is new. Nothing is lost or doubled, whatever ends the process: the next run first cuts off a page that was
not written to its end. Write nothing else to the file. A file that is not the one of the cursor is refused.

Without --out the records go to standard output: all of them, or with --cursors those that are new. A page can come a
second time there after a crash.`,
		Example: `  nango-go records export github/user-42 Issue --out issues.ndjson
  nango-go records export github/user-42 Issue | jq .title`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := a.load()
			if err != nil {
				return err
			}
			client, err := set.client()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("page-size") && (f.pageSize < 1 || f.pageSize > 10000) {
				return &usageError{fmt.Sprintf("--page-size is %d: it must be from 1 to 10000", f.pageSize)}
			}
			handle, err := connectionOf(client, args[0])
			if err != nil {
				return err
			}
			return f.run(cmd, handle, consume.Params{
				Name:  "nango-go " + strings.TrimRight(set.baseURL(), "/"), // another server would take the cursor for its own
				Model: args[1], Variant: f.variant, PageSize: f.pageSize,
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "out", "o", "", "the file to append to (default: standard output)")
	flags.StringVar(&f.cursors, "cursors", "", "the directory of the cursors for standard output (default: none; with --out it is always FILE.cursors)")
	flags.StringVar(&f.variant, "variant", "", "the variant of the sync (default: base)")
	flags.IntVar(&f.pageSize, "page-size", 0, "records in a request, 1 to 10000 (default: 100)")
	flags.BoolVar(&f.restart, "restart", false, "begin at the oldest record again, and empty the file when the first page is here (data that Nango has pruned does not come again)")
	cmd.MarkFlagsMutuallyExclusive("out", "cursors") // each file has its own
	_ = cmd.MarkFlagFilename("out")
	_ = cmd.MarkFlagDirname("cursors")
	return cmd
}

// run exports until the last record that there is now.
func (f *exportFlags) run(cmd *cobra.Command, handle *nango.ConnectionHandle, params consume.Params) (err error) {
	ctx := cmd.Context()
	sink, err := f.open(cmd, handle, &params)
	if err != nil {
		return err
	}
	defer func() {
		if closing := sink.close(); closing != nil && !errors.Is(err, closing) { // a writer gives its error again
			err = errors.Join(err, closing)
		}
	}()
	bar := f.progress(cmd, handle, params)
	params.OnProgress = bar.show
	result, err := consume.Run(ctx, handle, params, sink.write)
	if err == nil {
		err = sink.begin(ctx) // no page came
	}
	bar.end(result, err)
	if sink.cut > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "cut off %d bytes of a page that was not written to its end\n", sink.cut)
	}
	return whenStopped(ctx, err, f.stopped(result.Pages > 0))
}

// stopped says what holds after Ctrl-C.
func (f *exportFlags) stopped(began bool) string {
	switch {
	case f.out == "" && f.cursors == "":
		return "stopped; the same command begins at the oldest record again"
	case f.restart && began:
		return "stopped; run the command again without --restart to go on"
	}
	return "stopped; run the same command again to go on"
}

// sink is where the records go.
type sink struct {
	out   *bufio.Writer
	begin func(context.Context) error // is called when records come, or when it is known that there are none
	close func() error
	cut   int64 // bytes that begin has cut off
}

// open opens the file or standard output, and completes params with the store of the cursors.
func (f *exportFlags) open(cmd *cobra.Command, handle *nango.ConnectionHandle, params *consume.Params) (*sink, error) {
	if f.out == "" {
		return f.openPipe(cmd, handle, params)
	}
	file, err := openExport(cmd.Context(), f.out, params.Key(handle), f.restart)
	if err != nil {
		return nil, err
	}
	params.Store = file
	s := &sink{out: file.out, close: file.file.Close}
	s.begin = func(ctx context.Context) error {
		err := file.begin(ctx)
		if err == nil && !f.restart {
			s.cut = file.cut
		}
		return err
	}
	return s, nil
}

func (f *exportFlags) openPipe(cmd *cobra.Command, handle *nango.ConnectionHandle, params *consume.Params) (*sink, error) {
	pipe := &pipe{Store: new(consume.MemoryStore), out: bufio.NewWriter(cmd.OutOrStdout()), restart: f.restart}
	params.Store = pipe
	begin := func(ctx context.Context) error { return pipe.begin(ctx, params.Key(handle)) }
	if f.cursors != "" {
		cursors, err := consume.NewFileStore(f.cursors)
		if err != nil {
			return nil, err
		}
		pipe.Store = cursors
		saved, _, err := pipe.Load(cmd.Context(), params.Key(handle))
		if err != nil {
			return nil, err
		}
		if _, ok := parsePosition(saved.Value); ok {
			return nil, fmt.Errorf("the cursors in %s belong to a file: name it with --out, or take another directory", f.cursors)
		}
	}
	return &sink{out: pipe.out, begin: begin, close: pipe.out.Flush}, nil
}

// pipe is a store that lets the records of a page go before it keeps the cursor behind them.
type pipe struct {
	consume.Store
	out     *bufio.Writer
	restart bool // the stored cursor is still to be deleted
}

func (p *pipe) Load(ctx context.Context, key consume.Key) (consume.SavedCursor, bool, error) {
	if p.restart {
		return consume.SavedCursor{}, false, nil
	}
	return p.Store.Load(ctx, key)
}

func (p *pipe) begin(ctx context.Context, key consume.Key) error {
	if !p.restart {
		return nil
	}
	p.restart = false
	return p.Store.Delete(ctx, key)
}

func (p *pipe) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	if err := p.out.Flush(); err != nil {
		return err
	}
	return p.Store.Save(ctx, key, prev, next)
}

// write writes the records of a page. Their order does not matter, since no id comes twice in a page.
func (s *sink) write(ctx context.Context, page *consume.Page[json.RawMessage]) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	for _, record := range slices.Concat(page.Changed, page.Deleted, page.Pruned) {
		data := record.Data
		if len(data) == 0 { // a pruned one
			var err error
			if data, err = withoutData(record); err != nil {
				return err
			}
		}
		if err := writeLine(s.out, data); err != nil {
			return err
		}
	}
	return nil
}

// withoutData returns a record as the server has it when its data is pruned.
func withoutData(record nango.Record[json.RawMessage]) ([]byte, error) {
	m := record.Metadata
	type metadata struct {
		FirstSeenAt    time.Time          `json:"first_seen_at"`
		LastModifiedAt time.Time          `json:"last_modified_at"`
		LastAction     nango.RecordAction `json:"last_action"`
		DeletedAt      *time.Time         `json:"deleted_at"`
		PrunedAt       *time.Time         `json:"pruned_at"`
		Cursor         string             `json:"cursor"`
	}
	return json.Marshal(struct {
		ID       string   `json:"id"`
		Metadata metadata `json:"_nango_metadata"`
	}{record.ID, metadata{m.FirstSeenAt, m.LastModifiedAt, m.LastAction, orNull(m.DeletedAt), orNull(m.PrunedAt), m.Cursor}})
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
