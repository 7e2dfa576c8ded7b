package doctor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// The checks of the first hour, for a program that reads records and proxies calls, with a key that may do only one of the two. In
// a program, the client is that of nango.New.
func Example() {
	srv := nangotest.New()
	defer srv.Close()
	key := srv.AddKey(nangotest.Key{Scopes: []string{"environment:proxy", "environment:connections:list"}})
	client := srv.ClientWithKey(key.Secret)

	report, err := doctor.Run(context.Background(), client, doctor.Params{
		Scopes: []string{"environment:proxy", "environment:records:read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, check := range report.Failed() {
		fmt.Printf("%s %s: %s\n", check.ID, check.Subject, check.Seen)
		fmt.Println(check.Next)
	}
	fmt.Println(report.OK())
	// Output:
	// scope environment:records:read: the key lacks a scope that your program needs (403)
	// give the key the scope environment:records:read in the dashboard
	// false
}

// The configuration alone, before a program starts, or where there is no network. Here somebody has copied the API key twice.
func ExampleRun_noNetwork() {
	const apiKey = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	client, err := nango.New(apiKey, nango.WithBaseURL("https://app.nango.dev"))
	if err != nil {
		log.Fatal(err)
	}
	report, err := doctor.Run(context.Background(), client, doctor.Params{NoNetwork: true, SigningKey: nango.NewSecret(apiKey)})
	if err != nil {
		log.Fatal(err)
	}
	report.Checks = report.Checks[:3] // the others are skipped
	fmt.Print(report)
	// Output:
	// fail  base-url     the host of the base URL is app.nango.dev, which has pages for people and not the API
	//                    Next: use https://api.nango.dev
	// pass  key-form     the key looks like an API key
	// warn  signing-key  the webhook signing key is the API key, which is right only in an environment from before April 2026 whose signing key was never rotated
	//                    Next: copy the webhook signing key from the environment's settings in the dashboard
	// 1 pass, 1 warn, 1 fail
}

// A report for a program. A customer has taken back the permission, so that the credentials can no longer be refreshed.
func ExampleReport_MarshalJSON() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "acme", Credentials: &nango.OAuth2Credentials{
		AccessToken: nango.NewSecret("t"), RefreshToken: nango.NewSecret("r"), ExpiresAt: srv.Now(),
	}}).FailRefresh(400, "invalid_grant")
	client := srv.Client()

	report, err := doctor.Run(context.Background(), client, doctor.Params{
		Connections: []*nango.ConnectionHandle{client.Connection("crm", "acme")}, ReadCredentials: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(&doctor.Report{Checks: report.Failed()}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {
	//   "ok": false,
	//   "checks": [
	//     {
	//       "id": "credentials",
	//       "subject": "crm/acme",
	//       "status": "fail",
	//       "seen": "the credentials could not be refreshed: the status is 400 (invalid_credentials)",
	//       "next": "let the customer connect again, with a session of ConnectionHandle.Reconnect"
	//     }
	//   ]
	// }
}

// A receiver of webhooks that was given the API key in place of the signing key.
func ExampleRun_receiver() {
	srv := nangotest.New()
	defer srv.Close()
	handler, err := webhook.NewHandler(webhook.Config{Keys: []string{srv.Key()}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	srv.HandleHost("hooks.example.com", handler)

	report, err := doctor.Run(context.Background(), srv.Client(), doctor.Params{
		SigningKey:    nango.NewSecret(srv.SigningKey()),
		WebhookURL:    "https://hooks.example.com/nango",
		WebhookClient: srv.HTTPClient(), // reaches hooks.example.com in memory
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, check := range report.Failed() {
		fmt.Println(check.ID)
		fmt.Println(check.Seen)
		fmt.Println(check.Next)
	}
	// Output:
	// receiver
	// the receiver refuses the signature (401): it has another key, or something on the way changes the body
	// give the receiver the webhook signing key of this environment, and let it verify the bytes as they came
}
