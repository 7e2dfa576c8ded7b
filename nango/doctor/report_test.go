package doctor_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
)

var someChecks = []doctor.Check{
	{ID: doctor.CheckAPI, Status: doctor.Pass, Seen: "it responds"},
	{ID: doctor.CheckScope, Subject: "environment:proxy", Status: doctor.Fail, Seen: "it lacks the scope", Next: "add it"},
	{ID: doctor.CheckConnection, Subject: "crm/a\x1b[2J\tb\n", Status: doctor.Warn, Seen: "it is old", Next: "renew\rit"},
}

func TestReportString(t *testing.T) {
	report := &doctor.Report{Checks: someChecks}
	assert.Equal(t, `pass  api         it responds
fail  scope       environment:proxy: it lacks the scope
                  Next: add it
warn  connection  crm/a?[2J?b?: it is old
                  Next: renew?it
1 pass, 1 warn, 1 fail
`, report.String())
}

func TestReportJSON(t *testing.T) {
	text, err := json.Marshal(&doctor.Report{Checks: someChecks[:2]})
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok": false, "checks": [
		{"id": "api", "status": "pass", "seen": "it responds"},
		{"id": "scope", "subject": "environment:proxy", "status": "fail", "seen": "it lacks the scope", "next": "add it"}
	]}`, string(text))
	text, err = json.Marshal(doctor.Report{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok": true, "checks": []}`, string(text))
}

func TestReportOK(t *testing.T) {
	for _, status := range []doctor.Status{doctor.Pass, doctor.Warn, doctor.Skipped, doctor.Inconclusive} {
		report := &doctor.Report{Checks: []doctor.Check{{Status: status}}}
		assert.True(t, report.OK(), "%s", status)
		assert.Empty(t, report.Failed())
	}
	report := &doctor.Report{Checks: someChecks}
	assert.False(t, report.OK())
	assert.Equal(t, someChecks[1:2], report.Failed())
}

// Neither the text nor the JSON of a report of everything holds a secret.
func TestNoSecrets(t *testing.T) {
	srv := start(t)
	srv.SetVariable("NAME", "secret-variable")
	srv.Connection("crm", "c1").SetCredentials(&nango.OAuth2Credentials{
		AccessToken: nango.NewSecret("secret-access"), RefreshToken: nango.NewSecret("secret-refresh"),
	})
	params := deliverTo(respondWith(401))
	params.SigningKey, params.ReadCredentials = nango.NewSecret(srv.SigningKey()), true
	wrong := srv.AddKey(nangotest.Key{Scopes: []string{"environment:connections:*"}})
	for _, key := range []string{srv.Key(), wrong.Secret, someKey} {
		report := run(t, srv.ClientWithKey(key), params)
		text, err := json.Marshal(report)
		require.NoError(t, err)
		for _, secret := range []string{"secret-", srv.Key(), wrong.Secret, someKey, srv.SigningKey()} {
			assert.NotContains(t, report.String()+string(text), secret)
		}
	}
}
