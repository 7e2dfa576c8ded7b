package nangotest

import (
	"net/http"
	"strconv"
	"time"
)

// defaultRateLimit leaves tests alone; the product's is 200.
const defaultRateLimit = 100000

// limiter counts the requests of a minute that begins with the first of them, one bucket for each kind of traffic.
type limiter struct {
	perMinute int
	buckets   map[string]*bucket
}

type bucket struct {
	used int
	ends time.Time
}

// SetRateLimit sets how many requests the account may make in a minute, 100000 by default; Nango Cloud's smallest plans have 200.
// Requests with a session's token have a count of their own. 0 turns the limit and its headers off, as on a self-hosted server
// without one. It panics for a negative number.
func (s *Server) SetRateLimit(perMinute int) {
	notNegative("SetRateLimit: the number of requests", perMinute)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limiter = limiter{perMinute: perMinute}
}

// limit counts the call and returns the response to one too many.
func (c *call) limit() *response {
	l := &c.s.limiter
	if l.perMinute == 0 {
		return nil
	}
	kind := "key"
	if c.session != nil {
		kind = "session"
	} else if c.isScript() {
		kind = "script"
	}
	b := l.buckets[kind]
	if b == nil || !c.now.Before(b.ends) {
		if b = (&bucket{ends: c.now.Add(time.Minute)}); l.buckets == nil {
			l.buckets = map[string]*bucket{}
		}
		l.buckets[kind] = b
	}
	b.used++
	c.tellLimit(l.perMinute, *b)
	if b.used <= l.perMinute {
		return nil
	}
	return c.tooMany(strconv.Itoa(int(b.ends.Sub(c.now).Seconds())))
}

// tellLimit says in the response's headers how much of the minute's requests is left.
func (c *call) tellLimit(perMinute int, b bucket) {
	c.header.Set("X-RateLimit-Limit", strconv.Itoa(perMinute))
	c.header.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, perMinute-b.used)))
	c.header.Set("X-RateLimit-Reset", strconv.FormatInt(b.ends.Unix(), 10))
}

// tooMany is the response to one request too many. The server rounds the seconds down, to 0 as well.
func (c *call) tooMany(retryAfter string) *response {
	a := jsonResponse(http.StatusTooManyRequests, envelope{Code: "too_many_request", Method: c.r.Method, Path: c.r.URL.Path}.wrap())
	a.header.Set("Retry-After", retryAfter)
	return a
}
