package consume_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/webhook"
)

// A service copies records when webhooks say that there are new ones.
func ExampleDispatcher() {
	srv := exampleServer()
	defer srv.Close()
	client, issues := srv.Client(), newTracker()
	passed := make(chan consume.Result)

	dispatcher, err := consume.NewDispatcher(client, &consume.DispatcherParams{
		OnPass: func(_ consume.Key, result consume.Result, err error) {
			if err != nil && !errors.Is(err, consume.ErrConflict) {
				log.Print(err) // and, for ErrStale, let somebody know
			}
			passed <- result
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	params := consume.Params{Name: "tracker", Model: "Issue", Store: new(consume.MemoryStore)}
	if err := consume.Handle(dispatcher, "github", params, issues.save); err != nil {
		log.Fatal(err)
	}
	handler, err := webhook.NewHandler(webhook.Config{Keys: []string{srv.SigningKey()}, OnSync: dispatcher.OnSync})
	if err != nil {
		log.Fatal(err)
	}
	srv.SetWebhookHandler(handler) // for a server of your own: http.Handle("POST /nango", handler)

	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- dispatcher.Run(ctx) }()

	// At the start, and then once a day: a pass for each connection.
	for found, err := range client.Connections.All(ctx, &nango.ListConnectionsParams{IntegrationIDs: []string{"github"}}) {
		if err != nil {
			log.Fatal(err)
		}
		event := &webhook.SyncEvent{Success: true, IntegrationID: found.IntegrationID, ConnectionID: found.ConnectionID, Model: "Issue"}
		if err := dispatcher.OnSync(ctx, event); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println((<-passed).Records, "records at the start")
	srv.Advance(time.Hour) // the sync runs, and Nango sends a webhook
	fmt.Println((<-passed).Records, "records after a webhook")

	stop()
	fmt.Println(<-stopped, len(issues.rows), "rows")
	// Output:
	// 25 records at the start
	// 4 records after a webhook
	// <nil> 24 rows
}
