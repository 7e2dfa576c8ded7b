package nango

import (
	"errors"
	"net/http"
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
// Nango's own limit is [ErrRateLimited], and ProviderRateLimit returns false for it. It also returns false if err is nil,
// and if it is not certain that the cause is a rate limit.
func ProviderRateLimit(err error) (RateLimit, bool) {
	if e, ok := errors.AsType[*ProviderError](err); ok {
		return refusal{status: e.StatusCode, header: e.Header(), body: e.Body(), mixed: true}.rateLimit(dateOf(e.Header()))
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.Is(ErrAction) {
		return RateLimit{}, false
	}
	if upstream := e.upstream(); upstream != nil {
		return refusal{status: upstream.StatusCode, header: upstream.Header(), body: upstream.Body()}.rateLimit(dateOf(e.Header()))
	}
	thrown := readThrown(e.Payload(), e.FullMessage())
	if !thrown.limited {
		return RateLimit{}, false
	}
	return unknown.rateLimit(dateOf(e.Header()), thrown.reset(dateOf(e.Header()))), true
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
//   - a 403 with a counter of remaining requests that is 0, as GitHub sends it.
//   - a failure of any status whose body has a code or a reason of a rate limit, such as userRateLimitExceeded.
//   - a success whose body is a failure with such a code: {"errors": […]} of GraphQL, {"ok": false} of Slack.
//
// A Retry-After alone is not a rate limit: a 503 also has one. Nango's own 429 gives false. So does a response for which
// it is not certain. On responses of Proxy, a 403 whose only sign is a counter that can be Nango's own
// (X-RateLimit-Remaining with a reset within the next minute) is not certain.
//
// Reset and RetryAfter come from Retry-After, then from the body, then from the headers of rate limits
// (RateLimit-*, X-RateLimit-*, X-Rate-Limit-* and those with a name before or after it). A time can be a number of seconds,
// an epoch in seconds or milliseconds, a date, a time of ISO 8601, or a duration such as 6m0s; the size of a number
// tells which. If there are several limits, the one that is used up counts.
//
// It reads at most 64 KiB of a body in JSON, and puts them back, so you can still read the body from its start. Do not
// call it while something else reads the body. It stops reading if no data arrives for 2 s.
func ResponseRateLimit(resp *http.Response) (RateLimit, bool) {
	if resp == nil {
		return RateLimit{}, false
	}
	r := refusal{status: resp.StatusCode, header: resp.Header, mixed: true}
	if resp.Body != nil && isJSON(mediaType(resp.Header)) && (resp.StatusCode/100 == 2 || resp.StatusCode >= http.StatusBadRequest) {
		r.body, _, _ = peek(resp, maxKeptBody, r.decides)
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

// decides reports whether the beginning of a body is enough to decide.
func (r refusal) decides(body []byte) bool {
	return jsonx.Valid(body) || r.status/100 == 2 && !mayFail(body)
}

// rateLimit returns the limit that made a provider refuse a request at a time.
func (r refusal) rateLimit(at time.Time) (RateLimit, bool) {
	said := readRefusal(r.status, r.body)
	limits := windows(r.header, at)
	certain := said.limited || r.status == http.StatusTooManyRequests
	if own := limits[nangoWindow]; r.mixed && own.mayBeNango(at) && (own.remaining > 0 || !certain) {
		delete(limits, nangoWindow)
	}
	used := usedUp(limits)
	switch {
	case said.nango:
		return RateLimit{}, false
	case said.limited:
	case r.status == http.StatusTooManyRequests && !said.otherCause:
	case r.status == http.StatusForbidden && used.exhausted():
	default:
		return RateLimit{}, false
	}
	reset := retryHeader(r.header, at)
	if reset.IsZero() {
		reset = said.reset(at)
	}
	return used.rateLimit(at, reset), true
}
