package nango

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// RateLimit is what a response says about a rate limit: Nango's own in [AttemptResult], or the provider's from
// [ProviderRateLimit] and [ResponseRateLimit]. Nango says everything but RetryAfter. A field that a provider does not
// say is zero.
type RateLimit struct {
	// Limit is how many requests one window allows. Some providers count points instead of requests.
	Limit int
	// Remaining is how many are left in this window.
	Remaining int
	// Reset is when requests are allowed again. For Nango, it is when the next window begins, with a precision of one
	// second. For a provider, it is by the clock of the response's Date, or by the clock of this program if there is no
	// Date.
	Reset time.Time
	// RetryAfter is how long a provider wants you to wait, counted from its response. It is the time from the response's
	// Date to Reset, so it is right even if the clocks of the server and of this program differ. It is 0 if Reset is zero
	// or has passed.
	RetryAfter time.Duration
}

// ProviderRateLimit reports whether err says that a provider refused a request because of the provider's rate limit, and
// until when. It recognises:
//
//   - a [*ProviderError], in the way in which [ResponseRateLimit] recognises a response.
//   - the failure of an action ([ErrAction]) with the response of an API, [Error.Upstream]. Of its headers Nango forwards
//     only those that begin with x-rate. So a Retry-After is lost, and often Reset is zero.
//   - the failure of an action whose [Error.Payload] has a code of a rate limit, such as SSS_REQUEST_LIMIT_EXCEEDED. The code
//     may be in a text that is JSON. A status alone, such as {"status": 429}, is not enough, because the action could have
//     got it from Nango.
//
// It examines all errors that err wraps, also those of [errors.Join], and returns the first limit. Nango's own limit is
// [ErrRateLimited], and ProviderRateLimit returns false for it. It also returns false if err is nil, and if it is not
// certain that the cause is a rate limit.
func ProviderRateLimit(err error) (RateLimit, bool) {
	var limit RateLimit
	var ok bool
	switch e := err.(type) {
	case *ProviderError:
		limit, ok = refusal{status: e.StatusCode, header: e.Header(), body: e.Body(), mixed: true}.rateLimit(dateOf(e.Header()))
	case *Error:
		limit, ok = e.rateLimit()
	}
	if ok {
		return limit, true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return ProviderRateLimit(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, wrapped := range e.Unwrap() {
			if limit, ok := ProviderRateLimit(wrapped); ok {
				return limit, true
			}
		}
	}
	return RateLimit{}, false
}

// rateLimit returns the limit of a provider that made an action fail.
func (e *Error) rateLimit() (RateLimit, bool) {
	if !e.Is(ErrAction) {
		return RateLimit{}, false
	}
	at := dateOf(e.Header())
	if upstream := e.upstream(); upstream != nil {
		return refusal{status: upstream.StatusCode, header: upstream.Header(), body: upstream.Body()}.rateLimit(at)
	}
	thrown := readThrown(e.Payload(), e.FullMessage())
	if !thrown.limited || thrown.nango {
		return RateLimit{}, false
	}
	return unknown.rateLimit(at, thrown.reset(at)), true
}

// upstream returns the response of the API that made an action fail, or nil. Older servers send it in another place, where
// newer ones have it for a sync.
func (e *Error) upstream() *UpstreamError {
	found := e.Upstream
	if found == nil {
		for key, value := range jsonx.Members(e.AdditionalProperties()) {
			if key == "upstream_response" {
				found = upstreamError(value)
			}
		}
	}
	if found == nil || found.StatusCode == 0 {
		return nil
	}
	return found
}

// ResponseRateLimit reports whether a response of [ConnectionHandle.Proxy], [ConnectionHandle.Transport] or the provider
// itself refuses the request because of the provider's rate limit, and until when. A rate limit is:
//
//   - a 429, unless its body says that the cause is something else, such as a lock or an unpaid quota.
//   - a 400, 403 or 503 whose body has a code or a reason of a rate limit, such as userRateLimitExceeded, or the message of
//     GitHub, or whose X-Amzn-ErrorType is such a code. If the body has a list of errors, each must have such a code.
//   - a 403 with a counter of remaining requests that is 0 and cannot be Nango's own, if its body is empty or speaks of a limit.
//     The last request of a window can fail for another reason, which a body says.
//   - a 200 with no data and such a code: {"errors": […]} of GraphQL, {"ok": false} of Slack.
//
// A Retry-After alone is none: a 503 also has one. Nango's own 429 gives false. So does a response for which
// it is not certain: a 429 without a body, as for HEAD, if its counter is 0 and can be Nango's own (X-RateLimit-Remaining
// with a reset in the next minute; clocks may differ by 5 minutes).
//
// Reset and RetryAfter come from Retry-After, then from the body, then from the headers of rate limits
// (RateLimit-*, X-RateLimit-*, X-Rate-Limit-* and those with a name before or after it). A time can be a number of seconds,
// an epoch in seconds or milliseconds, a date, a time of ISO 8601, or a duration such as 6m0s; the size of a number
// tells which. If there are several limits, the one that is used up for the longest time counts.
//
// It reads at most 64 KiB of a body in JSON, and a little of another body of a 429, for at most 2 s. It puts back what it
// has read, so you can still read the body from its start. Do not call it while something else reads the body.
func ResponseRateLimit(resp *http.Response) (RateLimit, bool) {
	if resp == nil {
		return RateLimit{}, false
	}
	r := refusal{status: resp.StatusCode, header: resp.Header, mixed: true}
	kind := mediaType(resp.Header)
	inJSON := isJSON(kind) || strings.HasPrefix(kind, "application/x-amz-json-")
	if resp.Body != nil && (r.status == http.StatusTooManyRequests || r.status == http.StatusForbidden || inJSON && r.mayBeLimit()) {
		parsed := 0
		r.body, _, _ = peek(resp, maxKeptBody, func(body []byte) bool {
			if inJSON && len(body) < 2*parsed { // otherwise a long body would be parsed too often
				return false
			}
			parsed = len(body)
			return !inJSON || jsonx.Valid(body) || r.status == http.StatusOK && !mayFail(body)
		})
	}
	return r.rateLimit(dateOf(resp.Header))
}

// dateOf is the time of a response by the clock of its server, or the time of this program.
func dateOf(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// refusal is a response that may be a refusal because of a rate limit.
type refusal struct {
	status int
	header http.Header
	body   []byte
	mixed  bool // Nango's own X-RateLimit-* can be among the headers
}

// mayBeLimit reports whether a body can make this a refusal because of a rate limit. Other statuses have a meaning of
// their own, and the codes in their bodies are often about the input.
func (r refusal) mayBeLimit() bool {
	switch r.status {
	case http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	}
	return false
}

var aboutLimits = regexp.MustCompile(`(?i)limit|too many|quota|throttl`)

// rateLimit returns the limit that made a provider refuse a request at a time.
func (r refusal) rateLimit(at time.Time) (RateLimit, bool) {
	if !r.mayBeLimit() {
		return RateLimit{}, false
	}
	said := readRefusal(r.status, r.body)
	if r.status != http.StatusOK && said.code(r.header.Get("X-Amzn-ErrorType")) {
		said.limited = true
	}
	limits := windows(r.header, at)
	mayBeNango := func(w window) bool { return r.mixed && w.mayBeNango(at) }
	others := slices.ContainsFunc(limits, func(w window) bool { return w.exhausted() && w.limit != 0 && !mayBeNango(w) })
	limits = slices.DeleteFunc(limits, func(w window) bool { return mayBeNango(w) && (others || w.remaining > 0) })
	// Nango's own 429 has no body if the request was a HEAD.
	uncertain := len(r.body) == 0 && slices.ContainsFunc(limits, mayBeNango)
	switch {
	case said.nango:
		return RateLimit{}, false
	case said.limited:
	case r.status == http.StatusTooManyRequests && !said.otherCause && !uncertain:
	// The last request of a window can fail for another reason, which the body then says.
	case r.status == http.StatusForbidden && others && (len(r.body) == 0 || aboutLimits.Match(r.body)):
	default:
		return RateLimit{}, false
	}
	reset := retryHeader(r.header, at)
	if reset.IsZero() {
		reset = said.reset(at)
	}
	return usedUp(limits).rateLimit(at, reset), true
}
