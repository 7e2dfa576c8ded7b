package frequency_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/internal/frequency"
)

func TestParse(t *testing.T) {
	for runs, want := range map[string]struct {
		shown string
		every time.Duration
	}{
		"every hour": {"1h", time.Hour}, "every half day": {"12h", 12 * time.Hour}, "every month": {"30d", 30 * 24 * time.Hour},
		"every 5 minutes": {"5 minutes", 5 * time.Minute}, "30s": {"30s", 30 * time.Second}, "every 1.5 Hours": {"1.5 Hours", 90 * time.Minute},
		"every 2 weeks": {"2 weeks", 14 * 24 * time.Hour},
	} {
		shown, every, ok := frequency.Parse(runs)
		assert.True(t, ok, runs)
		assert.Equal(t, want.shown, shown, runs)
		assert.Equal(t, want.every, every, runs)
	}
	for _, runs := range []string{"", "every", "every minute", "always", "every 29 seconds", "every 0 hours", "-5m", "5 x", "every every hour"} {
		_, _, ok := frequency.Parse(runs)
		assert.False(t, ok, runs)
	}
}
