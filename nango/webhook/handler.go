package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

type handler struct{ Config }

func (h *handler) receive(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	status, what, err := h.serve(w, r)
	if err != nil {
		h.log(r.Context(), status, what, err, start)
	}
	respond(w, status)
	if h.Observe == nil {
		return
	}
	_ = http.NewResponseController(w).Flush()  // a writer that cannot sends the response later
	if what == theRequest || what == theKeys { // there is no event
		what = ""
	}
	delivery := Delivery{Kind: what, StatusCode: status, Duration: time.Since(start)}
	defer func() {
		if value := recover(); value != nil { // the response counts, not what watches it
			h.Logger.ErrorContext(r.Context(), "webhook: Observe panicked", "panic", value)
		}
	}()
	h.Observe(r.Context(), delivery)
}

// respond does what [http.Error] does, but for the length, which that takes away: with it a flush sends the whole response.
func respond(w http.ResponseWriter, status int) {
	text := ""
	if status != http.StatusOK {
		text = http.StatusText(status) + "\n"
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// What the log calls its subject if there is no event.
const (
	theRequest = "request"
	theKeys    = "keys"
)

// serve returns the status of the response, what the log shall call its subject, and the error to log, if any.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) (status int, what string, err error) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, "", nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.Timeout)
	defer cancel()

	signature, err := signatureIn(r.Header) // before the body is read: without a signature there is no need to
	if err != nil {
		return http.StatusUnauthorized, theRequest, err
	}
	body, err := h.readBody(w, r)
	if err != nil {
		return readErrorStatus(err), theRequest, err
	}
	keys, err := h.keys(ctx)
	if err != nil {
		return callErrorStatus(err), theKeys, err
	}
	if err := verifySignature(keys, signature, body); err != nil {
		return http.StatusUnauthorized, theRequest, err
	}
	event, err := Parse(body)
	if err != nil {
		return http.StatusBadRequest, theRequest, err
	}
	what, callback := h.route(event)
	if err := h.call(ctx, what, callback); err != nil {
		return callErrorStatus(err), what, err
	}
	return http.StatusOK, what, nil
}

func callErrorStatus(err error) int {
	if errors.Is(err, errTimeout) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (h *handler) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > h.MaxBody {
		return nil, &http.MaxBytesError{Limit: h.MaxBody}
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBody))
}

func readErrorStatus(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// keys returns the keys of Config.Keys and of Config.KeysFunc.
func (h *handler) keys(ctx context.Context) ([]string, error) {
	if h.KeysFunc == nil {
		return h.Keys, nil
	}
	var more []string
	err := h.call(ctx, theKeys, func(ctx context.Context) (err error) {
		more, err = h.KeysFunc(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := checkKeys(more); err != nil {
		return nil, fmt.Errorf("%w (Config.KeysFunc)", err)
	}
	return slices.Concat(h.Keys, more), nil
}

// route returns the name of the event's kind, and its callback, or nil if there is none.
func (h *handler) route(event Event) (kind string, callback func(context.Context) error) {
	switch e := event.(type) {
	case *AuthEvent:
		return "auth", bind(h.confirmThenAuth(), e)
	case *SyncEvent:
		return "sync", bind(h.OnSync, e)
	case *AsyncActionEvent:
		return "async_action", bind(h.OnAsyncAction, e)
	case *ForwardEvent:
		return "forward", bind(h.OnForward, e)
	case *RawEvent:
		return "raw", bind(h.OnRaw, e)
	default:
		return "unknown", bind(h.OnUnknown, e.(*UnknownEvent))
	}
}

// bind returns the callback as a function of the context alone.
func bind[E any](callback func(context.Context, E) error, event E) func(context.Context) error {
	if callback == nil {
		return nil
	}
	return func(ctx context.Context) error { return callback(ctx, event) }
}

// confirmThenAuth returns OnAuth with Confirm before it. If the time is up after Confirm, OnAuth is not called: Nango
// delivers again.
func (h *handler) confirmThenAuth() func(context.Context, *AuthEvent) error {
	if h.OnAuth == nil || h.Confirm == nil {
		return h.OnAuth
	}
	return func(ctx context.Context, event *AuthEvent) error {
		if err := h.Confirm(ctx, event); err != nil {
			return fmt.Errorf("webhook: not confirmed: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return h.OnAuth(ctx, event)
	}
}
