package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// demo stands for Nango, for two providers and for the customer's account there. Nothing else in the app knows that it exists,
// but for the routes of its pages.
type demo struct {
	srv *nangotest.Server

	mu     sync.Mutex
	issues map[string][]issue // at the provider, by connection
	broken map[string]bool    // the provider has withdrawn the access
	count  int
}

const demoFile = "/files/report.csv"

var demoTitles = []string{
	"Checkout fails for cards from Canada", "The invoice shows the wrong month", "Search does not find accents",
	"The export stops after 1,000 rows", "Dark mode hides the save button", "Two e-mails for one order",
	"The map is slow on old phones", "Times are shown in UTC", "Add a field for the tax number",
}

func newDemo() *demo {
	d := &demo{srv: nangotest.New(), issues: map[string][]issue{}, broken: map[string]bool{}}
	for id, name := range map[string]string{"github": "GitHub", "linear": "Linear"} {
		d.srv.AddIntegration(nangotest.Integration{ID: id, Provider: id, DisplayName: name})
		d.srv.AddSync(nangotest.Sync{
			IntegrationID: id, Name: "issues", Models: []string{"Issue"}, Runs: "every 30 seconds", AutoStart: true, TrackDeletes: true, Run: d.sync,
		})
		d.srv.AddAction(nangotest.Action{IntegrationID: id, Name: "create-issue", Run: d.create})
		d.srv.HandleProxy(id, http.HandlerFunc(d.provider))
	}
	return d
}

func (d *demo) close() { d.srv.Close() }

var errWithdrawn = &nangotest.UpstreamError{StatusCode: http.StatusUnauthorized, Body: map[string]string{"message": "Bad credentials"}}

// sync saves what is at the provider. The first run finds five issues.
func (d *demo) sync(_ context.Context, run *nangotest.SyncRun) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken[run.ConnectionID] {
		return errWithdrawn
	}
	for run.LastRun.IsZero() && len(d.issues[run.ConnectionID]) < 5 {
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
func (d *demo) create(_ context.Context, call nangotest.ActionCall) (any, error) {
	var input struct{ Title string }
	if err := json.Unmarshal(call.Input, &input); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken[call.ConnectionID] {
		return nil, errWithdrawn
	}
	return d.addLocked(call.ConnectionID, input.Title), nil
}

// provider serves a file of 3 MiB, as slowly as a provider would.
func (d *demo) provider(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != demoFile {
		http.NotFound(w, r)
		return
	}
	line := []byte("2026-11-29,Acme Bakery,12 loaves of bread, 38.40\n")
	piece := slices.Repeat(line, 64<<10/len(line))
	const pieces = 48
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Content-Disposition", `attachment; filename="report.csv"`)
	w.Header().Set("Content-Length", strconv.Itoa(pieces*len(piece)))
	pace := time.NewTicker(40 * time.Millisecond)
	defer pace.Stop()
	for range pieces {
		if _, err := w.Write(piece); err != nil {
			return
		}
		select {
		case <-pace.C:
		case <-r.Context().Done():
			return
		}
	}
}

// live lets things happen at the provider, until ctx ends.
func (d *demo) live(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			d.change(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// change closes the oldest open issue of each connection, opens a new one, deletes the oldest of many, and runs the syncs.
func (d *demo) change(ctx context.Context) {
	d.mu.Lock()
	for id, issues := range d.issues {
		if i := slices.IndexFunc(issues, func(i issue) bool { return i.State == "open" }); i >= 0 {
			issues[i].State = "closed"
		}
		if len(issues) >= 12 {
			d.issues[id] = issues[1:]
		}
		d.addLocked(id, demoTitles[d.count%len(demoTitles)])
	}
	d.mu.Unlock()
	for _, id := range []string{"github", "linear"} {
		err := d.srv.Client().Syncs.Trigger(ctx, id, nango.AllSyncs(), nil)
		if err != nil && !errors.Is(err, nango.ErrInvalid) && ctx.Err() == nil { // invalid: there is no connection
			slog.ErrorContext(ctx, "demo: the syncs do not run", "error", err)
		}
	}
}

func demoLink(session *nango.ConnectSession) string {
	return "/demo/connect?session_token=" + url.QueryEscape(session.Token.Reveal())
}

// demoConnect is the page that stands for Nango's connect UI.
func (a *app) demoConnect(w http.ResponseWriter, r *http.Request) error {
	token := r.FormValue("session_token")
	info, err := a.client.ConnectSessions.Get(r.Context(), token)
	if err != nil {
		return errors.Join(sql.ErrNoRows, err)
	}
	a.render(w, r, http.StatusOK, "authorise", "Authorise", struct {
		Token, Name  string
		Reconnecting bool
	}{token, a.name(strings.Join(info.IntegrationIDs, "")), info.Reconnecting})
	return nil
}

func (a *app) demoAuthorise(w http.ResponseWriter, r *http.Request) error {
	if r.PostFormValue("cancel") != "" {
		return a.redirect(w, r, "/", "Nothing was connected.")
	}
	connection, err := a.demo.srv.Authorize(r.PostFormValue("session_token"), nangotest.Authorization{Credentials: &nango.OAuth2Credentials{
		AccessToken: nango.NewSecret("demo-access"), RefreshToken: nango.NewSecret("demo-refresh"), ExpiresAt: a.demo.srv.Now().Add(time.Hour),
	}})
	if err != nil {
		return errors.Join(sql.ErrNoRows, err)
	}
	a.demo.repair(connection)
	a.demo.srv.Settle() // the webhooks have arrived
	path := "/connections/" + url.PathEscape(connection.IntegrationID()) + "/" + url.PathEscape(connection.ConnectionID())
	return a.redirect(w, r, path, a.name(connection.IntegrationID())+" is connected.")
}

func (d *demo) repair(connection *nangotest.ConnectionHandle) {
	connection.RestoreRefresh()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.broken, connection.ConnectionID())
}

// demoBreak lets the provider withdraw its access, and Nango notice it: Nango refreshes tokens by itself, long before anyone asks.
func (a *app) demoBreak(w http.ResponseWriter, r *http.Request, c connection) error {
	atNango := a.demo.srv.Connection(c.Integration, c.ID)
	if !atNango.Exists() {
		return sql.ErrNoRows
	}
	a.demo.mu.Lock()
	a.demo.broken[c.ID] = true
	a.demo.mu.Unlock()
	atNango.FailRefresh(http.StatusBadRequest, "invalid_grant")
	atNango.ExpireToken()
	if _, err := a.handle(c).Token(r.Context(), nil); !errors.Is(err, nango.ErrRefreshFailed) {
		return fmt.Errorf("demo: the refresh did not fail: %w", err)
	}
	a.demo.srv.Settle()
	return a.redirect(w, r, c.Path(), "")
}
