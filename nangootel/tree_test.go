package nangootel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/nango-go/sdk/gen"
)

// requireTree checks that the spans are calls, of which the first has the operation, with one or more attempts below each.
func requireTree(t *testing.T, name string, spans tracetest.SpanStubs, operation gen.OperationID) {
	t.Helper()
	attempts := map[trace.SpanID]int{}
	first := ""
	for _, span := range spans { // in the order in which they ended: attempts before their call
		switch span.SpanKind {
		case trace.SpanKindClient:
			attempts[span.Parent.SpanID()]++
		case trace.SpanKindInternal:
			assert.NotZero(t, attempts[span.SpanContext.SpanID()], "%s: a call without an attempt", name)
			delete(attempts, span.SpanContext.SpanID())
			if first == "" {
				first, _ = attributesOf(span.Attributes)["nango.operation"].(string)
			}
		default:
			t.Errorf("%s: a span of the kind %s", name, span.SpanKind)
		}
	}
	assert.Empty(t, attempts, "%s: an attempt without a call", name)
	require.Equal(t, string(operation), first, name)
}
