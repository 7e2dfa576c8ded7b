package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
appends what is new. Nothing is lost or doubled, whatever ends the process, if no other file has these cursors: at the
start the command cuts off a page that was not written to its end. Write nothing else to the file.

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
	flags.StringVar(&f.cursors, "cursors", "", "the directory of the cursors (default: FILE.cursors with --out, otherwise none)")
	flags.StringVar(&f.variant, "variant", "", "the variant of the sync (default: base)")
	flags.IntVar(&f.pageSize, "page-size", 0, "records in a request, 1 to 10000 (default: 100)")
	flags.BoolVar(&f.restart, "restart", false, "empty the file at once and begin at the oldest record again (data that Nango has pruned does not come again)")
	_ = cmd.MarkFlagFilename("out")
	_ = cmd.MarkFlagDirname("cursors")
	return cmd
}

// run exports until the last record that there is now.
func (f *exportFlags) run(cmd *cobra.Command, handle *nango.ConnectionHandle, params consume.Params) error {
	ctx := cmd.Context()
	sink, err := f.open(cmd, handle, &params)
	if err != nil {
		return err
	}
	defer sink.close()
	bar := f.progress(cmd, handle, params)
	params.OnProgress = bar.show
	result, err := consume.Run(ctx, handle, params, sink.write)
	bar.end(result)
	return errors.Join(err, sink.close())
}

// sink is where the records go.
type sink struct {
	out   *bufio.Writer
	close func() error
}

// open opens the file or standard output, and completes params with the store of the cursors.
func (f *exportFlags) open(cmd *cobra.Command, handle *nango.ConnectionHandle, params *consume.Params) (*sink, error) {
	ctx := cmd.Context()
	dir := f.cursors
	if dir == "" && f.out != "" {
		dir = f.out + ".cursors"
	}
	params.Store = new(consume.MemoryStore)
	if dir != "" {
		cursors, err := consume.NewFileStore(dir)
		if err != nil {
			return nil, err
		}
		params.Store = cursors
	}
	if f.out == "" {
		return f.openPipe(ctx, cmd.OutOrStdout(), handle, params)
	}
	file, err := openExport(ctx, f.out, params.Store, params.Key(handle), f.restart)
	if err != nil {
		return nil, err
	}
	if file.cut > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "cut off %d bytes of a page that was not written to its end\n", file.cut)
	}
	params.Store = file
	return &sink{file.out, file.close}, nil
}

func (f *exportFlags) openPipe(ctx context.Context, stdout io.Writer, handle *nango.ConnectionHandle, params *consume.Params) (*sink, error) {
	if f.restart {
		if err := consume.Restart(ctx, handle, *params); err != nil {
			return nil, err
		}
	}
	saved, _, err := params.Store.Load(ctx, params.Key(handle))
	if err != nil {
		return nil, err
	}
	if _, _, ok := splitPosition(saved.Value); ok {
		return nil, fmt.Errorf("the cursors in %s belong to a file: name it with --out, or take another directory", f.cursors)
	}
	pipe := &flushing{params.Store, bufio.NewWriter(stdout)}
	params.Store = pipe
	return &sink{pipe.out, pipe.out.Flush}, nil
}

// flushing is a store that lets the records of a page go before it keeps the cursor behind them.
type flushing struct {
	consume.Store
	out *bufio.Writer
}

func (s *flushing) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	return s.Store.Save(ctx, key, prev, next)
}

// write writes the records of a page. Their order does not matter, since no id comes twice in a page.
func (s *sink) write(_ context.Context, page *consume.Page[json.RawMessage]) error {
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
