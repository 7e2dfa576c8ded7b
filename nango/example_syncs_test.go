package nango_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nango-go/sdk/nango"
)

func ExampleConnectionHandle_RunSync() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()

	status, err := client.Connection("github", "acme").RunSync(ctx, nango.SyncRef{Name: "issues"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if status.LatestRun == nango.SyncStopped {
		fmt.Println("the run failed")
		return
	}
	for model, changed := range status.LatestResult {
		fmt.Println(model, changed.Added, changed.Updated, changed.Deleted)
	}
	// Output: Issue 1 1 2
}

func ExampleConnectionHandle_SyncStatus() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	statuses, err := client.Connection("github", "acme").SyncStatus(context.Background(), nango.AllSyncs())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range statuses {
		fmt.Println(s.Name, s.Status, s.LatestRun, s.RecordCount)
	}
	// Output:
	// issues SUCCESS SUCCESS map[Issue:25]
	// labels PAUSED  map[Label:0]
}

func ExampleConnectionHandle_SetSyncFrequency() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	connection, issues := client.Connection("github", "acme"), nango.SyncRef{Name: "issues"}
	set, err := connection.SetSyncFrequency(context.Background(), issues, "every 2 hours")
	fmt.Println(set, err)
	declared, err := connection.ResetSyncFrequency(context.Background(), issues)
	fmt.Println(declared, err)
	// Output:
	// 2 hours <nil>
	// every hour <nil>
}

func ExampleConnectionHandle_CreateSyncVariant() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	ctx, connection := context.Background(), client.Connection("github", "acme")
	variant := nango.SyncRef{Name: "issues", Variant: "archived"}
	fmt.Println(connection.CreateSyncVariant(ctx, variant))
	fmt.Println(connection.StartSyncs(ctx, []nango.SyncRef{variant}))
	fmt.Println(errors.Is(connection.CreateSyncVariant(ctx, variant), nango.ErrConflict))
	fmt.Println(connection.DeleteSyncVariant(ctx, variant))
	// Output:
	// <nil>
	// <nil>
	// true
	// <nil>
}

// The payloads of what the program has stored elsewhere are not needed any more.
func ExampleConnectionHandle_PruneRecords() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx, connection := context.Background(), client.Connection("github", "acme")

	page, err := nango.ListRecords[Issue](ctx, connection, nango.ListRecordsParams{Model: "Issue", PageSize: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	pruned, err := connection.PruneRecords(ctx, nango.PruneRecordsParams{Model: "Issue", UntilCursor: page.Cursor})
	fmt.Println(pruned, err)
	// Output: 10 <nil>
}

// All connections are all customers: what a command is for is always said.
func ExampleSyncService_Pause() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	ctx := context.Background()
	fmt.Println(client.Syncs.Pause(ctx, "github", []nango.SyncRef{{Name: "issues"}}))
	fmt.Println(client.Syncs.Pause(ctx, "github", nango.AllSyncs()))
	fmt.Println(client.Syncs.Start(ctx, "github", nango.AllSyncs()))
	fmt.Println(client.Syncs.Pause(ctx, "github", nil))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// nango: syncs is empty; use AllSyncs for every sync
}

func ExampleWaitForActionResult() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()

	action, err := client.Connection("github", "acme").TriggerActionAsync(ctx, "create-issue", map[string]string{"title": "Later"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	type created struct {
		Number int `json:"number"`
	}
	result, err := nango.WaitForActionResult[created](ctx, action, nil)
	fmt.Println(result, err)
	// Output: {7} <nil>
}

// The id of an action is all that has to be kept of it.
func ExampleActionResult() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	triggered, err := client.Connection("github", "acme").TriggerActionAsync(ctx, "export", nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	action := client.AsyncAction(triggered.ID())
	for range 2 {
		_, err := nango.ActionResult[any](ctx, action)
		switch failure, _ := errors.AsType[*nango.Error](err); {
		case errors.Is(err, nango.ErrActionPending):
			fmt.Println("no result yet")
		case errors.Is(err, nango.ErrAction):
			fmt.Printf("the action threw %s\n", failure.Payload())
		default:
			fmt.Println(err)
		}
		srv.Advance(time.Minute)
	}
	// Output:
	// no result yet
	// the action threw {"reason":"too many issues"}
}

func ExampleConnectionHandle_PauseSyncs() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	connection, issues := client.Connection("github", "acme"), []nango.SyncRef{{Name: "issues"}}
	if err := connection.PauseSyncs(ctx, issues); err != nil {
		fmt.Println(err)
		return
	}
	err := connection.TriggerSyncs(ctx, issues, nil) // a paused sync runs when it is triggered
	fmt.Println(err)
	err = connection.StartSyncs(ctx, issues)
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
}

// Trigger runs a sync for every connection of the integration.
func ExampleSyncService_Trigger() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	err := client.Syncs.Trigger(context.Background(), "github", []nango.SyncRef{{Name: "issues"}}, nil)
	fmt.Println(err)

	err = client.Syncs.Trigger(context.Background(), "github", []nango.SyncRef{{Name: "isues"}}, nil)
	fmt.Println(errors.Is(err, nango.ErrInvalid))
	// Output:
	// <nil>
	// true
}
