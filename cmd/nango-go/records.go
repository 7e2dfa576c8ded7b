package main

import (
	"bufio"
	"bytes"
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
appends what is new. Nothing is lost or doubled, whatever ends the process: if a page was not written to its end, the
next run moves what there is of it into another file, and reads the page again. So write nothing else to the file. A
file that is not the one of the cursor is refused. The directory of the file must exist.

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
			if err := f.checkTarget(); err != nil {
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
	flags.StringVarP(&f.out, "out", "o", "", "the file to append to (default, and for -: standard output)")
	flags.StringVar(&f.cursors, "cursors", "", "the directory of the cursors for standard output (default: none)")
	flags.StringVar(&f.variant, "variant", "", "the variant of the sync (default: base)")
	flags.IntVar(&f.pageSize, "page-size", 0, "records in a request, 1 to 10000 (default: 100)")
	flags.BoolVar(&f.restart, "restart", false, "begin at the oldest record again, and give the old file another name (data that Nango has pruned does not come again)")
	_ = cmd.MarkFlagFilename("out")
	_ = cmd.MarkFlagDirname("cursors")
	return cmd
}

// checkTarget checks where the records go.
func (f *exportFlags) checkTarget() error {
	if f.out == "-" { // as of other programs
		f.out = ""
	}
	switch {
	case f.out != "" && f.cursors != "":
		return &usageError{"--cursors is for standard output; a file has its cursors in FILE.cursors"}
	case f.restart && f.out == "" && f.cursors == "":
		return &usageError{"--restart needs --out or --cursors; without them the command always begins at the oldest record"}
	}
	return nil
}

// run exports until the last record that there is now.
func (f *exportFlags) run(cmd *cobra.Command, handle *nango.ConnectionHandle, params consume.Params) error {
	ctx := cmd.Context()
	s, err := f.open(cmd, params.Key(handle))
	if err != nil {
		return err
	}
	params.Store = s
	bar := f.progress(cmd, handle, params)
	params.OnProgress = bar.show
	result, err := consume.Run(ctx, handle, params, writeTo(s))
	if failed := s.end(ctx, err); failed != nil && !errors.Is(err, failed) { // a writer gives its error again
		err = errors.Join(err, failed)
	}
	bar.end(result, err)
	if file, ok := s.(*exportFile); ok && file.note != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), plain(file.note))
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

// sink is where the records go, and the store of the cursor behind them.
type sink interface {
	consume.Store
	writer() *bufio.Writer
	begin(context.Context) error      // when records come, before they are written; called again it does nothing
	end(context.Context, error) error // after the run, which has failed or not
}

func (f *exportFlags) open(cmd *cobra.Command, key consume.Key) (sink, error) {
	if f.out != "" {
		return openExport(cmd.Context(), f.out, key, f.restart)
	}
	p := &pipe{Store: new(consume.MemoryStore), key: key, out: bufio.NewWriter(cmd.OutOrStdout()), restart: f.restart}
	if f.cursors == "" {
		return p, nil
	}
	cursors, err := consume.NewFileStore(f.cursors)
	if err != nil {
		return nil, err
	}
	p.Store = cursors
	if _, found, _ := cursors.Load(cmd.Context(), slot); found {
		return nil, fmt.Errorf("the cursors in %s belong to a file: name it with --out, or take another directory", f.cursors)
	}
	if _, _, err := cursors.Load(cmd.Context(), key); err != nil && !f.restart {
		return nil, err
	}
	return p, nil
}

// pipe is a store that lets the records of a page go to standard output before it keeps the cursor behind them.
type pipe struct {
	consume.Store
	key     consume.Key
	out     *bufio.Writer
	restart bool // the stored cursor is still to be deleted
}

func (p *pipe) writer() *bufio.Writer { return p.out }

func (p *pipe) Load(ctx context.Context, key consume.Key) (consume.SavedCursor, bool, error) {
	if p.restart {
		return consume.SavedCursor{}, false, nil
	}
	return p.Store.Load(ctx, key)
}

func (p *pipe) begin(ctx context.Context) error {
	if !p.restart {
		return nil
	}
	p.restart = false
	return p.Store.Delete(ctx, p.key)
}

func (p *pipe) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	if err := p.out.Flush(); err != nil {
		return err
	}
	return p.Store.Save(ctx, key, prev, next)
}

func (p *pipe) end(context.Context, error) error { return p.out.Flush() }

// writeTo returns what writes the records of a page. Their order does not matter, since no id comes twice in a page.
func writeTo(s sink) func(context.Context, *consume.Page[json.RawMessage]) error {
	return func(ctx context.Context, page *consume.Page[json.RawMessage]) error {
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
			if err := writeLine(s.writer(), data); err != nil {
				return err
			}
		}
		return nil
	}
}

// withoutData returns a record as the server has it when its data is pruned.
func withoutData(record nango.Record[json.RawMessage]) ([]byte, error) {
	m := record.Metadata
	type metadata struct {
		FirstSeenAt    *string            `json:"first_seen_at"`
		LastModifiedAt *string            `json:"last_modified_at"`
		LastAction     nango.RecordAction `json:"last_action"`
		DeletedAt      *string            `json:"deleted_at"`
		PrunedAt       *string            `json:"pruned_at"`
		Cursor         string             `json:"cursor"`
	}
	return json.Marshal(struct {
		ID       string   `json:"id"`
		Metadata metadata `json:"_nango_metadata"`
	}{record.ID, metadata{timeOf(m.FirstSeenAt), timeOf(m.LastModifiedAt), m.LastAction, timeOf(m.DeletedAt), timeOf(m.PrunedAt), m.Cursor}})
}

// timeOf writes a time as the server does, which never ends with Z. It is nil for null.
func timeOf(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.999999999-07:00")
	return &text
}

// writeLine writes JSON without the line ends that it may have.
func writeLine(out *bufio.Writer, data json.RawMessage) error {
	if bytes.ContainsAny(data, "\r\n") {
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			return err
		}
		data = line.Bytes()
	}
	_, _ = out.Write(data) // the writer keeps its error
	return out.WriteByte('\n')
}
