package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// demo stands for Nango, for two providers and for the customer's accounts there.
type demo struct {
	srv *nangotest.Server

	mu     sync.Mutex
	issues map[string][]issue // at the provider, by connection
	count  int
}

const demoFile = "/files/report.csv"

var demoTitles = []string{
	"Checkout fails for cards from Canada", "The invoice shows the wrong month", "Search does not find accents",
	"The export stops after 1,000 rows", "Dark mode hides the save button", "Two e-mails for one order",
	"The map is slow on old phones", "Times are shown in UTC",
}

func newDemo() *demo {
	d := &demo{srv: nangotest.New(), issues: map[string][]issue{}}
	for _, name := range []string{"GitHub", "Linear"} {
		id := strings.ToLower(name)
		d.srv.AddIntegration(nangotest.Integration{ID: id, Provider: id, DisplayName: name})
		d.srv.AddSync(nangotest.Sync{IntegrationID: id, Name: "issues", Models: []string{"Issue"}, AutoStart: true, TrackDeletes: true, Run: d.sync})
		d.srv.AddAction(nangotest.Action{IntegrationID: id, Name: "create-issue", Run: d.create})
		d.srv.HandleProxy(id, http.HandlerFunc(d.provider))
	}
	d.srv.Inject(nangotest.Rule{Operation: "proxyGet"}, nangotest.SlowBody(4*time.Millisecond))
	return d
}

// live runs the syncs again and again, until the server is closed.
func (d *demo) live(ctx context.Context, every time.Duration) {
	d.srv.AfterFunc(every, func() {
		for _, id := range []string{"github", "linear"} {
			_ = d.srv.Client().Syncs.Trigger(ctx, id, nango.AllSyncs(), nil) // an error says that there is no connection yet
		}
		d.live(ctx, every)
	})
}

// sync saves what is at the provider. Between two runs somebody there closes an issue, opens one, and deletes the oldest of many.
func (d *demo) sync(ctx context.Context, run *nangotest.SyncRun) error {
	if _, err := d.srv.Client().Connection(run.IntegrationID, run.ConnectionID).Token(ctx, nil); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	issues := d.issues[run.ConnectionID]
	if i := slices.IndexFunc(issues, func(i issue) bool { return i.State == "open" }); i >= 0 {
		issues[i].State = "closed"
	}
	d.issues[run.ConnectionID] = issues[max(0, len(issues)-12):]
	for more := true; more; more = len(d.issues[run.ConnectionID]) < 5 {
		d.addLocked(run.ConnectionID, demoTitles[d.count%len(demoTitles)])
	}
	for _, i := range d.issues[run.ConnectionID] {
		run.Save("Issue", i)
	}
	return nil
}

func (d *demo) addLocked(connection, title string) issue {
	d.count++
	i := issue{ID: strconv.Itoa(100 + d.count), Title: title, State: "open"}
	d.issues[connection] = append(d.issues[connection], i)
	return i
}

// create is the code of the action.
func (d *demo) create(ctx context.Context, call nangotest.ActionCall) (any, error) {
	var input struct{ Title string }
	if err := json.Unmarshal(call.Input, &input); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addLocked(call.ConnectionID, input.Title), nil
}

// provider responds with a file to every call. The fault SlowBody makes it come as slowly as a large one.
func (d *demo) provider(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Disposition", `attachment; filename="report.csv"`)
	http.ServeContent(w, r, demoFile, time.Time{}, strings.NewReader(strings.Repeat("2026-11-29,12 loaves of bread,38.40\n", 12000)))
}

// demoConnect is the page that stands for Nango's connect UI.
func (a *app) demoConnect(w http.ResponseWriter, r *http.Request) error {
	token := r.FormValue("session_token")
	info, err := a.client.ConnectSessions.Get(r.Context(), token)
	if err != nil {
		return sql.ErrNoRows
	}
	a.render(w, r, http.StatusOK, "authorise", "Authorise", map[string]any{
		"Token": token, "Name": a.integrations[strings.Join(info.IntegrationIDs, "")], "Reconnecting": info.Reconnecting,
	})
	return nil
}

func (a *app) demoAuthorise(w http.ResponseWriter, r *http.Request) error {
	made, err := a.demo.srv.Authorize(r.PostFormValue("session_token"), nangotest.Authorization{Credentials: &nango.OAuth2Credentials{
		AccessToken: nango.NewSecret("demo-access"), RefreshToken: nango.NewSecret("demo-refresh"), ExpiresAt: a.demo.srv.Now().Add(time.Hour),
	}})
	if err != nil {
		return sql.ErrNoRows
	}
	made.RestoreRefresh()
	a.demo.srv.Settle() // the webhooks have arrived
	c := connection{Integration: made.IntegrationID(), ID: made.ConnectionID()}
	return a.redirect(w, r, c.Path(), a.integrations[c.Integration]+" is connected.")
}

// demoBreak lets the provider withdraw its access, and Nango notice it: it refreshes tokens by itself, long before anyone asks.
func (a *app) demoBreak(_ http.ResponseWriter, r *http.Request, c connection) error {
	atNango := a.demo.srv.Connection(c.Integration, c.ID)
	atNango.FailRefresh(http.StatusBadRequest, "invalid_grant")
	atNango.ExpireToken()
	_, err := a.handle(c).Token(r.Context(), nil)
	a.demo.srv.Settle()
	return err // which own takes for what it is
}
