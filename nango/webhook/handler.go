package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

type handler struct{ Config }

func (h *handler) receive(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	status, what, err := h.serve(w, r)
	if err != nil {
		h.log(r.Context(), status, what, err, start)
	}
	if status == http.StatusOK {
		w.WriteHeader(status)
		return
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	http.Error(w, http.StatusText(status), status)
}

// serve returns the status to answer with, what it is about, and the reason where there is one to log.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) (status int, what string, reason error) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, "", nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.Timeout)
	defer cancel()

	signature, err := signatureIn(r.Header) // first, since it costs nothing to find it missing
	if err != nil {
		return http.StatusUnauthorized, "request", err
	}
	body, err := h.read(w, r)
	if err != nil {
		return unread(err), "request", err
	}
	keys, err := h.keys(ctx)
	if err != nil {
		return failure(err), "keys", err
	}
	if err := fits(keys, signature, body); err != nil {
		return http.StatusUnauthorized, "request", err
	}
	event, err := Parse(body)
	if err != nil {
		return http.StatusBadRequest, "request", err
	}
	what, callback := h.route(event)
	if err := h.bounded(ctx, what, callback); err != nil {
		return failure(err), what, err
	}
	return http.StatusOK, what, nil
}

func failure(err error) int {
	if errors.Is(err, errLate) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (h *handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > h.MaxBody {
		return nil, &http.MaxBytesError{Limit: h.MaxBody}
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBody))
}

func unread(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

func (h *handler) keys(ctx context.Context) ([]string, error) {
	if h.KeysFunc == nil {
		return h.Keys, nil
	}
	var more []string
	err := h.bounded(ctx, "keys", func(ctx context.Context) (err error) {
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

// route names the kind of an event and returns what is to be done with it, or nil.
func (h *handler) route(event Event) (kind string, callback func(context.Context) error) {
	switch e := event.(type) {
	case *AuthEvent:
		return "auth", with(h.confirmed(), e)
	case *SyncEvent:
		return "sync", with(h.OnSync, e)
	case *AsyncActionEvent:
		return "async_action", with(h.OnAsyncAction, e)
	case *ForwardEvent:
		return "forward", with(h.OnForward, e)
	case *RawEvent:
		return "raw", with(h.OnRaw, e)
	default:
		return "unknown", with(h.OnUnknown, e.(*UnknownEvent))
	}
}

func with[E any](callback func(context.Context, E) error, event E) func(context.Context) error {
	if callback == nil {
		return nil
	}
	return func(ctx context.Context) error { return callback(ctx, event) }
}

// confirmed is OnAuth after Confirm. It is not begun when the time is up by then: the delivery comes again.
func (h *handler) confirmed() func(context.Context, *AuthEvent) error {
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
