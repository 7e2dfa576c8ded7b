package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// access is how to reach a server of serve. Its keys are made for it, and open nothing else.
type access struct {
	BaseURL      string   `json:"base_url"`
	APIKey       string   `json:"api_key"`
	SigningKey   string   `json:"webhook_signing_key"`
	WebhookURL   string   `json:"webhook_url,omitempty"`
	ConnectLink  string   `json:"connect_link"`
	Integrations []string `json:"integrations"`
	Connections  []string `json:"connections"`
	Sync         string   `json:"sync"`
	Model        string   `json:"model"`
	Action       string   `json:"action"`
	LargeModel   string   `json:"large_model"`
}

const tries = `
Try it from another terminal:

  export NANGO_HOST=%[1]s
  export NANGO_API_KEY=%[2]s
  export NANGO_WEBHOOK_SIGNING_KEY=%[3]s

  nango-go doctor
  nango-go connect github
  nango-go records export github/ada Issue
  nango-go records export github/ada Commit --page-size 5 --out commits-%[5]s.ndjson
  curl -H "Authorization: Bearer $NANGO_API_KEY" $NANGO_HOST/connections
  curl -H "Authorization: Bearer $NANGO_API_KEY" -H "Provider-Config-Key: github" -H "Connection-Id: ada" "$NANGO_HOST/records?model=Issue"
  curl -H "Authorization: Bearer $NANGO_API_KEY" -H "Provider-Config-Key: github" -H "Connection-Id: ada" $NANGO_HOST/proxy/user
  curl -H "Authorization: Bearer $NANGO_API_KEY" -H "Provider-Config-Key: github" -H "Connection-Id: ada" -H "Content-Type: application/json" \
    -d '{"action_name": "create-issue", "input": {"title": "It is broken"}}' $NANGO_HOST/action/trigger
%[4]s
Ctrl-C ends it, and it forgets everything.
`

// triesOfWebhooks are for a receiver that runs at a URL, which comes in quotes for a shell.
const triesOfWebhooks = `
  # Each run of the sync, each nango-go connect and each asynchronous action sends a webhook. These send one now:
  nango-go webhook send %[1]s
  nango-go doctor --webhook-url %[1]s
  curl -H "Authorization: Bearer $NANGO_API_KEY" -H "Content-Type: application/json" \
    -d '{"provider_config_key": "github", "connection_id": "ada", "syncs": ["issues"]}' $NANGO_HOST/sync/trigger
`

// print prints the list for a person.
func (d *access) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	webhooks := d.WebhookURL
	if webhooks == "" {
		webhooks = "none; --webhook-url http://localhost:8787/nango sends them to a receiver of yours"
	}
	for _, row := range [][2]string{
		{"Base URL", d.BaseURL},
		{"API key", d.APIKey},
		{"Signing key", d.SigningKey},
		{"Webhooks", webhooks},
		{"Integrations", strings.Join(d.Integrations, ", ")},
		{"Connections", strings.Join(d.Connections, ", ")},
		{"Sync", d.Sync + ": changes records of the model " + d.Model + " every 30 seconds"},
		{"", "(the model " + d.LargeModel + " of github/ada has " + strconv.Itoa(commits) + " records, for an export that takes a while)"},
		{"Action", d.Action + ": takes {\"title\": …}"},
		{"Connect link", d.ConnectLink},
		{"", "(works for 30 minutes; nango-go connect makes others)"},
	} {
		fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	hooks := ""
	if d.WebhookURL != "" {
		hooks = fmt.Sprintf(triesOfWebhooks, "'"+strings.ReplaceAll(d.WebhookURL, "'", `'\''`)+"'")
	}
	_, err := fmt.Fprintf(out, tries, d.BaseURL, d.APIKey, d.SigningKey, hooks,
		strings.ToLower(rand.Text()[:6])) // the file of another server has the cursor of another server
	return err
}
