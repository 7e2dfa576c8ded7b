package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nango-go/sdk/nango"
)

// home shows the integrations to a customer, and the page to sign in to everyone else.
func (a *app) home(w http.ResponseWriter, r *http.Request) {
	if a.sessions.GetString(r.Context(), "customer") == "" {
		a.render(w, r, http.StatusOK, "signin", "Sign in", customers)
		return
	}
	a.signedIn(a.integrationsPage)(w, r)
}

// card is an integration and what a customer has connected of it.
type card struct {
	*nango.Integration
	Connections []connection
}

func (a *app) integrationsPage(w http.ResponseWriter, r *http.Request, who customer) error {
	found, err := a.db.connections(r.Context(), who.ID)
	if err != nil {
		return err
	}
	var cards []card
	for _, integration := range a.integrations {
		c := card{Integration: integration}
		for _, connection := range found {
			if connection.Integration == integration.IntegrationID {
				c.Connections = append(c.Connections, connection)
			}
		}
		cards = append(cards, c)
	}
	a.render(w, r, http.StatusOK, "home", "Integrations", cards)
	return nil
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	a.withErrors(func(w http.ResponseWriter, r *http.Request) error {
		who, ok := customers[r.PostFormValue("customer")]
		if !ok {
			return a.redirect(w, r, "/", "Please choose one of the customers.")
		}
		if err := a.sessions.RenewToken(r.Context()); err != nil { // so that nobody can plant a session
			return err
		}
		a.sessions.Put(r.Context(), "customer", who.ID)
		return a.redirect(w, r, "/", "")
	})(w, r)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	a.withErrors(func(w http.ResponseWriter, r *http.Request) error {
		if err := a.sessions.Destroy(r.Context()); err != nil {
			return err
		}
		return a.redirect(w, r, "/", "")
	})(w, r)
}

// connect sends the customer to Nango's connect UI. The webhook about what came of it stores the connection.
func (a *app) connect(w http.ResponseWriter, r *http.Request, who customer) error {
	session, err := a.client.ConnectSessions.Create(r.Context(), nango.CreateConnectSessionParams{
		Tags:           map[string]string{customerTag: who.ID},
		IntegrationIDs: []string{r.PathValue("integration")},
	})
	if err != nil {
		return err
	}
	return a.redirect(w, r, a.connectLink(session), "")
}

// repair lets the customer authorise the same connection again. Its id, its rows and its cursor stay.
func (a *app) repair(w http.ResponseWriter, r *http.Request, c connection) error {
	session, err := a.handle(c).Reconnect(r.Context(), nil)
	if err != nil {
		return err
	}
	return a.redirect(w, r, a.connectLink(session), "")
}

func (a *app) connectLink(session *nango.ConnectSession) string {
	if a.demo != nil {
		return demoLink(session)
	}
	return session.ConnectLink
}

func (a *app) handle(c connection) *nango.ConnectionHandle {
	return a.client.Connection(c.Integration, c.ID)
}

// name is what customers call an integration.
func (a *app) name(integrationID string) string {
	for _, integration := range a.integrations {
		if integration.IntegrationID == integrationID {
			return integration.DisplayName
		}
	}
	return integrationID
}

const shownIssues = 50

func (a *app) show(w http.ResponseWriter, r *http.Request, c connection) error {
	issues, err := a.db.issues(r.Context(), c, shownIssues)
	if err != nil {
		return err
	}
	a.render(w, r, http.StatusOK, "connection", a.name(c.Integration), struct {
		connection
		Name string
		Rows []issue
		File bool
	}{c, a.name(c.Integration), issues, a.file != ""})
	return nil
}

// createIssue runs an action, and then the syncs, so that what the action made arrives soon.
func (a *app) createIssue(w http.ResponseWriter, r *http.Request, c connection) error {
	title := strings.TrimSpace(r.PostFormValue("title"))
	if title == "" || utf8.RuneCountInString(title) > 200 {
		return a.redirect(w, r, c.Path(), "Please give the issue a title of at most 200 characters.")
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	_, err := nango.TriggerAction[any](ctx, a.handle(c), a.action, map[string]string{"title": title})
	if errors.Is(err, nango.ErrAction) {
		return a.redirect(w, r, c.Path(), a.name(c.Integration)+" did not accept the issue.")
	}
	if err != nil {
		return err
	}
	if err := a.handle(c).TriggerSyncs(ctx, nango.AllSyncs(), nil); err != nil {
		return err
	}
	return a.redirect(w, r, c.Path(), "The issue was created. It appears in the table when it has been synced.")
}

// disconnect deletes the connection at Nango, and does not wait for the webhook about it: old servers send none.
func (a *app) disconnect(w http.ResponseWriter, r *http.Request, c connection) error {
	if err := a.handle(c).Delete(r.Context()); err != nil && !errors.Is(err, nango.ErrNotFound) {
		return err
	}
	if err := a.forget(r.Context(), c.Integration, c.ID); err != nil {
		return err
	}
	return a.redirect(w, r, "/", a.name(c.Integration)+" is disconnected, and its data is deleted here.")
}
