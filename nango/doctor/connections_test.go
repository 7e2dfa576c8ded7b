package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
)

const subject = "crm/c1"

func oauth2(expires time.Time, refresh string) *nango.OAuth2Credentials {
	return &nango.OAuth2Credentials{AccessToken: nango.NewSecret("secret-token"), RefreshToken: nango.NewSecret(refresh), ExpiresAt: expires}
}

// Without Params.Connections the newest ones are looked at, up to a limit, and the report says whether there are more.
func TestConnections(t *testing.T) {
	srv := nangotest.Start(t)
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckConnections, "", doctor.Pass, "no connections yet")
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
	for i := range 12 {
		srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: fmt.Sprintf("c%d", i)})
	}
	looked := func(report *doctor.Report) (subjects []string) {
		for _, c := range report.Checks {
			if c.ID == doctor.CheckConnection {
				subjects = append(subjects, c.Subject)
			}
		}
		return subjects
	}
	report := run(t, srv.Client(), doctor.Params{})
	expect(t, report, doctor.CheckConnections, "", doctor.Pass, "the 10 newest of more connections")
	assert.Len(t, looked(report), 10)
	assert.Equal(t, "crm/c11", looked(report)[0])
	report = run(t, srv.Client(), doctor.Params{ConnectionLimit: 20})
	expect(t, report, doctor.CheckConnections, "", doctor.Pass, "all connections of the environment: 12")
	assert.Len(t, looked(report), 12)

	narrow := srv.AddKey(nangotest.Key{Scopes: []string{"environment:proxy"}})
	report = run(t, srv.ClientWithKey(narrow.Secret), doctor.Params{})
	expect(t, report, doctor.CheckConnections, "", doctor.Skipped, "environment:connections:list")
	assert.Empty(t, looked(report))
	srv.Inject(nangotest.Rule{Operation: gen.OperationListConnections}, nangotest.ServerError())
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckConnections, "", doctor.Inconclusive, "500 (generic_error_support)")
}

// The ids of Params.Connections are looked up in the environment of the client, and what is wrong with them is a failure.
func TestNamedConnections(t *testing.T) {
	srv := start(t)
	handle := func(id string) *nango.ConnectionHandle { return srv.Client().Connection("crm", id) }
	params := doctor.Params{Connections: []*nango.ConnectionHandle{handle("c1"), handle("c2")}, ReadCredentials: true}
	report := run(t, srv.Client(), params)
	expect(t, report, doctor.CheckConnection, subject, doctor.Pass, "no errors")
	expect(t, report, doctor.CheckSyncs, subject, doctor.Pass, "no syncs")
	expect(t, report, doctor.CheckConnection, "crm/c2", doctor.Fail, "no such connection")
	expect(t, report, doctor.CheckCredentials, "crm/c2", doctor.Skipped, "no such connection")
	expect(t, report, doctor.CheckSyncs, "crm/c2", doctor.Skipped, "no such connection")

	narrow := srv.AddKey(nangotest.Key{Scopes: []string{"environment:connections:read"}})
	report = run(t, srv.ClientWithKey(narrow.Secret), params)
	expect(t, report, doctor.CheckConnection, subject, doctor.Fail, "environment:connections:list")
	expect(t, report, doctor.CheckCredentials, subject, doctor.Fail, "read_credentials")
	expect(t, report, doctor.CheckSyncs, subject, doctor.Fail, "environment:syncs:read")
}

// What is wrong with credentials, before and after somebody has read them.
func TestCredentials(t *testing.T) {
	for name, want := range map[string]struct {
		credentials nango.Credentials
		status      doctor.Status
		words       string
	}{
		"refreshable":       {oauth2(time.Now().Add(time.Hour), "secret-refresh"), doctor.Pass, "(OAUTH2)"},
		"no end":            {oauth2(time.Time{}, ""), doctor.Pass, "(OAUTH2)"},
		"cannot be renewed": {oauth2(time.Now().Add(2*time.Hour+10*time.Second), ""), doctor.Warn, "expires in 2h0m0s, and there is no refresh token"},
		"has expired":       {oauth2(time.Now().Add(-time.Hour), ""), doctor.Fail, "has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := start(t)
			srv.Connection("crm", "c1").SetCredentials(want.credentials)
			named := []*nango.ConnectionHandle{srv.Client().Connection("crm", "c1")}
			report := run(t, srv.Client(), doctor.Params{Connections: named, ReadCredentials: true})
			expect(t, report, doctor.CheckCredentials, subject, want.status, want.words)
			assert.NotContains(t, report.String(), "secret-")
			expect(t, run(t, srv.Client(), doctor.Params{Connections: named}), doctor.CheckCredentials, subject, doctor.Skipped, "Params.ReadCredentials")
		})
	}
	srv := start(t)
	srv.AddIntegration(nangotest.Integration{ID: "open", Provider: "unauthenticated"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "open", ConnectionID: "c1"})
	expect(t, run(t, srv.Client(), doctor.Params{ReadCredentials: true}), doctor.CheckCredentials, "open/c1", doctor.Pass, "no credentials")
}

