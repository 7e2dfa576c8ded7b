// Package judge sends every request recorded from a real server to a server of package nangotest and compares the responses.
//
//	go test ./test/judge -v                                judges by test/recordings and prints the figures
//	NANGO_RECORDINGS=<folder> go test ./test/judge -v      by another folder, seen from test/judge
//
// The state of the server comes from a seed, one for each area, put together from what stands in its recordings about the state of
// the real server. That changed while it was recorded, so that a seed has stages; when in them a request was recorded, the
// recording does not say. Each request therefore goes to a server of its own in each stage of its area, as often as it was
// recorded, ten seconds apart. A response agrees if the server gave it in one of them.
package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/test/recordings"
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
	if testing.Short() {
		return // it takes long
	}
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	exchanges, own := load(t, validator)
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
	area       string
	recordings []*recordings.Exchange
}

// unreached asks a server which operations it leaves out, since no method of package nango calls them.
func unreached(t *testing.T) map[string]bool {
	srv := nangotest.New()
	defer srv.Close()
	srv.SetRelease(nangotest.RecordedRelease)
	left := map[string]bool{}
	for _, op := range gen.Operations {
		req := httptest.NewRequest(op.Method, parameter.ReplaceAllString(op.Path, "x"), nil)
		recorder := httptest.NewRecorder()
		srv.ServeHTTP(recorder, req)
		left[string(op.ID)] = recorder.Code == http.StatusNotImplemented
	}
	return left
}

var parameter = regexp.MustCompile(`{\w+}`)

// leftOut are routes that the document leaves out: made for a customer of long ago, and for the server's own sandboxes.
var leftOut = regexp.MustCompile(`^/config/|^/functions/(dryruns|deployments)/[^/]+/result$`)

// load reads the recordings of the operations that the server has, area by area, and says whether they are this repository's own.
func load(t *testing.T, validator *spectest.Validator) (areas map[string][]*group, own bool) {
	without := unreached(t)
	folder := os.Getenv("NANGO_RECORDINGS")
	all, err := recordings.All(folder)
	require.NoError(t, err)
	areas = map[string][]*group{}
	same := map[string]*group{}
	for _, r := range all {
		op, err := validator.Operation(r.Request.Method, strings.TrimSuffix(r.Request.Target, "/"))
		path, _, _ := strings.Cut(r.Request.Target, "?")
		if err == nil && without[op.OperationID] || leftOut.MatchString(path) {
			continue
		}
		request := fmt.Sprintf("%s %s %s %v %s", r.Area(), r.Request.Method, r.Request.Target, r.Request.Header, []byte(r.Request.Body))
		if same[request] == nil {
			same[request] = &group{area: r.Area()}
			areas[r.Area()] = append(areas[r.Area()], same[request])
		}
		same[request].recordings = append(same[request].recordings, r)
	}
	return areas, folder == ""
}

// facts are what is compared of a response.
type facts struct {
	status int
	code   string
	keys   []string // sorted
	nulls  []string // the keys that are null
	echo   string   // what arrived at the provider, where it says so
}

func (f facts) String() string { return fmt.Sprintf("%d %s %v %s", f.status, f.code, f.keys, f.echo) }

func (f facts) equal(other facts) bool {
	return f.status == other.status && f.code == other.code && slices.Equal(f.keys, other.keys) && f.echo == other.echo
}

// agree compares two responses. Where there is an object in one and null in the other, there are no keys to compare.
func (f facts) agree(other facts) bool { return f.without(other.nulls).equal(other.without(f.nulls)) }

func (f facts) without(nulls []string) facts {
	f.keys = slices.DeleteFunc(slices.Clone(f.keys), func(key string) bool {
		return slices.ContainsFunc(nulls, func(null string) bool { return strings.HasPrefix(key, null+"/") })
	})
	return f
}

