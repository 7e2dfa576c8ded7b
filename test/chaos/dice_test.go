package chaos

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nango-go/sdk/nango/nangotest"
)

// Every request carries which call it belongs to and which attempt it is, so that what hits it depends on the seed alone and
// not on the order in which goroutines come to run.
const (
	callHeader    = "Chaos-Call"
	attemptHeader = "Chaos-Attempt"
)

type callKey struct{}

// calling is one call of the client's.
type calling struct {
	number   int
	attempts atomic.Int64
}

func withCall(ctx context.Context, number int) context.Context {
	return context.WithValue(ctx, callKey{}, &calling{number: number})
}

// marking puts the two headers on each request.
type marking struct{ next http.RoundTripper }

func (m marking) RoundTrip(r *http.Request) (*http.Response, error) {
	c, ok := r.Context().Value(callKey{}).(*calling)
	if !ok {
		return m.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Header.Set(callHeader, strconv.Itoa(c.number))
	r.Header.Set(attemptHeader, strconv.FormatInt(c.attempts.Add(1), 10))
	return m.next.RoundTrip(r)
}

// roll throws the dice for a request: a number below n that follows from the seed, the call and the attempt.
func roll(r *http.Request, seed uint64, n uint64) uint64 {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, seed)
	h.Write([]byte(r.Header.Get(callHeader) + " " + r.Header.Get(attemptHeader)))
	x := h.Sum64() // spread what fnv leaves in the lower bits
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return (x ^ x>>33) % n
}

// faults are what can hit a request, all with the same probability.
var faults = []struct {
	name  string
	fault nangotest.Fault
}{
	{"refused", nangotest.Refused()},
	{"reset", nangotest.Reset()},
	{"response lost", nangotest.LoseResponse()},
	{"reset after the headers", nangotest.ResetAfterHeaders()},
	{"truncated", nangotest.Truncated(3)},
	{"slow body", nangotest.SlowBody(50 * time.Millisecond)},
	{"latency", nangotest.Latency(2 * time.Second)},
	{"latency past the limit", nangotest.Latency(2 * time.Minute)},
	{"429 in 2 s", nangotest.RateLimited("2")},
	{"429 in 0 s", nangotest.RateLimited("0")},
	{"429 past the cap", nangotest.RateLimited("60")},
	{"429 without a time", nangotest.RateLimited("")},
	{"500 of Nango", nangotest.ServerError()},
	{"500 empty", nangotest.Respond(http.StatusInternalServerError, "", "")},
	{"502 HTML", nangotest.Respond(http.StatusBadGateway, "text/html", "<html>Bad Gateway</html>")},
	{"503 JSON", nangotest.Respond(http.StatusServiceUnavailable, "application/json", `{"error":"unavailable"}`)},
	{"504 empty", nangotest.Respond(http.StatusGatewayTimeout, "", "")},
	{"token expired", nangotest.ExpiredToken()},
	{"refresh fails", nangotest.RefreshFails(http.StatusBadRequest, "the provider refused")},
}

// faultShare is the share of requests that a fault hits, in percent.
const faultShare = 20

// inject lets the faults loose on all requests that belong to a call. What injected how many is counted.
func inject(srv *nangotest.Server, seed uint64, injected []atomic.Int64) (remove func()) {
	var removals []func()
	for i, f := range faults {
		removals = append(removals, srv.Inject(nangotest.Rule{If: func(r *http.Request) bool {
			if r.Header.Get(callHeader) == "" || roll(r, seed, 100) >= faultShare {
				return false
			}
			chosen := roll(r, seed+1, uint64(len(faults))) == uint64(i)
			if chosen {
				injected[i].Add(1)
			}
			return chosen
		}}, f.fault))
	}
	return func() {
		for _, remove := range removals {
			remove()
		}
	}
}