// A refresh that fails shows where the connection is read, and from then on in the list, too.
func TestRefreshFails(t *testing.T) {
	srv := start(t)
	connection := srv.Connection("crm", "c1")
	connection.SetCredentials(oauth2(time.Now().Add(time.Hour), "r"))
	connection.FailRefresh(400, "invalid_grant: secret-message")
	connection.ExpireToken()
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckConnection, subject, doctor.Pass)
	report := run(t, srv.Client(), doctor.Params{ReadCredentials: true})
	expect(t, report, doctor.CheckCredentials, subject, doctor.Warn, "could not be refreshed", "invalid_credentials", "ConnectionHandle.Reconnect")
	assert.NotContains(t, report.String(), "secret-message")
	report = run(t, srv.Client(), doctor.Params{})
	expect(t, report, doctor.CheckConnection, subject, doctor.Warn, "the last refresh of the credentials failed (see the log ", "Reconnect")
	assert.True(t, report.OK())
	report = run(t, srv.Client(), doctor.Params{Connections: []*nango.ConnectionHandle{srv.Client().Connection("crm", "c1")}, ReadCredentials: true})
	expect(t, report, doctor.CheckConnection, subject, doctor.Fail, "Reconnect")
	expect(t, report, doctor.CheckCredentials, subject, doctor.Fail, "Reconnect")
}

func TestSyncs(t *testing.T) {
	srv := start(t)
	fail := true
	srv.AddSync(nangotest.Sync{IntegrationID: "crm", Name: "contacts", Models: []string{"Contact"}, AutoStart: true, Details: nangotest.FunctionDetails{Source: "standalone"}, Run: func(context.Context, *nangotest.SyncRun) error {
		if fail {
			return errors.New("secret-failure")
		}
		return nil
	}})
	connection := srv.Client().Connection("crm", "c1")
	finish := func() {
		require.NoError(t, connection.TriggerSyncs(t.Context(), nango.AllSyncs(), nil))
		srv.Settle()
	}
	look := func() *doctor.Report { return run(t, srv.Client(), doctor.Params{}) }
	finish()
	report := look()
	expect(t, report, doctor.CheckSyncs, subject, doctor.Warn, "failed or was cancelled: 1 sync (contacts)")
	assert.NotContains(t, report.String(), "secret-failure")
	expect(t, report, doctor.CheckConnection, subject, doctor.Warn, "an error of the type sync (see the log ")
	named := doctor.Params{Connections: []*nango.ConnectionHandle{connection}}
	expect(t, run(t, srv.Client(), named), doctor.CheckSyncs, subject, doctor.Fail, "Nango's logs")
	fail = false
	finish()
	require.NoError(t, connection.StartSyncs(t.Context(), nango.AllSyncs()))
	expect(t, look(), doctor.CheckSyncs, subject, doctor.Pass, "no sync is paused or failing: 1 sync (contacts)")
	require.NoError(t, connection.PauseSyncs(t.Context(), nango.AllSyncs()))
	expect(t, look(), doctor.CheckSyncs, subject, doctor.Warn, "paused: 1 sync (contacts)", "StartSyncs")
	require.NoError(t, connection.StartSyncs(t.Context(), nango.AllSyncs()))
	require.NoError(t, connection.CreateSyncVariant(t.Context(), nango.SyncRef{Name: "contacts", Variant: "v2"}))
	require.NoError(t, connection.PauseSyncs(t.Context(), []nango.SyncRef{{Name: "contacts", Variant: "v2"}}))
	expect(t, look(), doctor.CheckSyncs, subject, doctor.Warn, "paused: 1 sync (contacts::v2)")
	require.NoError(t, connection.StartSyncs(t.Context(), nango.AllSyncs()))
	require.NoError(t, srv.Client().Functions.Delete(t.Context(), nango.FunctionRef{IntegrationID: "crm", Name: "contacts", Type: nango.FunctionSync}))
	expect(t, look(), doctor.CheckSyncs, subject, doctor.Warn, "no longer exists")
}
