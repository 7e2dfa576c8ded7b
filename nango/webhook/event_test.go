package webhook_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/nango/webhook"
)

func TestModels(t *testing.T) {
	for model, want := range map[string][]string{"Item": {"Item"}, "Contact,Company": {"Contact", "Company"}, "": {}} {
		assert.Equal(t, want, (&webhook.SyncEvent{Model: model}).Models())
	}
}