// judge sends the requests of the group in each stage and notes what came of it.
func (g *group) judge(t *testing.T, validator *spectest.Validator, v *verdict, differing map[string]string) {
	var given []facts
	var bodies [][]byte
	for stage, last := 0, false; !last; stage++ {
		func() {
			srv := nangotest.New()
			defer srv.Close()
			srv.SetRelease(nangotest.RecordedRelease)
			seed := newSeed(t, srv, g.area)
			last = seed.enter(stage)
			for i, r := range g.recordings {
				if i > 0 {
					srv.Advance(apart)
				}
				resp, body := send(t, seed, r, i)
				given = append(given, factsOf(t, validator, r, resp.StatusCode, body))
				bodies = append(bodies, body)
				err := validator.Response(r.Request.Method, r.Request.Target, resp.StatusCode, resp.Header, body)
				if !errors.Is(err, spectest.ErrNoOperation) {
					assert.NoError(t, err, "%s: the document does not describe the response %s", r.Name, body)
				}
			}
		}()
	}
	for _, r := range g.recordings {
		v.of++
		want := factsOf(t, validator, r, r.Response.Status, []byte(r.Response.Body))
		if found := slices.IndexFunc(given, want.agree); found >= 0 {
			v.agree++
			v.compareItems(t, r.Name, []byte(r.Response.Body), bodies[found])
			continue
		}
		differing[r.Name] = fmt.Sprintf("    recorded %v\n    given    %v\n", want, slices.CompactFunc(given, facts.equal))
	}
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

// factsOf reads a response. Under a free-form schema, and in a map, the keys are not the server's but the customer's; the others
// count, each once. Where the document describes no JSON, all keys count.
func factsOf(t *testing.T, validator *spectest.Validator, r *recordings.Exchange, status int, body []byte) facts {
	f := facts{status: status}
	var value any
	if json.Unmarshal(body, &value) != nil {
		return f
	}
	if strings.HasPrefix(r.Request.Target, "/proxy") {
		f.echo = echoOf(body)
	}
	var all []string
	collect("", value, &all, &f.nulls)
	keys, err := validator.Shape(r.Request.Method, strings.TrimSuffix(r.Request.Target, "/"), status, body)
	if errors.Is(err, spectest.ErrNoOperation) || strings.HasPrefix(r.Request.Target, "/proxy") {
		keys = all
	} else {
		require.NoError(t, err, r.Name)
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return strings.HasSuffix(key, "/*") })
	slices.Sort(keys)
	f.keys = slices.Compact(keys)
	if top, ok := value.(map[string]any); ok {
		if failure, ok := top["error"].(map[string]any); ok {
			f.code, _ = failure["code"].(string)
		}
	}
	return f
}

// randomBoundary is the boundary of a form that the server wrote.
var randomBoundary = regexp.MustCompile(`-{26}[0-9a-f]{24}`)

// echoOf returns the request that a provider quoted, whole, but for what differs each time; "" where it quoted none.
func echoOf(body []byte) string {
	var quoted struct {
		Method, Path, URI, Body string
		Base64                  []byte
		Headers                 map[string]string
		Header                  map[string][]string
	}
	if json.Unmarshal(body, &quoted) != nil || quoted.Method == "" || quoted.Path+quoted.URI == "" {
		return ""
	}
	return randomBoundary.ReplaceAllString(fmt.Sprintf("%s %s%s %q %q %q %q",
		quoted.Method, quoted.Path, quoted.URI, quoted.Headers, quoted.Header, quoted.Body, quoted.Base64), "boundary")
}

func collect(at string, value any, keys, nulls *[]string) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			*keys = append(*keys, at+"/"+key)
			collect(at+"/"+key, inner, keys, nulls)
		}
	case []any:
		for _, inner := range value {
			collect(at+"/[]", inner, keys, nulls)
		}
	case nil:
		*nulls = append(*nulls, at)
	}
}

// send makes a recorded request. A body that was too large to be recorded is made as long as its Content-Length says.
func send(t *testing.T, seed *seed, r *recordings.Exchange, turn int) (*http.Response, []byte) {
	body, header := []byte(r.Request.Body), r.Request.Header.Clone()
	if n, err := strconv.Atoi(header.Get("Content-Length")); err == nil && len(body) == 0 && n > 0 {
		body = bytes.Repeat([]byte(" "), n)
	}
	header.Del("Content-Length")
	req, err := http.NewRequest(r.Request.Method, "http://nango.test/", bytes.NewReader(body))
	require.NoError(t, err, r.Name)
	if req.URL, err = req.URL.Parse("http://nango.test" + r.Request.Target); err != nil { // malformed, and to be sent as it is
		req.URL = &url.URL{Scheme: "http", Host: req.Host, Opaque: r.Request.Target}
	}
	req.Header = header
	for name, values := range header {
		header[name] = []string{seed.expand(values[0], turn)}
	}
	client := seed.HTTPClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	require.NoError(t, err, r.Name)
	defer resp.Body.Close()
	answered, err := io.ReadAll(resp.Body)
	require.NoError(t, err, r.Name)
	return resp, answered
}
