package nango_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nango-go/sdk/nango"
)

func ExampleConnectionHandle_RunSync() {
	client := exampleClient("sync/status-one", "sync/trigger-opts-reset", "sync/status-after-pause")
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	status, err := client.Connection("demo-none", "conn-none-1").RunSync(ctx, nango.SyncRef{Name: "fetch-items"}, nil)
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
	// Output: Item 0 25 2
}

func ExampleConnectionHandle_SyncStatus() {
	client := exampleClient("sync/status-after-round-3")
	statuses, err := client.Connection("demo-none", "conn-none-1").SyncStatus(context.Background(), nango.AllSyncs)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range statuses {
		fmt.Println(s.Name, s.Status, s.LatestRun, s.RecordCount)
	}
	// Output:
	// failing-sync PAUSED STOPPED map[Broken:0]
	// fetch-items SUCCESS SUCCESS map[Item:23]
	// manual-sync PAUSED SUCCESS map[Company:1 Contact:2]
}

func ExampleConnectionHandle_SetSyncFrequency() {
	client := exampleClient("sync/frequency-set", "sync/frequency-reset-null")
	connection, items := client.Connection("demo-none", "conn-none-1"), nango.SyncRef{Name: "fetch-items"}
	set, err := connection.SetSyncFrequency(context.Background(), items, "every 2 hours")
	fmt.Println(set, err)
	declared, err := connection.ResetSyncFrequency(context.Background(), items)
	fmt.Println(declared, err)
	// Output:
	// 2 hours <nil>
	// every hour <nil>
}

func ExampleConnectionHandle_CreateSyncVariant() {
	client := exampleClient("sync/variant-create", "sync/start-variant", "sync/variant-create-duplicate", "sync/variant-delete")
	ctx, connection := context.Background(), client.Connection("demo-none", "conn-none-1")
	variant := nango.SyncRef{Name: "fetch-items", Variant: "v-one"}
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

func ExampleConnectionHandle_PruneRecords() {
	client := exampleClient("records/prune-until-cursor")
	pruned, err := client.Connection("demo-none", "conn-none-2").PruneRecords(context.Background(), nango.PruneRecordsParams{
		Model:       "Item",
		UntilCursor: "MjAyNi0xMS0yMlQxMzozMDoxNi4xMzgwODcrMDA6MDB8fDQxM2FmODBmLTliYjEtNTk1My1hN2U3LTFmYmFlMTI1ZGM5ZA==",
	})
	fmt.Println(pruned, err)
	// Output: 5 <nil>
}

// All connections are all customers: what a command is for is always said.
func ExampleSyncService_Pause() {
	client := exampleClient("sync/pause-without-connection")
	ctx := context.Background()
	fmt.Println(client.Syncs.Pause(ctx, "demo-none", []nango.SyncRef{{Name: "manual-sync"}}))
	fmt.Println(client.Syncs.Pause(ctx, "demo-none", nango.AllSyncs))
	fmt.Println(client.Syncs.Pause(ctx, "demo-none", nil))
	// Output:
	// <nil>
	// <nil>
	// nango: syncs is empty; use AllSyncs for every sync
}

func ExampleWaitForActionResult() {
	client := exampleClient("action/trigger-async", "action/result-success")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	action, err := client.Connection("demo-none", "conn-none-1").TriggerActionAsync(ctx, "echo", map[string]string{"message": "async"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	type echo struct {
		Message string `json:"message"`
		Times   int    `json:"times"`
	}
	result, err := nango.WaitForActionResult[echo](ctx, action, nil)
	fmt.Println(result, err)
	// Output: {async 1} <nil>
}

func ExampleActionResult() {
	client := exampleClient("action/result-immediately", "action/result-failed-later")
	action := client.AsyncAction("ffbc7526-95fe-48c4-876d-9d366285604f")
	for range 2 {
		_, err := nango.ActionResult[any](context.Background(), action)
		switch failure, _ := errors.AsType[*nango.Error](err); {
		case errors.Is(err, nango.ErrActionPending):
			fmt.Println("no result yet")
		case errors.Is(err, nango.ErrAction):
			fmt.Printf("the action threw %s\n", failure.Payload)
		default:
			fmt.Println(err)
		}
	}
	// Output:
	// no result yet
	// the action threw {"hint":"custom payload","reason":"async-fail"}
}
