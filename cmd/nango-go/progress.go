package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// progress tells how far an export is, on standard error: as a bar on a terminal, otherwise in lines.
type progress struct {
	errs  io.Writer
	bar   *progressbar.ProgressBar // nil for lines
	total int64                    // of the bar, -1 if it is not known
	last  time.Duration            // when the last line was written
}

// pause is the time between two lines.
const pause = 10 * time.Second

// progress returns the progress of an export. Records on the same terminal would break a bar.
func (f *exportFlags) progress(cmd *cobra.Command, handle *nango.ConnectionHandle, params consume.Params) *progress {
	p := &progress{errs: cmd.ErrOrStderr(), total: -1}
	if !isTerminal(p.errs) || f.out == "" && isTerminal(cmd.OutOrStdout()) {
		return p
	}
	if _, resumed, err := params.Store.Load(cmd.Context(), params.Key(handle)); err == nil && !resumed {
		p.total = countOf(cmd.Context(), handle, params)
	}
	p.bar = progressbar.NewOptions64(p.total, progressbar.OptionSetWriter(p.errs), progressbar.OptionSetDescription(plain(params.Model)),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSpinnerType(14), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true))
	return p
}

// countOf asks how many records a model has, for the length of the bar. It is -1 if the server does not say, such as to a key that
// lacks the scope.
func countOf(ctx context.Context, handle *nango.ConnectionHandle, params consume.Params) int64 {
	statuses, err := handle.SyncStatus(ctx, nango.AllSyncs())
	if err != nil {
		return -1
	}
	for _, status := range statuses {
		if count, ok := status.RecordCount[params.Model]; ok && status.Variant == cmp.Or(params.Variant, "base") && count > 0 {
			return count
		}
	}
	return -1
}

// show is called after each page.
func (p *progress) show(sum consume.Progress) {
	if p.bar != nil {
		if count := int64(sum.Records); p.total >= 0 && count > p.total { // there are new ones since
			p.total = count
			p.bar.ChangeMax64(count)
		}
		_ = p.bar.Set(sum.Records)
		return
	}
	if sum.Elapsed-p.last >= pause {
		p.last = sum.Elapsed
		p.line(sum)
	}
}

// end says what came of it, also if it failed after some pages.
func (p *progress) end(result consume.Result, err error) {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
	if err == nil || result.Pages > 0 {
		p.line(result.Progress)
	}
}

func (p *progress) line(sum consume.Progress) {
	fmt.Fprintf(p.errs, "%d records (%d deleted, %d pruned) in %s, %.0f per second\n",
		sum.Records, sum.Deletions, sum.Pruned, sum.Elapsed.Round(time.Millisecond), sum.Rate())
}
