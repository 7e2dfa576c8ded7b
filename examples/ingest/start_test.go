package ingest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// onWarning is a [slog.Handler] that calls a function for each warning.
type onWarning struct {
	slog.Handler
	call func()
}

func (w onWarning) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelWarn {
		w.call()
	}
	return w.Handler.Handle(ctx, record)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A process that starts while the database is away, or that loses it while it starts, waits for it.
func TestStartWithoutDatabase(t *testing.T) {
	type dial = func(ctx context.Context, network, address string) (net.Conn, error)
	refuse := dial(func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED })
	starting := dial(func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			backend := pgproto3.NewBackend(server, server)
			_, _ = backend.ReceiveStartupMessage()
			backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "57P03", Message: "the database system is starting up"})
			_ = backend.Flush()
		}()
		return client, nil
	})
	for name, c := range map[string]struct {
		away  dial
		later bool // behind the check of the list of connections
	}{
		"refused": {refuse, false}, "starting": {starting, false}, "restarted": {refuse, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			want := h.save("old", 1, 3)
			h.run()
			h.saved()
			h.stop()

			var away atomic.Bool
			away.Store(!c.later)
			var dialer net.Dialer
			config := h.pool.Config()
			config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
				if away.Load() {
					return c.away(ctx, network, address)
				}
				return dialer.DialContext(ctx, network, address)
			}
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			warned := make(chan struct{})
			warn := sync.OnceFunc(func() { away.Store(false); close(warned) })
			params := h.params
			params.Logger = slog.New(onWarning{h.params.Logger.Handler(), warn})
			if c.later {
				other := h.pool
				kill := sync.OnceFunc(func() {
					away.Store(true)
					_, err := other.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
						WHERE datname = current_database() AND pid <> pg_backend_pid()`)
					assert.NoError(t, err)
				})
				params.Observer = nango.Observer{AttemptEnd: func(context.Context, nango.AttemptResult) { kill() }}
			}
			for id, title := range h.save("new", 4, 5) {
				want[id] = title
			}
			require.NoError(t, h.Want(t.Context(), h.key))
			h.Engine, err = New(pool, params)
			require.NoError(t, err)
			h.run()
			select {
			case <-warned:
			case <-time.After(20 * time.Second):
				require.Fail(t, "nothing was away")
			}
			h.saved()
			assert.Equal(t, want, h.rows())
		})
	}
}

// A process asks Nango before it works, also if nothing is stored: a key that is refused ends it, and a limit lets it wait.
func TestStartAsksNango(t *testing.T) {
	h := newHarness(t)
	params := h.params
	responding := func(status int) http.RoundTripper {
		return roundTrip(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"50"}}, Body: http.NoBody, Request: req}, nil
		})
	}
	for status, refused := range map[int]error{401: nango.ErrUnauthorized, 429: nil} {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		params.Logger = slog.New(onWarning{h.params.Logger.Handler(), cancel})
		params.Options = append(h.params.Options[:1:1], nango.WithHTTPClient(&http.Client{Transport: responding(status)}))
		var err error
		h.Engine, err = New(h.pool, params)
		require.NoError(t, err)
		assert.ErrorIs(t, h.Run(ctx), refused)
		if refused == nil {
			assert.Greater(t, h.limit.wait(), 40*time.Second)
		}
	}
}

// What does not pass by itself ends a process at once.
func TestStartOnTheWrongDatabase(t *testing.T) {
	h := newHarness(t)
	for database, code := range map[string]string{newPool(t).Config().ConnConfig.Database: "42P01", "none": "3D000"} {
		config := h.pool.Config()
		config.ConnConfig.Database = database
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		h.Engine, err = New(pool, h.params)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		var refused *pgconn.PgError
		require.ErrorAs(t, h.Run(ctx), &refused)
		assert.Equal(t, code, refused.Code)
	}
}
