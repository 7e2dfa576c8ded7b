package main

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"

	_ "embed"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// connectPath is where the links of connect sessions lead. The API has no such path.
const connectPath = "/connect-ui"

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// connectPage is what the connect UI is in a real Nango: a person chooses an integration and authorises, or refuses. It works
// without JavaScript.
type connectPage struct{ srv *nangotest.Server }

// view is what the page shows: integrations to choose from, or what came of the choice.
type view struct {
	Token        string
	Reconnecting bool
	Integrations []choice
	Title, Text  string
}

// choice is an integration, with what the person has to type in.
type choice struct {
	ID, Name         string
	APIKey, Password bool
}

// choose shows the integrations that the session allows.
func (p *connectPage) choose(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("session_token")
	v, err := p.load(r, token)
	if err != nil {
		render(w, http.StatusGone, view{Title: "This link does not work", Text: "The connect session has expired, was deleted, or never was. Make a new one."})
		return
	}
	render(w, http.StatusOK, v)
}

// load reads what the token of a session stands for.
func (p *connectPage) load(r *http.Request, token string) (view, error) {
	client := p.srv.Client()
	info, err := client.ConnectSessions.Get(r.Context(), token)
	if err != nil {
		return view{}, err
	}
	integrations, err := client.Integrations.List(r.Context())
	if err != nil {
		return view{}, err
	}
	v := view{Token: token, Reconnecting: info.Reconnecting}
	for _, integration := range integrations {
		if len(info.IntegrationIDs) > 0 && !slices.Contains(info.IntegrationIDs, integration.IntegrationID) {
			continue
		}
		provider, err := client.Providers.Get(r.Context(), integration.Provider, nil)
		if err != nil {
			return view{}, err
		}
		v.Integrations = append(v.Integrations, choice{
			ID: integration.IntegrationID, Name: integration.DisplayName,
			APIKey: provider.AuthMode == "API_KEY", Password: provider.AuthMode == "BASIC",
		})
	}
	return v, nil
}

// decide carries out what the person has decided.
func (p *connectPage) decide(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		render(w, http.StatusBadRequest, view{Title: "Not connected", Text: "The form could not be read."})
		return
	}
	token, id := r.PostForm.Get("session_token"), r.PostForm.Get("integration")
	v, err := p.load(r, token)
	if err != nil {
		render(w, http.StatusGone, view{Title: "Not connected", Text: "The connect session has expired. Make a new one."})
		return
	}
	i := slices.IndexFunc(v.Integrations, func(c choice) bool { return c.ID == id })
	if i < 0 {
		render(w, http.StatusBadRequest, view{Title: "Not connected", Text: "The connect session does not allow this integration."})
		return
	}
	decision := r.PostForm.Get("decision")
	if decision != "authorize" && decision != "refuse" {
		render(w, http.StatusBadRequest, view{Title: "Not connected", Text: "The form says neither to authorize nor to refuse. Open the link again, and use its buttons."})
		return
	}
	if decision == "refuse" {
		if err := p.srv.FailAuthorization(token, nangotest.AuthorizationFailure{IntegrationID: id}); err != nil {
			render(w, http.StatusConflict, view{Title: "Not refused", Text: err.Error()})
			return
		}
		render(w, http.StatusOK, view{Title: "Refused", Text: "Nothing was connected. The program that made the link does not see that you refused: nango-go connect waits on. Only a receiver of webhooks gets an event about it. To authorize after all, open the link again."})
		return
	}
	credentials := v.Integrations[i].credentials(r.PostForm)
	connection, err := p.srv.Authorize(token, nangotest.Authorization{IntegrationID: id, Credentials: credentials})
	if err != nil {
		render(w, http.StatusConflict, view{Title: "Not connected", Text: err.Error()})
		return
	}
	render(w, http.StatusOK, view{
		Title: "Connected", Text: "The connection is " + id + "/" + connection.ConnectionID() + ". You can close this page.",
	})
}

// credentials are what the person has typed in; nil lets the server make some.
func (c choice) credentials(form url.Values) nango.Credentials {
	switch {
	case c.APIKey && form.Get("api_key") != "":
		return &nango.APIKeyCredentials{APIKey: nango.NewSecret(form.Get("api_key"))}
	case c.Password && form.Get("username") != "":
		return &nango.BasicCredentials{Username: nango.NewSecret(form.Get("username")), Password: nango.NewSecret(form.Get("password"))}
	}
	return nil
}

// welcome is where the base URL leads.
func welcome(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, view{Title: "nango-go serve", Text: "This is a Nango for trying things out, without a dashboard. What there is, and how " +
		"to reach it, is in the terminal in which it runs, and in docs/cli.md of the SDK."})
}

func render(w http.ResponseWriter, status int, v view) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	header.Set("Referrer-Policy", "no-referrer") // the URL has the token
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, v) // an error here is a connection that broke
}
