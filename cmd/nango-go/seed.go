package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// seed puts into a new server what can be tried, and returns how to reach it.
func seed(ctx context.Context, srv *nangotest.Server, baseURL, webhookURL string) (*access, error) {
	srv.SetConnectURL(baseURL + connectPath)
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "private-api-bearer", DisplayName: "CRM (API key)"})
	srv.AddIntegration(nangotest.Integration{ID: "billing", Provider: "private-api-basic", DisplayName: "Billing (user and password)"})
	srv.AddSharedApp("slack") // for quickstart integrations
	srv.AddTemplates("github", nango.FunctionTemplate{
		Name: "create-issue", Type: "action", Description: "Creates an issue.", Input: "NewIssue", Returns: []string{"Issue"}, Scopes: []string{"repo"},
	}, nango.FunctionTemplate{
		Name: "issues", Type: "sync", Description: "Copies the issues of a customer.", Returns: []string{"Issue"}, Scopes: []string{"repo"},
		Runs: "every hour", AutoStart: true, TrackDeletes: true,
	})
	srv.SetVariable("STAGE", "trial")
	srv.HandleProxy("github", http.HandlerFunc(provider))
	srv.HandleProxy("crm", http.HandlerFunc(provider))
	srv.HandleProxy("billing", http.HandlerFunc(provider))
	var ada *nangotest.ConnectionHandle
	for _, customer := range []string{"grace", "ada"} {
		ada = srv.AddConnection(nangotest.Connection{
			IntegrationID: "github", ConnectionID: customer, Tags: map[string]string{"end_user_id": customer},
			Metadata: map[string]any{"plan": "free"},
		})
	}
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "ada", Tags: map[string]string{"end_user_id": "ada"}})
	srv.AddSync(nangotest.Sync{
		IntegrationID: "github", Name: "issues", Models: []string{"Issue"}, Runs: "every 30 seconds", AutoStart: true, Type: "incremental",
		Run: new(tracker).run,
		Details: nangotest.FunctionDetails{
			Description: "Copies the issues of a customer.", Version: "1.0.0", Code: "export default createSync({ … })",
			Endpoints: []nangotest.FunctionEndpoint{{Method: "GET", Path: "/issues", Group: "Issues"}},
		},
	})
	srv.AddSync(nangotest.Sync{
		IntegrationID: "github", Name: "commits", Models: []string{"Commit"}, Runs: "every day", AutoStart: true, Type: "incremental",
		Details: nangotest.FunctionDetails{Description: "Has copied many commits, and finds no more."},
	})
	for batch := range slices.Chunk(manyCommits(), 500) { // all at once would need twice the memory for a moment
		ada.SaveRecords("Commit", batch...)
	}
	srv.AddAction(nangotest.Action{
		IntegrationID: "github", Name: "create-issue", Run: createIssue,
		Details: nangotest.FunctionDetails{
			Description: "Creates an issue.\n- title: what is wrong", Version: "1.0.0", Input: "NewIssue", Returns: []string{"Issue"},
			JSONSchema: json.RawMessage(schema), Code: "export default createAction({ … })",
			Endpoints: []nangotest.FunctionEndpoint{{Method: "POST", Path: "/issues", Group: "Issues"}},
		},
	})
	srv.AddAction(nangotest.Action{ // one that was deployed by itself, so that it can be deleted
		IntegrationID: "github", Name: "close-issue", Details: nangotest.FunctionDetails{Source: "standalone"},
	})
	session, err := srv.Client().ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{"end_user_id": "linus"}})
	if err != nil {
		return nil, err
	}
	return &access{
		BaseURL: baseURL, APIKey: srv.Key(), SigningKey: srv.SigningKey(), WebhookURL: webhookURL, ConnectLink: session.ConnectLink,
		Integrations: []string{"github", "crm", "billing"}, Connections: []string{"github/ada", "github/grace", "crm/ada"},
		Sync: "issues", Model: "Issue", LargeModel: "Commit", Action: "create-issue",
	}, nil
}

const schema = `{"definitions": {
	"NewIssue": {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
	"Issue": {"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}}, "required": ["id", "title"]}}}`

// tracker is the provider from which the sync copies: each run finds one more issue, another title, and one that is gone, among
// twenty.
type tracker struct {
	mu   sync.Mutex
	runs map[string]int // by connection and variant
}

const issues = 20

func (t *tracker) run(_ context.Context, run *nangotest.SyncRun) error {
	t.mu.Lock()
	if run.LastRun.IsZero() || t.runs == nil { // the first run, or the first after a reset
		if t.runs == nil {
			t.runs = map[string]int{}
		}
		t.runs[run.ConnectionID+"/"+run.Variant] = 0
	}
	t.runs[run.ConnectionID+"/"+run.Variant]++
	turn := t.runs[run.ConnectionID+"/"+run.Variant]
	t.mu.Unlock()

	save := func(number int) {
		run.Save("Issue", map[string]any{"id": fmt.Sprint(number), "title": fmt.Sprintf("Issue %d of %s, as of run %d", number, run.ConnectionID, turn)})
	}
	if turn == 1 {
		for number := 1; number <= issues/2; number++ {
			save(number)
		}
		return nil
	}
	added := (issues/2+turn-2)%issues + 1
	save(added)
	save((added+issues-3)%issues + 1)
	run.Delete("Issue", fmt.Sprint((added+issues/2-1)%issues+1))
	return nil
}

// commits is the number of records of the large model.
const commits = 10_000

func manyCommits() []any {
	all := make([]any, commits)
	for i := range all {
		all[i] = map[string]any{"id": strconv.Itoa(i + 1), "message": fmt.Sprintf("Change %d", i+1), "files": i % 7}
	}
	return all
}

// createIssue is the action.
func createIssue(_ context.Context, call nangotest.ActionCall) (any, error) {
	var input struct {
		Title string `json:"title"`
	}
	if err := json.Unmarshal(call.Input, &input); err != nil || input.Title == "" {
		return nil, &nangotest.ActionError{Payload: map[string]any{"message": "the input has no title"}}
	}
	return map[string]any{"id": strings.ToLower(rand.Text()[:8]), "title": input.Title}, nil
}

// provider is the API behind the proxy. It says what arrives there, but for credentials.
func provider(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "path": r.URL.Path, "query": r.URL.RawQuery, "authorized": r.Header.Get("Authorization") != "",
	})
}
