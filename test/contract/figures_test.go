package contract

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
)

// The four figures, each a share of the recorded exchanges:
//
//	accepted  of the requests that the server took (2xx), those that the document takes
//	refused   of the requests that the server refused with validation errors, those that the document refuses
//	answers   of all exchanges, those whose status, content type and body the document describes
//	complete  of the successful JSON answers, those without a key that the document does not name
const (
	accepted = iota
	refused
	responses
	complete
)

var figureNames = [...]string{"accepted", "refused", "answers", "complete"}

// leastRefused is the share that the document must refuse. The rest needs what only the server knows: see notRefusable.
const leastRefused = 0.92

type share struct{ hits, of int }

func (s share) String() string {
	if s.of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d %.1f%%", s.hits, s.of, 100*float64(s.hits)/float64(s.of))
}

// judgement is what the document says to all recordings.
type judgement struct {
	areas   map[string]*[len(figureNames)]share
	total   [len(figureNames)]share
	misses  [len(figureNames)][]string // "name: why"
	passed  map[string]bool            // refused by the server for its form, yet allowed by the document
	stopped map[string]bool            // refused by the server for its form and by the document
	outside []recording                // no operation of the document
}

func TestRecordings(t *testing.T) {
	folder, own := recordingsFolder()
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	judged := judge(t, validator, loadRecordings(t, folder))
	t.Logf("%s\n%s", folder, judged)

	for _, figure := range []int{accepted, responses, complete} {
		assert.Empty(t, judged.misses[figure], "%s must be 100%%", figureNames[figure])
	}
	total := judged.total[refused]
	assert.GreaterOrEqual(t, float64(total.hits), leastRefused*float64(total.of), "refused: %v", judged.misses[refused])
	for name, reason := range notRefusable {
		assert.False(t, judged.stopped[name], "%s is refused after all, so that its reason is wrong: %s", name, reason)
	}
	if own { // other folders may hold exchanges that nobody has looked at yet; they count, but have no reasons here
		for _, outsider := range judged.outside {
			assert.NotEmpty(t, outsideReason(outsider), "%s: %s %s", outsider.Name, outsider.Request.Method, outsider.Request.Target)
		}
		for name := range judged.passed {
			assert.NotEmpty(t, notRefusable[name], "%s is not refused, and no reason is given", name)
		}
	}
}

func judge(t *testing.T, validator *spectest.Validator, recordings []recording) *judgement {
	t.Helper()
	j := &judgement{areas: map[string]*[len(figureNames)]share{}, passed: map[string]bool{}, stopped: map[string]bool{}}
	for _, r := range recordings {
		if _, err := validator.Operation(r.Request.Method, r.Request.Target); errors.Is(err, spectest.ErrNoOperation) {
			j.outside = append(j.outside, r)
			continue
		}
		j.request(r, validator.Request(r.Request.Method, r.Request.Target, r.Request.Header, []byte(r.Request.Body)))
		j.count(responses, r, validator.Response(r.Request.Method, r.Request.Target, r.Response.Status, r.Response.Header, []byte(r.Response.Body)))
		if r.taken() && r.hasJSON() {
			unnamed, err := validator.UnnamedKeys(r.Request.Method, r.Request.Target, r.Response.Status, []byte(r.Response.Body))
			require.NoError(t, err, r.Name)
			if len(unnamed) > 0 {
				err = fmt.Errorf("not named: %v", unnamed)
			}
			j.count(complete, r, err)
		}
	}
	return j
}

// request counts what the document says to a request beside what the server said.
func (j *judgement) request(r recording, err error) {
	switch {
	case r.taken():
		j.count(accepted, r, err)
	case r.failedValidation() && err != nil:
		j.stopped[r.Name] = true
		j.count(refused, r, nil)
	case r.failedValidation():
		j.passed[r.Name] = true
		j.count(refused, r, errors.New("the document allows it"))
	}
}

func (j *judgement) count(figure int, r recording, err error) {
	if j.areas[r.Area()] == nil {
		j.areas[r.Area()] = new([len(figureNames)]share)
	}
	for _, s := range []*share{&j.areas[r.Area()][figure], &j.total[figure]} {
		s.of++
		if err == nil {
			s.hits++
		}
	}
	if err != nil {
		j.misses[figure] = append(j.misses[figure], fmt.Sprintf("%s: %v", r.Name, err))
	}
}

// String is the table of the figures by area, and what lies outside the document.
func (j *judgement) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name string, shares [len(figureNames)]share) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, shares[accepted], shares[refused], shares[responses], shares[complete])
	}
	fmt.Fprintf(w, "area\t%s\n", strings.Join(figureNames[:], "\t"))
	for _, area := range slices.Sorted(maps.Keys(j.areas)) {
		row(area, *j.areas[area])
	}
	row("all", j.total)
	w.Flush()
	fmt.Fprintln(&b, declaredFigure())
	for _, r := range j.outside {
		fmt.Fprintf(&b, "outside the document: %s (%s)\n", r.Name, outsideReason(r))
	}
	for _, name := range slices.Sorted(maps.Keys(j.passed)) {
		fmt.Fprintf(&b, "not refused: %s (%s)\n", name, notRefusable[name])
	}
	return b.String()
}
