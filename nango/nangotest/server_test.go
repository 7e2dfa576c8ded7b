package nangotest_test

import (
	"errors"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// In a bubble of synctest no goroutine may be left, and time passes only when nothing else can happen.
func TestServerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.Inject(nangotest.Rule{Nth: 2}, nangotest.Latency(10*time.Second))
		began := time.Now()
		for _, waited := range []time.Duration{0, 10 * time.Second, 10 * time.Second} {
			_, err := srv.ClientWithKey("not-a-uuid").Environment.Variables(t.Context())
			require.ErrorIs(t, err, nango.ErrUnauthorized)
			assert.Equal(t, waited, time.Since(began))
		}
	})
}

func TestFaultsOfTheConnection(t *testing.T) {
	for name, tt := range map[string]struct {
		fault nangotest.Fault
		want  error
	}{
		"refused": {nangotest.Refused(), syscall.ECONNREFUSED},
		"reset":   {nangotest.Reset(), syscall.ECONNRESET},
		"lost":    {nangotest.LoseResponse(), syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			srv := nangotest.Start(t)
			srv.Inject(nangotest.Rule{}, tt.fault)
			_, err := srv.HTTPClient().Get("http://nango.test/connections")
			assert.True(t, errors.Is(err, tt.want), "%v", err)
		})
	}
}

func TestListen(t *testing.T) {
	srv := nangotest.Start(t)
	resp, err := http.Get(srv.Listen() + "/connections")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}
