package main

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/pgserver"
	"github.com/nango-go/sdk/nango/nangotest"
)

func TestParseModels(t *testing.T) {
	models, err := parseModels("github:Issue, github:Comment,hubspot:Contact")
	assert.NoError(t, err)
	assert.Equal(t, map[string][]string{"github": {"Issue", "Comment"}, "hubspot": {"Contact"}}, models)
	for _, text := range []string{"", "github", "github:", ":Issue", "github:Issue,"} {
		_, err := parseModels(text)
		assert.ErrorContains(t, err, "MODELS", text)
	}
}

func TestRunRefuses(t *testing.T) {
	for want, settings := range map[string]map[string]string{
		"DATABASE_URL": {"DATABASE_URL": "postgres://["},
		"MODELS":       {"DATABASE_URL": "postgres://127.0.0.1/none"},
		"key":          {"DATABASE_URL": "postgres://127.0.0.1/none", "MODELS": "github:Issue"},
	} {
		err := run(t.Context(), nil, func(name string) string { return settings[name] })
		if want == "DATABASE_URL" {
			assert.Error(t, err)
			continue
		}
		assert.ErrorContains(t, err, want)
	}
	for _, args := range [][]string{{"help"}, {"migrate", "now"}, {"off-board", "github"}, {"restart"}} {
		assert.ErrorContains(t, run(t.Context(), args, func(string) string { return "" }), "usage")
	}
}

// The whole program: migrate, read, stop, restart and off-board.
func TestProgram(t *testing.T) {
	postgres, err := pgserver.Start()
	require.NoError(t, err)
	defer postgres.Stop()
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "unauthenticated"})
	acme := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "acme"})
	acme.SaveRecords("Issue", map[string]any{"id": "1"})
	settings := map[string]string{
		"DATABASE_URL": postgres.URL + "/postgres", "NANGO_HOST": srv.Listen(), "NANGO_API_KEY": srv.Key(),
		"NANGO_WEBHOOK_SIGNING_KEY": srv.SigningKey(), "MODELS": "github:Issue", "LISTEN": "127.0.0.1:0",
	}
	getenv := func(name string) string { return settings[name] }
	require.NoError(t, run(t.Context(), []string{"migrate"}, getenv))

	db, err := pgx.Connect(t.Context(), settings["DATABASE_URL"])
	require.NoError(t, err)
	defer db.Close(context.WithoutCancel(t.Context()))
	for _, statement := range []string{ // so that the test is told
		`CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY rows; RETURN NULL; END $$`,
		`CREATE TRIGGER tell AFTER INSERT ON ingest_records EXECUTE FUNCTION tell()`,
		`LISTEN rows`,
	} {
		_, err := db.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, nil, getenv) }()
	limit, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err = db.WaitForNotification(limit)
	require.NoError(t, err)
	stop()
	require.NoError(t, <-ended)
	var rows int
	require.NoError(t, db.QueryRow(t.Context(), `SELECT count(*) FROM ingest_records`).Scan(&rows))
	assert.Equal(t, 1, rows)

	require.NoError(t, run(t.Context(), []string{"restart", "github", "acme", "Issue"}, getenv))
	require.NoError(t, db.QueryRow(t.Context(), `SELECT count(*) FROM ingest_keys WHERE reading = 2 AND cursor_value IS NULL`).Scan(&rows))
	assert.Equal(t, 1, rows)
	assert.ErrorContains(t, run(t.Context(), []string{"restart", "github", "acme", "Comment"}, getenv), "Comment")
	require.NoError(t, run(t.Context(), []string{"off-board", "github", "acme"}, getenv))
	require.NoError(t, db.QueryRow(t.Context(), `SELECT count(*) FROM ingest_keys`).Scan(&rows))
	assert.Zero(t, rows)
}
