// Package judge sends every request recorded from a real server to a server of package nangotest and compares the answers.
//
//	go test ./test/judge -v                                judges by test/recordings and prints the figures
//	NANGO_RECORDINGS=<folder> go test ./test/judge -v      by another folder, seen from test/judge
//
// Each request goes to a server of its own, in the state that the seed of its area makes: what stands in the recordings about
// the state of the real server, put together once for the whole area. A request that was recorded several times is sent as
// often, to one server, ten seconds apart; its answers are compared as a set, since which came first is not recorded. In areas
// whose state changed as they were recorded, each request comes when it was recorded: see moment.
package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/replay"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/nango/nangotest"
)

// apart is the time between two requests that are the same.
const apart = 10 * time.Second

// whole are the areas in which nothing may differ.
var whole = []string{"connections", "integrations", "records", "metadata", "sync", "action"}

const leastOverall = 0.9

// verdict is what the recordings of an area say of the server.
type verdict struct{ agree, of, items, itemsOf int }

func (v verdict) String() string {
	return fmt.Sprintf("%d/%d\t%.1f%%\t%d/%d", v.agree, v.of, 100*float64(v.agree)/float64(v.of), v.items, v.itemsOf)
}

func TestRecordings(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	exchanges, own := load(t)
	judged := map[string]*verdict{}
	differing := map[string]string{}
	for area, groups := range exchanges {
		judged[area] = &verdict{}
		for _, group := range groups {
			group.judge(t, validator, judged[area], differing)
		}
	}

	total := &verdict{}
	for _, v := range judged {
		total.agree, total.of, total.items, total.itemsOf = total.agree+v.agree, total.of+v.of, total.items+v.items, total.itemsOf+v.itemsOf
	}
	t.Log(table(judged, total, differing))
	assert.GreaterOrEqual(t, float64(total.agree), leastOverall*float64(total.of))
	for _, area := range whole {
		if v := judged[area]; v != nil {
			assert.Equal(t, v.of, v.agree, "nothing may differ in %s", area)
		}
	}
	if own { // another folder may hold what nobody has looked at yet
		assert.Equal(t, slices.Sorted(maps.Keys(reasons)), slices.Sorted(maps.Keys(differing)), "what differs, each with its reason")
	}
}

func table(judged map[string]*verdict, total *verdict, differing map[string]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\narea\tagree\t\titems of validation errors")
	for _, area := range slices.Sorted(maps.Keys(judged)) {
		fmt.Fprintf(w, "%s\t%s\n", area, judged[area])
	}
	fmt.Fprintf(w, "all\t%s\n", total)
	w.Flush()
	for _, name := range slices.Sorted(maps.Keys(differing)) {
		fmt.Fprintf(&b, "differs: %s (%s)\n%s", name, reasons[name], differing[name])
	}
	return b.String()
}

// group are the recordings of one request.
type group struct {
	area      string
	exchanges []*replay.Exchange
}

// load reads the recordings, area by area, and says whether they are this repository's own.
func load(t *testing.T) (areas map[string][]*group, own bool) {
	folder, own, err := replay.Folder()
	require.NoError(t, err)
	exchanges, err := replay.LoadAll(folder)
	require.NoError(t, err)
	require.NotEmpty(t, exchanges)
	areas = map[string][]*group{}
	same := map[string]*group{}
	for _, e := range exchanges {
		area, _, _ := strings.Cut(e.Name, "/")
		request, err := json.Marshal(e.Request)
		require.NoError(t, err)
		key := area + string(request)
		if same[key] == nil {
			same[key] = &group{area: area}
			areas[area] = append(areas[area], same[key])
		}
		same[key].exchanges = append(same[key].exchanges, e)
	}
	return areas, own
}

// facts are what is compared of an answer.
type facts struct {
	status int
	code   string
	keys   string // a line each
}

func (f facts) String() string {
	return fmt.Sprintf("%d %s {%s}", f.status, f.code, strings.ReplaceAll(f.keys, "\n", " "))
}

// judge sends the requests of the group and notes what came of it.
func (g *group) judge(t *testing.T, validator *spectest.Validator, v *verdict, differing map[string]string) {
	srv := nangotest.New()
	defer srv.Close()
	garden := plant(t, srv, g.area)
	if garden.changes {
		slices.SortStableFunc(g.exchanges, func(a, b *replay.Exchange) int { return moment(a).Compare(moment(b)) })
	}
	var recorded, given []facts
	var bodies [][]byte
	for i, e := range g.exchanges {
		if garden.changes {
			srv.Advance(max(0, moment(e).Sub(srv.Now())))
		} else if i > 0 {
			srv.Advance(apart)
		}
		resp, body := send(t, garden, e)
		given = append(given, factsOf(t, validator, e, resp.StatusCode, body))
		bodies = append(bodies, body)
		recorded = append(recorded, factsOf(t, validator, e, e.Response.Status, recordedBody(e)))
		err := validator.Response(e.Request.Method, e.Request.Target, resp.StatusCode, resp.Header, body)
		if !errors.Is(err, spectest.ErrNoOperation) && resp.StatusCode != http.StatusNotModified {
			assert.NoError(t, err, "%s: the document does not describe the answer %s", e.Name, body)
		}
	}
	unmatched := slices.Clone(given)
	for i, want := range recorded {
		v.of++
		found := slices.Index(unmatched, want)
		if found >= 0 {
			unmatched = slices.Delete(unmatched, found, found+1)
			v.agree++
			v.compareItems(t, g.exchanges[i].Name, recordedBody(g.exchanges[i]), bodies[slices.Index(given, want)])
			continue
		}
		differing[g.exchanges[i].Name] = fmt.Sprintf("    recorded %v\n    given    %v\n", want, given)
	}
}

