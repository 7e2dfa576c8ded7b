package nangotest

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/gen"
)

// Each operation of the document has a handler, or stands in the list of those that nothing calls, and never both.
func TestEachOperationHasAHandler(t *testing.T) {
	ids := map[gen.OperationID]bool{}
	for _, op := range gen.Operations {
		ids[op.ID] = true
		assert.Equal(t, unreached[op.ID], handlers[op.ID] == nil, "%s: write a handler, or put it into the list unreached (CONTRIBUTING, step 5)", op.ID)
	}
	for id := range unreached {
		assert.True(t, ids[id], "%s is no operation", id)
	}
	for id := range handlers {
		assert.True(t, ids[id], "%s is no operation", id)
	}
}
