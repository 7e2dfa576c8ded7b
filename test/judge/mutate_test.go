package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/test/recordings"
)

// No request makes the server fall over, or return what the document does not describe. The requests are recorded ones, changed
// at random: always in the same way, unless NANGO_MUTATIONS says how many servers of each area are to be tried.
func TestMutatedRequests(t *testing.T) {
	if testing.Short() {
		return // it takes long
	}
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	servers, seed := 4, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("NANGO_MUTATIONS")); err == nil {
		servers, seed = n, rand.Uint64()
	}
	m := &mutator{rand.New(rand.NewPCG(seed, 0))}
	exchanges, _ := load(t, validator)
	for _, area := range slices.Sorted(maps.Keys(exchanges)) {
		for range servers {
			srv := nangotest.New()
			srv.SetRelease(nangotest.RecordedRelease)
			seed := newSeed(t, srv, area)
			seed.enter(m.IntN(len(seed.stages) + 1))
			for range 25 {
				if r := m.mutated(pick(m, exchanges[area]...).recordings[0], seed); r != nil {
					try(t, seed, validator, r)
				}
			}
			srv.Close()
		}
	}
}

// try sends a request.
func try(t *testing.T, g *seed, validator *spectest.Validator, r *recordings.Exchange) {
	request := fmt.Sprintf("%s %s %v %s", r.Request.Method, r.Request.Target, r.Request.Header, []byte(r.Request.Body))
	req, err := http.NewRequest(r.Request.Method, "http://nango.test"+r.Request.Target, bytes.NewReader([]byte(r.Request.Body)))
	require.NoError(t, err, request)
	req.Header = r.Request.Header
	client := g.HTTPClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if !assert.NoError(t, err, "%s: the server fell over", request) {
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err, request)
	if strings.HasPrefix(r.Request.Target, "/proxy") || resp.StatusCode == http.StatusNotModified || r.Request.Method == http.MethodHead {
		return // not described, or empty
	}
	if err := validator.Response(r.Request.Method, r.Request.Target, resp.StatusCode, resp.Header, body); !errors.Is(err, spectest.ErrNoOperation) {
		assert.NoError(t, err, "%s: the document does not describe the response %s", request, body)
	}
}

type mutator struct{ *rand.Rand }

func pick[T any](m *mutator, of ...T) T { return of[m.IntN(len(of))] }

var (
	texts = []string{
		"", "a", "A", "demo-none", "conn-none-1", "none-2", "c2", "base", "..", "a/b", "*", "true", "0", "-1", "1.5", "1e400",
		"9223372036854775807", "99999999999999999999", "ä", "application/json", "multipart/form-data", "multipart/form-data; boundary=B",
		"multipart/related", "application/x-www-form-urlencoded", "gzip", "deflate", "http://127.0.0.1:1", "http://10.99.88.1:4010",
		"https://%zz", "every hour", "every 1 day", "2026-11-22T13:28:00Z", "a::b::c", "${connectionConfig.a}", "[", "a[b]",
		strings.Repeat("x", 300), "\\", "%", "_", "(", "prod",
	}
	headers = []string{
		"Content-Type", "Content-Encoding", "X-Async", "Retries", "Nango-Is-Script", "Provider-Config-Key", "Base-Url-Override",
		"Nango-Proxy-Content-Type", "If-None-Match",
	}
	methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
)

// mutated is a request in which something is otherwise, nil if it was to be sent with a length that it does not have.
func (m *mutator) mutated(recorded *recordings.Exchange, g *seed) *recordings.Exchange {
	r := *recorded
	header := http.Header{}
	for name, values := range r.Request.Header {
		header.Set(name, g.expand(values[0], m.IntN(3)))
	}
	for range 1 + m.IntN(3) {
		switch m.IntN(8) {
		case 0:
			r.Request.Method = pick(m, methods...)
		case 1, 2:
			header.Set(pick(m, append(slices.Sorted(maps.Keys(header)), headers...)...), pick(m, texts...))
		case 3, 4:
			r.Request.Target = m.target(r.Request.Target)
		default:
			r.Request.Body = string(m.body([]byte(r.Request.Body)))
		}
	}
	if len(header.Get("Retries")) > 3 {
		header.Del("Retries") // the server would go on for as long as it is asked to
	}
	r.Request.Header = header
	if header.Get("Content-Length") != "" {
		return nil
	}
	return &r
}

// body changes JSON, or cuts off what is none.
func (m *mutator) body(body []byte) []byte {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return body[:m.IntN(len(body)+1)]
	}
	body, err := json.Marshal(m.value(value, 0))
	if err != nil {
		panic(err)
	}
	return body
}

// target changes the path or the query.
func (m *mutator) target(target string) string {
	path, query, _ := strings.Cut(target, "?")
	segments := strings.Split(path, "/")
	pairs := strings.Split(query, "&")
	switch i := m.IntN(len(segments)); m.IntN(4) {
	case 0:
		segments[i] = url.PathEscape(pick(m, texts...))
	case 1:
		pairs = append(pairs, url.QueryEscape(pick(m, texts...))+"="+url.QueryEscape(pick(m, texts...)))
	default:
		i := m.IntN(len(pairs))
		name, _, _ := strings.Cut(pairs[i], "=")
		pairs[i] = name + pick(m, "=", "[]=", "[0]=", "[a]=", "[a][b]=", "=a&"+name+"=") + url.QueryEscape(pick(m, texts...))
	}
	path = strings.Join(segments, "/")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path + "?" + strings.Join(pairs, "&")
}

// value changes something in JSON.
func (m *mutator) value(v any, depth int) any {
	if depth > 0 && m.IntN(3) == 0 || depth > 6 {
		return m.leaf()
	}
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if len(names) == 0 || m.IntN(6) == 0 {
			v[pick(m, append(names, texts...)...)] = m.leaf()
			if len(names) > 0 {
				v[strings.ToUpper(pick(m, names...))] = m.leaf()
			}
			return v
		}
		name := pick(m, names...)
		if m.IntN(6) == 0 {
			delete(v, name)
			return v
		}
		v[name] = m.value(v[name], depth+1)
	case []any:
		if len(v) == 0 || m.IntN(4) == 0 {
			return append(v, m.leaf())
		}
		i := m.IntN(len(v))
		v[i] = m.value(v[i], depth+1)
	default:
		return m.leaf()
	}
	return v
}

func (m *mutator) leaf() any {
	switch m.IntN(4) {
	case 0:
		return pick[any](m, nil, true, false, []any{}, map[string]any{}, []any{nil}, map[string]any{"a": map[string]any{"b": []any{1}}})
	case 1:
		return json.Number(pick(m, "0", "-1", "1", "1.5", "1e400", "9007199254740993", "1e21", "-0"))
	}
	return pick(m, texts...)
}
