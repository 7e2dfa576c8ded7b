package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

const (
	defaultMaxBody = 5 << 20
	defaultTimeout = 15 * time.Second
)

// Config configures a handler. Keys or KeysFunc is required; every other field has a default.
//
// A callback that returns nil acknowledges its event. An event without a callback is acknowledged too. If a callback
// returns an error or panics, the handler responds with 500, and Nango delivers again after 3 seconds and after 6 more,
// and then no more. So store or queue the event and return, and return no error for work that fails later. The handler
// calls callbacks concurrently. Their context is that of the request with a deadline after Timeout. It also ends if the
// sender disconnects, which then delivers again.
type Config struct {
	// Keys are webhook signing keys. A delivery can be signed with any of them. A key that is empty or holds white
	// space, such as the line end of a file, is an error.
	Keys []string
	// KeysFunc returns more keys, which can change while the handler runs; method Keys of a [Keyring] is one. The
	// handler calls it for each delivery that has a signature, even a forged one, so it should return from memory. If
	// it returns an error, no key, or a key that Keys does not allow, the handler responds with 500, so that Nango
	// delivers again. The package comment has a rotation.
	KeysFunc func(context.Context) ([]string, error)
	// MaxBody is the size up to which a body is read, in bytes. 0 means 5 MiB. The response to a larger body is 413,
	// and Nango does not send it again. Only forwarded webhooks are large.
	MaxBody int64
	// Timeout is the time from the request to the response. 0 means 15 s; Nango waits 20 s. After Timeout the handler
	// responds with 503, so that Nango delivers again, and cancels the context of the callback. It logs what the
	// callback returns later. Timeout does not limit how long a body takes to arrive: set ReadTimeout of [http.Server].
	Timeout time.Duration
	// Logger logs each POST that is not acknowledged, and each result that comes after the response. It logs no part of
	// the body, the signature or the keys, but errors and panics of callbacks as they are. Nil means [slog.Default].
	Logger *slog.Logger
	// Observe is called after the response to each request was sent, for metrics and traces. The context is that of the
	// request, so it has the values that code before this handler has put into it, such as a span. The next request on the
	// connection waits for Observe. If it panics, Logger logs that.
	Observe func(context.Context, Delivery)
	// Confirm is called with each auth event before OnAuth, and can change it. An error counts as an error of OnAuth.
	// Use ConfirmAuthEvent of package nango's Client: it asks the API about the connection and sets the tags and the
	// end user of the event to those of the API. If it refuses an event, the handler responds with 500, so that Nango
	// delivers twice more, in case the API was behind. To acknowledge such an event and drop it, leave Confirm nil and
	// call ConfirmAuthEvent in OnAuth.
	Confirm func(context.Context, *AuthEvent) error

	// OnAuth is called with an event of a connection: it was created, reconnected or deleted, or its credentials could
	// not be refreshed. Look at Operation before Success: a deletion is a success too.
	OnAuth func(context.Context, *AuthEvent) error
	// OnSync is called when a sync run has succeeded or failed.
	OnSync func(context.Context, *SyncEvent) error
	// OnAsyncAction is called when an asynchronous action has ended.
	OnAsyncAction func(context.Context, *AsyncActionEvent) error
	// OnForward is called with a provider's webhook that belongs to a connection.
	OnForward func(context.Context, *ForwardEvent) error
	// OnRaw is called with a body that is no event of Nango's own: a provider's webhook that belongs to no connection.
	// Its content comes from third parties; see the package comment.
	OnRaw func(context.Context, *RawEvent) error
	// OnUnknown is called with an event of Nango's own that is newer than this package.
	OnUnknown func(context.Context, *UnknownEvent) error
}

// Delivery is a request to a handler and what became of it. It never has an id or a part of the body.
type Delivery struct {
	// Kind is the kind of the event: "auth", "sync", "async_action", "forward", "raw" or "unknown". It is empty if there
	// is no event: the signature is not valid, or the request cannot be read.
	Kind string
	// StatusCode is the status of the response; see [NewHandler].
	StatusCode int
	// Duration is the time from the request to the response.
	Duration time.Duration
}

// NewHandler returns a handler for Nango's webhooks: it reads the body, verifies it, parses it and calls the callback
// for its kind. Register it for the URL in the environment's settings. Nothing before it may read the body. It is safe
// for concurrent use, and later changes to config do not affect it.
//
// Its responses:
//
//	200  acknowledged: the callback returned nil, or there is none for this kind of event
//	400  the signature is valid, but the body is not JSON; or the body could not be read
//	401  nothing proves that Nango sent it; the log says why, the response does not
//	405  the method is not POST
//	413  the body is larger than MaxBody
//	500  the callback, Confirm or KeysFunc failed or panicked, or there is no key
//	503  the callback, Confirm or KeysFunc took longer than Timeout
//
// Nango delivers again after 500 and 503 only. If a key is missing, empty or holds white space, the error is an
// [ErrNoKey]. A negative MaxBody or Timeout is an error too.
func NewHandler(config Config) (http.Handler, error) {
	if len(config.Keys) > 0 || config.KeysFunc == nil {
		if err := checkKeys(config.Keys); err != nil {
			return nil, fmt.Errorf("%w (Config.Keys)", err)
		}
	}
	switch {
	case config.MaxBody < 0:
		return nil, errors.New("webhook: Config.MaxBody is negative")
	case config.Timeout < 0:
		return nil, errors.New("webhook: Config.Timeout is negative")
	}
	config.Keys = slices.Clone(config.Keys)
	config.MaxBody = cmp.Or(config.MaxBody, defaultMaxBody)
	config.Timeout = cmp.Or(config.Timeout, defaultTimeout)
	config.Logger = cmp.Or(config.Logger, slog.Default())
	h := &handler{config}
	return http.HandlerFunc(h.receive), nil // a function prints as an address, without the keys
}
