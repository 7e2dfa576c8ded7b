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

// Config is what a handler is made of. Keys or KeysFunc is required; everything else has a default.
//
// A callback that returns nil acknowledges its event, and so does a callback that is not set. One
// that returns an error, or panics, makes the handler answer 500, so that Nango delivers again: 3
// and then 6 seconds later, and never after that. So store or queue the event and return; a failure
// of what is done with it later is no reason for an error. Callbacks run at once for deliveries that
// come at once. The context of all functions is the request's and ends after Timeout; it also ends
// when the sender hangs up, who then does not know of the result and delivers again.
type Config struct {
	// Keys are webhook signing keys, any of which may have signed a delivery. None may be empty or
	// hold white space, such as the line end of the file that it was read from.
	Keys []string
	// KeysFunc returns further keys, for keys that change while the handler runs: Keys of a [Keyring]
	// fits. It is called for each delivery that carries a signature at all, also a forged one, so it
	// should answer from memory. Its keys count beside Keys. If it fails, or returns no key or one
	// that Keys may not hold, the answer is 500, so that Nango delivers again. See the package comment
	// for a rotation with it.
	KeysFunc func(context.Context) ([]string, error)
	// MaxBody is the size in bytes up to which a body is read; 0 means 5 MiB. A larger one is
	// answered with 413, after which Nango does not send it again. Only forwarded webhooks are large.
	MaxBody int64
	// Timeout is the time from the request to the answer; 0 means 15 s. Nango gives up at 20 s. After
	// Timeout the answer is 503, so that Nango delivers again, and the context of the callback ends.
	// What the callback then still returns is logged, and nothing waits for it. How long a body may
	// take to arrive is the server's to say, with ReadTimeout of [http.Server].
	Timeout time.Duration
	// Logger is told of every POST that is not acknowledged and of late results, in words that hold
	// nothing of the body, its signature or the keys; but a callback's error, and what it panics
	// with, is logged as it is. Nil means [slog.Default].
	Logger *slog.Logger
	// Confirm is asked about each auth event before OnAuth, which is given what Confirm made of the
	// event; an error is treated as one of OnAuth. ConfirmAuthEvent of a client of package nango fits:
	// it asks the API about the connection, and puts tags and end user as the API says into the event.
	// What it refuses is answered 500 and so delivered twice more, in case the API was behind. To
	// acknowledge such an event and drop it, leave Confirm nil and ask at the beginning of OnAuth.
	Confirm func(context.Context, *AuthEvent) error

	// OnAuth is called with the events of connections: made, authorized again, no longer refreshed, or
	// deleted. Look at Operation before Success: a deletion is a success too.
	OnAuth func(context.Context, *AuthEvent) error
	// OnSync is called with the ends of sync runs, good and bad.
	OnSync func(context.Context, *SyncEvent) error
	// OnAsyncAction is called with the ends of actions that were triggered in the background.
	OnAsyncAction func(context.Context, *AsyncActionEvent) error
	// OnForward is called with providers' webhooks that belong to a connection.
	OnForward func(context.Context, *ForwardEvent) error
	// OnRaw is called with everything that is not an event of Nango's: providers' webhooks that
	// belong to no connection. It is third parties' content, see the package comment.
	OnRaw func(context.Context, *RawEvent) error
	// OnUnknown is called with events of Nango's own that are newer than this package: of types, and
	// auth events of operations, that it does not know.
	OnUnknown func(context.Context, *UnknownEvent) error
}

// NewHandler returns a handler that receives Nango's webhooks: it reads the body, verifies it, parses
// it and calls the callback for its kind. Mount it at the URL that the environment's settings name,
// with nothing in front of it that reads the body. It is safe for concurrent use, and keeps nothing
// of config that the caller could change.
//
// Its answers:
//
//	200  acknowledged: the callback returned nil, or there is none for this kind of event
//	400  signed, but not JSON, or the body could not be read; Nango sends no such thing
//	401  not known to come from Nango; the log says why, the answer does not
//	405  not a POST
//	413  larger than MaxBody
//	500  a callback, Confirm or KeysFunc failed or panicked, or there is no key
//	503  none of them was done in time
//
// Nango repeats a delivery after 500 and 503 only. A missing or empty key, and one with white space, is
// an [ErrNoKey], and a negative MaxBody or Timeout an error too.
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
	return http.HandlerFunc(h.receive), nil // which prints as an address, and not with the keys
}
