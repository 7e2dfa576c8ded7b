package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

//go:embed static templates
var files embed.FS

// customers are who can sign in. A product has a table of them, and passwords or single sign-on.
var customers = map[string]string{"acme": "Acme Bakery", "globex": "Globex Shipping"}

// customerTag is the tag that says whose a connection is. Nango keeps it with the connection.
const customerTag = "end_user_id"

type app struct {
	settings
	client       *nango.Client
	db           *store
	integrations map[string]string // the names by id
	dispatcher   *consume.Dispatcher
	webhooks     http.Handler
	sessions     *scs.SessionManager
	live         *hub
	closing      context.Context // ends the streams of events
	close        func()
	demo         *demo // nil on a real Nango
}

func newApp(ctx context.Context, client *nango.Client, db *store, set settings, sample *demo) (*app, error) {
	a := &app{settings: set, client: client, db: db, sessions: scs.New(), demo: sample, integrations: map[string]string{}}
	a.live = &hub{streams: map[chan string]string{}}
	a.closing, a.close = context.WithCancel(context.Background())
	a.sessions.Store = db.sessions
	a.sessions.Lifetime = 12 * time.Hour
	a.sessions.Cookie.Secure = strings.HasPrefix(set.url, "https:")
	if err := a.receive(); err != nil {
		return nil, err
	}
	if sample != nil {
		sample.srv.SetWebhookHandler(a.webhooks)
	}
	return a, a.consume(ctx)
}

func (a *app) routes() http.Handler {
	const connection = "/connections/{integration}/{connection}"
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", a.page(a.home))
	pages.HandleFunc("POST /sign-in", a.page(a.signIn))
	pages.HandleFunc("POST /sign-out", a.page(a.signOut))
	pages.HandleFunc("POST /integrations/{integration}/connect", a.signedIn(a.connect))
	pages.HandleFunc("GET "+connection, a.own(a.show))
	pages.HandleFunc("POST "+connection+"/issues", a.own(a.createIssue))
	pages.HandleFunc("GET "+connection+"/file", a.own(a.download))
	pages.HandleFunc("POST "+connection+"/repair", a.own(a.repair))
	pages.HandleFunc("POST "+connection+"/disconnect", a.own(a.disconnect))
	pages.HandleFunc("GET /events", a.signedIn(a.events))
	if a.demo != nil {
		pages.HandleFunc("GET /demo/connect", a.page(a.demoConnect))
		pages.HandleFunc("POST /demo/connect", a.page(a.demoAuthorise))
		pages.HandleFunc("POST "+connection+"/break", a.own(a.demoBreak))
	}
	all := http.NewServeMux()
	all.Handle("GET /static/", http.FileServerFS(files))
	all.Handle("POST /nango", a.webhooks)
	all.Handle("/", a.sessions.LoadAndSave(http.MaxBytesHandler(pages, 64<<10)))
	guarded := http.NewCrossOriginProtection().Handler(all)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		w.Header().Set("Referrer-Policy", "same-origin")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Method == http.MethodPost { // a body that comes drop by drop
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(10 * time.Second))
		}
		guarded.ServeHTTP(w, r)
	})
}

// page shows the error of a page to the person: what it means, not what it says.
func (a *app) page(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		if errors.Is(err, sql.ErrNoRows) {
			a.render(w, r, http.StatusNotFound, "error", "Not found", "There is no such page.")
			return
		}
		slog.ErrorContext(r.Context(), "a page failed", "pattern", r.Pattern, "error", err)
		a.render(w, r, http.StatusInternalServerError, "error", "It did not work", "We have been told. Please try again a little later.")
	}
}

// signedIn lets customers through, and shows everyone else the page to sign in.
func (a *app) signedIn(do func(w http.ResponseWriter, r *http.Request, customer string) error) http.HandlerFunc {
	return a.page(func(w http.ResponseWriter, r *http.Request) error {
		if customer := a.customer(r); customer != "" {
			return do(w, r, customer)
		}
		return a.redirect(w, r, "/", "")
	})
}

