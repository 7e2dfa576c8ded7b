package nangootel

import (
	"context"
	"errors"
	"strconv"

	"github.com/nango-go/sdk/nango"
)

// names are the names of the sentinels that an observer can be told.
var names = map[error]string{
	nango.ErrRefreshFailed: "ErrRefreshFailed",
	nango.ErrAction:        "ErrAction",
	nango.ErrUnauthorized:  "ErrUnauthorized",
	nango.ErrForbidden:     "ErrForbidden",
	nango.ErrRateLimited:   "ErrRateLimited",
	nango.ErrNotFound:      "ErrNotFound",
	nango.ErrConflict:      "ErrConflict",
	nango.ErrInvalid:       "ErrInvalid",
	nango.ErrServer:        "ErrServer",
}

const other = "_OTHER"

// failure returns the error.type of a call or an attempt, or an empty text if it did not fail.
func failure(call nango.Call, status int, sentinel, err error) string {
	switch name := names[sentinel]; {
	case sentinel == nango.ErrActionPending:
		return ""
	case name != "":
		return name
	case errors.Is(err, context.Canceled):
		return "canceled"
	case isTimeout(err):
		return "timeout"
	case err != nil:
		return other
	case status/100 == 2, call.Proxied && status < 400:
		return ""
	case status < 100 || status > 599:
		return other
	}
	return strconv.Itoa(status)
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}
