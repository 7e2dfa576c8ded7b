package contract

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The events of nango/webhook have the keys of the document's webhook schemas, at every depth that both describe.
func TestWebhookEvents(t *testing.T) {
	schemas := loadDocument(t).Components.Schemas
	for name, event := range map[string]reflect.Type{
		"WebhookAuth":        reflect.TypeFor[webhook.AuthEvent](),
		"WebhookSync":        reflect.TypeFor[webhook.SyncEvent](),
		"WebhookAsyncAction": reflect.TypeFor[webhook.AsyncActionEvent](),
		"WebhookForward":     reflect.TypeFor[webhook.ForwardEvent](),
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, schemas, name)
			assertSameKeys(t, name, schemas[name].Value, event)
		})
	}
}

func assertSameKeys(t *testing.T, where string, schema *openapi3.Schema, of reflect.Type) {
	t.Helper()
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || len(schema.Properties) == 0 {
		return // a scalar, a time, or an object of the customer's or the provider's
	}
	fields := jsonFields(of)
	described := maps.Clone(schema.Properties)
	maps.DeleteFunc(described, isConstant)
	assert.Equal(t, slices.Sorted(maps.Keys(described)), slices.Sorted(maps.Keys(fields)), "%s and %s", where, of)
	for key, property := range described {
		if field, ok := fields[key]; ok {
			assertSameKeys(t, where+"."+key, property.Value, field)
		}
	}
}

// isConstant says that a key always has the same value: the type of the event in Go stands for it, so that it has no field.
func isConstant(_ string, property *openapi3.SchemaRef) bool { return len(property.Value.Enum) == 1 }

// jsonFields returns the fields of a struct by their JSON keys, those of embedded structs included.
func jsonFields(of reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for field := range of.Fields() {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && key == "":
			maps.Copy(fields, jsonFields(field.Type))
		case key != "" && key != "-":
			fields[key] = field.Type
		}
	}
	return fields
}
