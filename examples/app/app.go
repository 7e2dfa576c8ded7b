package main

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/webhook"
)

//go:embed static templates
var files embed.FS

// customer is who signs in. A product has a table of them, and passwords or single sign-on.
type customer struct{ ID, Name string }

var customers = map[string]customer{"acme": {"acme", "Acme Bakery"}, "globex": {"globex", "Globex Shipping"}}

// customerTag is the tag that says whose a connection is. Nango keeps it with the connection.
const customerTag = "end_user_id"

type app struct {
	settings
	client       *nango.Client
	db           *store
	integrations []*nango.Integration
	dispatcher   *consume.Dispatcher
	webhooks     http.Handler
	sessions     *scs.SessionManager
	live         *hub
	demo         *demo // nil on a real Nango
}

func newApp(ctx context.Context, client *nango.Client, db *store, set settings, sample *demo) (*app, error) {
	a := &app{settings: set, client: client, db: db, sessions: scs.New(), live: newHub(), demo: sample}
	a.sessions.Store = db.sessions
	a.sessions.Lifetime = 12 * time.Hour
	a.sessions.Cookie.Secure = strings.HasPrefix(set.publicURL, "https:")
	if err := a.consume(ctx); err != nil {
		return nil, err
	}
	if err := a.receive(); err != nil {
		return nil, err
	}
	if sample != nil {
		sample.srv.SetWebhookHandler(a.webhooks)
	}
	return a, nil
}

func (a *app) routes() http.Handler {
	const connection = "/connections/{integration}/{connection}"
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", a.home)
	pages.HandleFunc("POST /sign-in", a.signIn)
	pages.HandleFunc("POST /sign-out", a.signOut)
	pages.HandleFunc("POST /integrations/{integration}/connect", a.signedIn(a.connect))
	pages.HandleFunc("GET "+connection, a.own(a.show))
	pages.HandleFunc("POST "+connection+"/issues", a.own(a.createIssue))
	pages.HandleFunc("GET "+connection+"/file", a.own(a.download))
	pages.HandleFunc("POST "+connection+"/repair", a.own(a.repair))
	pages.HandleFunc("POST "+connection+"/disconnect", a.own(a.disconnect))
	pages.HandleFunc("GET /events", a.signedIn(a.events))
	if a.demo != nil {
		pages.HandleFunc("GET /demo/connect", a.withErrors(a.demoConnect))
		pages.HandleFunc("POST /demo/connect", a.withErrors(a.demoAuthorise))
		pages.HandleFunc("POST "+connection+"/break", a.own(a.demoBreak))
	}
	all := http.NewServeMux()
	all.Handle("GET /static/", http.FileServerFS(files))
	all.Handle("POST /nango", a.webhooks)
	all.Handle("/", a.sessions.LoadAndSave(pages))
	guarded := http.NewCrossOriginProtection().Handler(all)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Content-Type-Options", "nosniff")
		if r.Method == http.MethodPost { // forms and webhooks are small, and do not come in drops
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(10 * time.Second))
			if r.URL.Path != "/nango" {
				r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
			}
		}
		guarded.ServeHTTP(w, r)
	})
}

// receive makes the handler of Nango's webhooks.
func (a *app) receive() error {
	keys, err := webhook.NewKeyring(a.signingKeys[0], a.signingKeys[1:]...)
	if err != nil {
		return errors.Join(errors.New("set NANGO_WEBHOOK_SIGNING_KEY to the webhook signing key of the environment"), err)
	}
	a.webhooks, err = webhook.NewHandler(webhook.Config{
		KeysFunc: keys.Keys, Confirm: a.client.ConfirmAuthEvent, OnAuth: a.onAuth, OnSync: a.onSync,
	})
	return err
}

// signedIn lets customers through, and shows everyone else the page to sign in.
func (a *app) signedIn(page func(http.ResponseWriter, *http.Request, customer) error) http.HandlerFunc {
	return a.withErrors(func(w http.ResponseWriter, r *http.Request) error {
		who, ok := customers[a.sessions.GetString(r.Context(), "customer")]
		if !ok {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return nil
		}
		return page(w, r, who)
	})
}

// own finds the connection of a path among those of the customer. A connection of another customer is like one that does not exist.
func (a *app) own(page func(http.ResponseWriter, *http.Request, connection) error) http.HandlerFunc {
	return a.signedIn(func(w http.ResponseWriter, r *http.Request, who customer) error {
		found, err := a.db.connections(r.Context(), who.ID, r.PathValue("integration"), r.PathValue("connection"))
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return sql.ErrNoRows
		}
		err = page(w, r, found[0])
		if errors.Is(err, nango.ErrRefreshFailed) {
			if err := a.markBroken(r.Context(), found[0].Integration, found[0].ID); err != nil {
				return err
			}
			return a.redirect(w, r, found[0].Path(), "")
		}
		return err
	})
}

// withErrors shows the error of a page to the person: what it means, not what it says.
func (a *app) withErrors(page func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := page(w, r)
		status, text := http.StatusInternalServerError, "Something went wrong here. Please try again."
		switch _, ofNango := errors.AsType[*nango.Error](err); {
		case err == nil || r.Context().Err() != nil:
			return
		case errors.Is(err, sql.ErrNoRows):
			status, text = http.StatusNotFound, "There is no such page."
		case ofNango:
			status, text = http.StatusBadGateway, "The connected service did not do what we asked it for. Please try again."
		}
		if status != http.StatusNotFound {
			slog.ErrorContext(r.Context(), "a page failed", "pattern", r.Pattern, "error", err)
		}
		a.render(w, r, status, "error", http.StatusText(status), text)
	}
}

// redirect shows the page at path, with a message.
func (a *app) redirect(w http.ResponseWriter, r *http.Request, path, message string) error {
	if message != "" {
		a.sessions.Put(r.Context(), "message", message)
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

var templates = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range []string{"home", "connection", "signin", "error", "authorise"} {
		all[name] = template.Must(template.ParseFS(files, "templates/layout.html", "templates/"+name+".html"))
	}
	return all
}()

func (a *app) render(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) {
	view := struct {
		Title, Message string
		Customer       customer
		Demo           bool
		Data           any
	}{Title: title, Customer: customers[a.sessions.GetString(r.Context(), "customer")], Demo: a.demo != nil, Data: data}
	if r.Header.Get("X-Live") == "" { // a script that renews a part of the page does not show messages
		view.Message = a.sessions.PopString(r.Context(), "message")
	}
	var page bytes.Buffer
	if err := templates[name].ExecuteTemplate(&page, "layout.html", view); err != nil {
		slog.ErrorContext(r.Context(), "a template failed", "name", name, "error", err)
		http.Error(w, "Something went wrong here.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // a page of one customer
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}
