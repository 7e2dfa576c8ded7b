package main

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango"
)

// changed is the event that makes pages renew themselves.
const changed = "event: changed\ndata: 1\n\n"

// hub passes events on to the open pages of a customer. It knows the pages of this process: several processes need a channel
// between them, such as LISTEN and NOTIFY of PostgreSQL.
type hub struct {
	mu      sync.Mutex
	streams map[chan string]string // to the id of the customer
	closed  bool
}

func newHub() *hub { return &hub{streams: map[chan string]string{}} }

// join returns the events of a customer. The channel is closed when the app ends, or when events come faster than they are read.
func (h *hub) join(customer string) (events chan string, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	events = make(chan string, 32)
	if h.closed {
		close(events)
		return events, func() {}
	}
	h.streams[events] = customer
	return events, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.streams, events)
	}
}

func (h *hub) publish(customer, event string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for events, whose := range h.streams {
		if whose != customer {
			continue
		}
		select {
		case events <- event:
		default: // the browser connects again and renews the page, so nothing is lost
			delete(h.streams, events)
			close(events)
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for events := range h.streams {
		close(events)
	}
	clear(h.streams)
}

// events streams what happens (server-sent events). It ends now and then: the browser connects again if the session still counts.
func (a *app) events(w http.ResponseWriter, r *http.Request, who customer) error {
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Minute)
	defer cancel()
	events, leave := a.live.join(who.ID)
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	beat := time.NewTicker(20 * time.Second) // proxies close what is silent
	defer beat.Stop()
	event, open := changed, true // what happened before the stream began
	for open {
		_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.WriteString(w, event); err != nil {
			return nil // the page was closed
		}
		if err := control.Flush(); err != nil {
			return nil
		}
		select {
		case event, open = <-events:
		case <-beat.C:
			event = ": still here\n\n"
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// download streams a file from the provider through Nango to the browser. Nothing of it is kept here.
func (a *app) download(w http.ResponseWriter, r *http.Request, c connection) error {
	response, err := a.handle(c).Proxy(r.Context(), nango.ProxyRequest{Path: a.file})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return a.redirect(w, r, c.Path(), a.name(c.Integration)+" did not give us the file.")
	}
	_, named, _ := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
	name := path.Base("/" + named["filename"])
	if name == "/" {
		name = path.Base(response.Request.URL.Path)
	}
	// Always an attachment: a page of the provider must not run as one of ours.
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
	if response.ContentLength >= 0 {
		w.Header().Set("Content-Length", fmt.Sprint(response.ContentLength))
	}
	counted := &counter{total: response.ContentLength, report: func(done, total int64) {
		a.live.publish(c.Customer, fmt.Sprintf("event: progress\ndata: {\"connection\": %q, \"done\": %d, \"total\": %d}\n\n", c.ID, done, total))
	}}
	if _, err := io.Copy(w, io.TeeReader(response.Body, counted)); err != nil {
		panic(http.ErrAbortHandler) // so that the browser sees that the file is not complete
	}
	counted.report(counted.done, counted.done)
	return nil
}

// counter counts bytes, and reports them ten times a second.
type counter struct {
	done, total int64 // total is -1 if the provider does not say it
	last        time.Time
	report      func(done, total int64)
}

func (c *counter) Write(p []byte) (int, error) {
	c.done += int64(len(p))
	if now := time.Now(); now.Sub(c.last) >= 100*time.Millisecond {
		c.last = now
		c.report(c.done, c.total)
	}
	return len(p), nil
}