// moment is about when a request was recorded. The limiter's headers say in which minute that was and how many requests came
// in it before, each of which is taken for 300 ms. A request without such headers comes when everything else is over.
func moment(e *replay.Exchange) time.Time {
	header := replay.HeaderOf(e.Response.Header)
	ends, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return began.Add(time.Hour)
	}
	limit, _ := strconv.Atoi(header.Get("X-RateLimit-Limit"))
	remaining, _ := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	if header.Get("Retry-After") != "" && remaining == 0 {
		limit++ // after all that were allowed
	}
	return minute(time.Unix(ends, 0).Add(-time.Minute)).request(float64(limit - remaining))
}

// minute is a minute of the limiter's, by when it began.
type minute time.Time

// request is the time of the nth request of the minute.
func (m minute) request(n float64) time.Time {
	return time.Time(m).Add(time.Duration(n * float64(300*time.Millisecond)))
}

// compareItems counts how many of the recorded lists of validation errors are the same here: code and path of each, in order.
func (v *verdict) compareItems(t *testing.T, name string, recorded, given []byte) {
	want, got := itemsOf(recorded), itemsOf(given)
	if len(want) == 0 {
		return
	}
	v.itemsOf++
	if slices.Equal(want, got) {
		v.items++
		return
	}
	t.Logf("%s: items %q, recorded %q", name, got, want)
}

func itemsOf(body []byte) (items []string) {
	var envelope struct {
		Error struct {
			Errors []struct {
				Code string
				Path []string
			}
		}
	}
	if json.Unmarshal(body, &envelope) != nil {
		return nil
	}
	for _, item := range envelope.Error.Errors {
		items = append(items, item.Code+" "+strings.Join(item.Path, "."))
	}
	return items
}

// factsOf reads an answer. Under a free-form schema, and in a list or map, the keys are not the server's but the customer's; the
// others count, each once. Where the document describes no JSON, all keys count.
func factsOf(t *testing.T, validator *spectest.Validator, e *replay.Exchange, status int, body []byte) facts {
	f := facts{status: status}
	var value any
	if json.Unmarshal(body, &value) != nil {
		return f
	}
	keys, err := validator.Shape(e.Request.Method, e.Request.Target, status, body)
	if errors.Is(err, spectest.ErrNoOperation) || strings.HasPrefix(e.Request.Target, "/proxy") {
		keys = allKeys("", value)
	} else {
		require.NoError(t, err, e.Name)
	}
	slices.Sort(keys)
	f.keys = strings.Join(slices.Compact(keys), "\n")
	if top, ok := value.(map[string]any); ok {
		if failure, ok := top["error"].(map[string]any); ok {
			f.code, _ = failure["code"].(string)
		}
	}
	return f
}

func allKeys(at string, value any) (keys []string) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			keys = append(append(keys, at+"/"+key), allKeys(at+"/"+key, inner)...)
		}
	case []any:
		for _, inner := range value {
			keys = append(keys, allKeys(at+"/[]", inner)...)
		}
	}
	return keys
}

// send makes a recorded request. What the recordings have a placeholder for is filled in. A body that was too large to be recorded is made as long as its Content-Length says.
func send(t *testing.T, garden *garden, e *replay.Exchange) (*http.Response, []byte) {
	body := append([]byte(e.Request.Body), e.Request.BodyBase64...)
	header := replay.HeaderOf(e.Request.Header)
	if n, err := strconv.Atoi(header.Get("Content-Length")); err == nil && len(body) == 0 && n > 0 {
		body = bytes.Repeat([]byte(" "), n)
	}
	header.Del("Content-Length")
	req, err := http.NewRequest(e.Request.Method, "http://nango.test"+e.Request.Target, bytes.NewReader(body))
	require.NoError(t, err, e.Name)
	req.Header = header
	for name, values := range header {
		header[name] = []string{garden.fill(values[0])}
	}
	client := garden.HTTPClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	require.NoError(t, err, e.Name)
	defer resp.Body.Close()
	answered, err := io.ReadAll(resp.Body)
	require.NoError(t, err, e.Name)
	return resp, answered
}

func recordedBody(e *replay.Exchange) []byte {
	return append([]byte(e.Response.Body), e.Response.BodyBase64...)
}
