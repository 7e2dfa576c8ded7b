package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango/webhook"
)

// inbox is the queue between the handler, which has to respond soon, and the work. A program whose events must outlive it puts
// them into a table instead: each encodes to JSON and decodes from it.
type inbox struct {
	events chan webhook.Event
	ended  chan struct{}
}

func newInbox(size int) *inbox {
	return &inbox{events: make(chan webhook.Event, size), ended: make(chan struct{})}
}

// put returns a callback that queues its event. It does not wait for room: an error makes Nango deliver the event again.
func put[E webhook.Event](in *inbox) func(context.Context, E) error {
	return func(_ context.Context, event E) error {
		select {
		case in.events <- event:
			return nil
		default:
			return errors.New("the queue is full")
		}
	}
}

// work does the work of each event, until the inbox has ended and is empty.
func (in *inbox) work(do func(webhook.Event)) {
	for {
		select {
		case event := <-in.events:
			do(event)
		case <-in.ended:
			if len(in.events) == 0 {
				return
			}
		}
	}
}

func (in *inbox) end() { close(in.ended) }

// describe stands for the work. Events come more than once and in any order, so real work reads the present state from the API
// and can be repeated.
func describe(event webhook.Event) string {
	switch e := event.(type) {
	case *webhook.AuthEvent:
		switch { // the operation first: a deletion is a success too
		case e.Operation == webhook.AuthOperationDeletion:
			return fmt.Sprintf("auth: %s of %s: forget it", e.Operation, e.ConnectionID)
		case !e.Success:
			return fmt.Sprintf("auth: %s of %s failed: let the customer connect again", e.Operation, e.ConnectionID)
		}
		return fmt.Sprintf("auth: %s of %s: store it for %s", e.Operation, e.ConnectionID, e.Tags["end_user_id"])
	case *webhook.SyncEvent:
		if !e.Success {
			return fmt.Sprintf("sync: %s of %s failed", e.SyncName, e.ConnectionID)
		}
		return fmt.Sprintf("sync: list the %s records of %s modified after %s", strings.Join(e.Models(), " and "), e.ConnectionID,
			e.ModifiedAfter.Format(time.RFC3339))
	case *webhook.AsyncActionEvent:
		return "async action: get the result of " + e.Action.ID
	case *webhook.ForwardEvent:
		return fmt.Sprintf("forward: %s sent %d bytes for %s", e.Provider, len(e.Payload), e.ConnectionID)
	case *webhook.RawEvent:
		return fmt.Sprintf("raw: somebody sent %d bytes through a provider", len(e.Body))
	}
	return fmt.Sprintf("%T", event)
}
