package nangotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// A program that copies records keeps its place with the cursor. Here the customer's data changes between two of its rounds.
func ExampleConnectionHandle_SaveRecords() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	acme := srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"})

	type issue struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	cursor := ""
	round := func() {
		params := nango.ListRecordsParams{Model: "Issue", Cursor: cursor}
		for page, err := range nango.RecordPages[issue](context.Background(), srv.Client().Connection("tracker", "acme"), params) {
			if err != nil {
				fmt.Println(err)
				return
			}
			for _, r := range page.Records {
				switch {
				case r.Deleted():
					fmt.Println("remove", r.ID)
				case r.Pruned(): // our copy stays
				default:
					fmt.Println("store", r.ID, r.Data.Title)
				}
			}
			cursor = page.Cursor
		}
	}
	acme.SaveRecords("Issue", issue{"1", "It is slow"})
	acme.SaveRecords("Issue", issue{"2", "It is loud"})
	round()
	acme.SaveRecords("Issue", issue{"1", "It is very slow"}, issue{"2", "It is loud"})
	acme.DeleteRecords("Issue", "2")
	round()
	// Output:
	// store 1 It is slow
	// store 2 It is loud
	// store 1 It is very slow
	// remove 2
}

func ExampleEnvironment_AddAction() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "unauthenticated"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "acme"})
	srv.AddAction(nangotest.Action{
		IntegrationID: "crm", Name: "create-contact",
		Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
			var input struct{ Email string }
			if err := json.Unmarshal(call.Input, &input); err != nil {
				return nil, err
			}
			if input.Email == "" { // an action that is called without input sees {}
				return nil, &nangotest.ActionError{Payload: map[string]string{"missing": "email"}}
			}
			return map[string]string{"id": "c-1"}, nil
		},
	})

	acme := srv.Client().Connection("crm", "acme")
	contact, err := nango.TriggerAction[map[string]string](context.Background(), acme, "create-contact", map[string]string{"email": "a@example.com"})
	fmt.Println(contact["id"], err)
	_, err = nango.TriggerAction[map[string]string](context.Background(), acme, "create-contact", nil)
	if failed, ok := errors.AsType[*nango.Error](err); ok && errors.Is(err, nango.ErrAction) {
		fmt.Println(failed.Code, string(failed.Payload()))
	}
	// Output:
	// c-1 <nil>
	// action_script_runtime_error {"missing":"email"}
}

// A sync runs by its schedule, on the clock that the test moves.
func ExampleEnvironment_AddSync() {
	srv := nangotest.New()
	defer srv.Close()
	srv.SetTime(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"})
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, Runs: "every hour", AutoStart: true,
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			run.Save("Issue", map[string]string{"id": srv.Now().Format(time.TimeOnly)})
			return nil
		},
	})
	srv.Advance(2 * time.Hour)
	for r, err := range nango.Records[any](context.Background(), srv.Client().Connection("tracker", "acme"), nango.ListRecordsParams{Model: "Issue"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.ID)
	}
	// Output:
	// 12:00:00
	// 13:00:00
	// 14:00:00
}

// The program waits by its own clock, and here asks every millisecond; the test moves the server's clock.
func ExampleServer_Advance() {
	srv := nangotest.New()
	defer srv.Close()
	srv.SetTime(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "unauthenticated"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "acme"})
	srv.AddAction(nangotest.Action{
		IntegrationID: "crm", Name: "export", Takes: time.Hour,
		Run: func(context.Context, nangotest.ActionCall) (any, error) { return "contacts.csv", nil },
	})

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	export, err := srv.Client().Connection("crm", "acme").TriggerActionAsync(ctx, "export", nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan string)
	go func() {
		often := &nango.WaitParams{MinDelay: time.Millisecond, MaxDelay: time.Millisecond}
		file, err := nango.WaitForActionResult[string](ctx, export, often)
		done <- fmt.Sprint(file, " ", err)
	}()
	srv.Advance(time.Hour)
	fmt.Println(<-done, srv.Now().Format(time.TimeOnly))
	// Output: contacts.csv <nil> 13:00:00
}

// A program that triggers a sync right after an import gets an error on a live server, where the connection has no syncs yet.
func ExampleServer_SetDelays() {
	srv := nangotest.New()
	defer srv.Close()
	srv.SetTime(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	srv.SetDelays(nangotest.LiveDelays())
	srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	srv.AddSync(nangotest.Sync{IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}})

	ctx, client := context.Background(), srv.Client()
	_, err := client.Connections.Import(ctx, nango.ImportConnectionParams{IntegrationID: "tracker", ConnectionID: "acme", Credentials: nango.ImportNone{}})
	if err != nil {
		log.Fatal(err)
	}
	trigger := func() {
		err := client.Connection("tracker", "acme").TriggerSyncs(ctx, []nango.SyncRef{{Name: "issues"}}, nil)
		failed, _ := errors.AsType[*nango.Error](err)
		fmt.Println(err == nil, failed != nil && failed.Code == "no_syncs_found")
	}
	trigger()
	srv.Advance(time.Second)
	trigger()
	// Output:
	// false true
	// true false
}
