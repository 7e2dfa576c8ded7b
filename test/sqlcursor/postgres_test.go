package sqlcursor_test

import (
	"database/sql"
	"strconv"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/pgserver"
)

// stopPostgres ends the server, if a test has started it.
var stopPostgres = func() {}

// startPostgres starts a server for all tests of this process.
var startPostgres = sync.OnceValues(func() (*pgserver.Server, error) {
	server, err := pgserver.Start()
	if err == nil {
		stopPostgres = server.Stop
	}
	return server, err
})

var databases int

// newPostgres returns the URL of a new database.
func newPostgres(t *testing.T) string {
	t.Helper()
	server, err := startPostgres()
	require.NoError(t, err)
	admin, err := sql.Open("pgx", server.URL+"/postgres")
	require.NoError(t, err)
	defer admin.Close()
	databases++
	name := "test" + strconv.Itoa(databases)
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return server.URL + "/" + name
}