// own finds the connection of a path among those of the customer. One of another customer is like one that does not exist.
func (a *app) own(do func(http.ResponseWriter, *http.Request, connection) error) http.HandlerFunc {
	return a.signedIn(func(w http.ResponseWriter, r *http.Request, customer string) error {
		c, err := a.db.connection(r.Context(), r.PathValue("integration"), r.PathValue("connection"))
		if err == nil && c.Customer != customer {
			err = sql.ErrNoRows
		}
		if err == nil {
			err = do(w, r, c)
		}
		if errors.Is(err, nango.ErrRefreshFailed) {
			if err = a.markBroken(r.Context(), c); err == nil {
				err = a.redirect(w, r, c.Path(), "")
			}
		}
		return err
	})
}

// customer returns the id of who has signed in.
func (a *app) customer(r *http.Request) string { return a.sessions.GetString(r.Context(), "customer") }

// redirect shows the page at path, with a message.
func (a *app) redirect(w http.ResponseWriter, r *http.Request, path, message string) error {
	if message != "" {
		a.sessions.Put(r.Context(), "message", message)
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

var templates = template.Must(template.ParseFS(files, "templates/*"))

func (a *app) render(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) {
	view := map[string]any{"Title": title, "Customer": customers[a.customer(r)], "Demo": a.demo != nil, "Data": data, "Message": ""}
	if r.Header.Get("X-Live") == "" { // app.js, which renews a part of a page, would lose the message
		view["Message"] = a.sessions.PopString(r.Context(), "message")
	}
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name+".html", view); err != nil {
		slog.ErrorContext(r.Context(), "a template failed", "name", name, "error", err)
		http.Error(w, "Something is wrong on our side.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // it is the page of one customer
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}

// home shows the integrations to a customer, and the page to sign in to everyone else.
func (a *app) home(w http.ResponseWriter, r *http.Request) error {
	found, err := a.db.connections(r.Context(), "customer = ?", a.customer(r))
	if err != nil {
		return err
	}
	a.render(w, r, http.StatusOK, "home", "Integrations", map[string]any{"Integrations": a.integrations, "Connections": found, "Customers": customers})
	return nil
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) error {
	customer := r.PostFormValue("customer")
	if customers[customer] == "" {
		return a.redirect(w, r, "/", "Please choose one of the customers.")
	}
	if err := a.sessions.RenewToken(r.Context()); err != nil { // so that nobody can plant a session
		return err
	}
	a.sessions.Put(r.Context(), "customer", customer)
	return a.redirect(w, r, "/", "")
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := a.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	return a.redirect(w, r, "/", "")
}

// connect begins a connection. The webhook about what came of it stores the connection.
func (a *app) connect(w http.ResponseWriter, r *http.Request, customer string) error {
	integration := r.PathValue("integration")
	if _, ok := a.integrations[integration]; !ok {
		return sql.ErrNoRows
	}
	session, err := a.client.ConnectSessions.Create(r.Context(), nango.CreateConnectSessionParams{
		Tags: map[string]string{customerTag: customer}, IntegrationIDs: []string{integration},
	})
	return a.authorise(w, r, session, err)
}

// repair lets the customer authorise the same connection again. Its id, its rows and its cursor stay.
func (a *app) repair(w http.ResponseWriter, r *http.Request, c connection) error {
	session, err := a.handle(c).Reconnect(r.Context(), nil)
	return a.authorise(w, r, session, err)
}

// authorise sends the customer to Nango's connect UI, or to the page that stands for it.
func (a *app) authorise(w http.ResponseWriter, r *http.Request, session *nango.ConnectSession, err error) error {
	if err != nil {
		return err
	}
	if a.demo != nil {
		return a.redirect(w, r, "/demo/connect?session_token="+session.Token.Reveal(), "")
	}
	return a.redirect(w, r, session.ConnectLink, "")
}

func (a *app) handle(c connection) *nango.ConnectionHandle {
	return a.client.Connection(c.Integration, c.ID)
}

func (a *app) show(w http.ResponseWriter, r *http.Request, c connection) error {
	issues, err := a.db.issues(r.Context(), c, 50)
	if err != nil {
		return err
	}
	a.render(w, r, http.StatusOK, "connection", a.integrations[c.Integration], map[string]any{
		"Connection": c, "Name": a.integrations[c.Integration], "Issues": issues, "File": a.filePath != "",
	})
	return nil
}

// createIssue runs an action, and then the syncs, so that what the action made arrives soon.
func (a *app) createIssue(w http.ResponseWriter, r *http.Request, c connection) error {
	title := strings.TrimSpace(r.PostFormValue("title"))
	if title == "" || len(title) > 500 {
		return a.redirect(w, r, c.Path(), "Please give the issue a title that is not too long.")
	}
	_, err := nango.TriggerAction[any](r.Context(), a.handle(c), a.action, map[string]string{"title": title})
	if errors.Is(err, nango.ErrAction) {
		return a.redirect(w, r, c.Path(), a.integrations[c.Integration]+" did not accept the issue.")
	}
	if err != nil {
		return err
	}
	if err := a.handle(c).TriggerSyncs(r.Context(), nango.AllSyncs(), nil); err != nil { // the issue is there, and comes with the next run
		slog.WarnContext(r.Context(), "the syncs could not be started", "error", err)
	}
	return a.redirect(w, r, c.Path(), "The issue was created. It appears here when it has been synced.")
}

// disconnect deletes the connection at Nango, and does not wait for the webhook about it: old servers send none.
func (a *app) disconnect(w http.ResponseWriter, r *http.Request, c connection) error {
	if err := a.handle(c).Delete(r.Context()); err != nil && !errors.Is(err, nango.ErrNotFound) {
		return err
	}
	if err := a.forget(r.Context(), c); err != nil {
		return err
	}
	return a.redirect(w, r, "/", a.integrations[c.Integration]+" is disconnected, and its data is deleted here.")
}

// download streams a file from the provider through Nango to the browser. Nothing of it is kept here.
func (a *app) download(w http.ResponseWriter, r *http.Request, c connection) error {
	response, err := a.handle(c).Proxy(r.Context(), nango.ProxyRequest{Path: a.filePath})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return a.redirect(w, r, c.Path(), a.integrations[c.Integration]+" did not give us the file.")
	}
	_, named, _ := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
	// Always an attachment: a page of the provider must not run as one of ours.
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(cmp.Or(named["filename"], a.filePath))}))
	w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
	if response.ContentLength >= 0 {
		w.Header().Set("Content-Length", fmt.Sprint(response.ContentLength))
	}
	counted := &counter{total: response.ContentLength, report: func(done, total int64) {
		_ = http.NewResponseController(w).Flush()
		data, _ := json.Marshal(map[string]any{"connection": c.ID, "done": done, "total": total})
		a.live.publish(c.Customer, "event: progress\ndata: "+string(data)+"\n\n")
	}}
	if _, err := io.Copy(io.MultiWriter(w, counted), response.Body); err != nil {
		slog.WarnContext(r.Context(), "a download broke off", "error", err)
		panic(http.ErrAbortHandler) // so that the browser sees that the file is not complete
	}
	counted.report(counted.done, counted.done)
	return nil
}

// counter counts bytes, and reports them ten times a second.
type counter struct {
	done, total int64 // total is -1 if the provider does not say it
	last        time.Time
	report      func(done, total int64)
}

func (c *counter) Write(p []byte) (int, error) {
	c.done += int64(len(p))
	if now := time.Now(); now.Sub(c.last) >= 100*time.Millisecond {
		c.last = now
		c.report(c.done, c.total)
	}
	return len(p), nil
}
