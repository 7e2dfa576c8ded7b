package route_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/route"
)

var operations = []gen.Operation{
	{ID: "getZebra", Method: "GET", Path: "/zebras/{id}"},
	{ID: "listZebras", Method: "GET", Path: "/zebras"},
	{ID: "getStripe", Method: "GET", Path: "/zebras/{id}/stripes/{number}"},
	{ID: "countZebras", Method: "GET", Path: "/zebras/count"},
	{ID: "firstStripe", Method: "GET", Path: "/zebras/{id}/stripes/first"},
	{ID: "deleteZebra", Method: "DELETE", Path: "/zebras/{id}"},
	{ID: "proxyGet", Method: "GET", Path: "/proxy/{path}", Proxied: true},
	{ID: "proxyPost", Method: "POST", Path: "/proxy/{path}", Proxied: true},
}

func TestFind(t *testing.T) {
	reversed := slices.Clone(operations)
	slices.Reverse(reversed)
	for _, table := range []route.Table{route.New(operations), route.New(reversed)} {
		for _, tt := range []struct {
			method, path string
			foldCase     bool
			want         string
		}{
			{"GET", "zebras", false, "listZebras"},
			{"GET", "zebras/a", false, "getZebra"},
			{"GET", "zebras/count", false, "countZebras"},
			{"DELETE", "zebras/count", false, "deleteZebra"},
			{"GET", "zebras/a/stripes/1", false, "getStripe"},
			{"GET", "zebras/a/stripes/first", false, "firstStripe"},
			{"GET", "zebras/", false, "getZebra"}, // an empty id is the caller's to refuse
			{"GET", "Zebras/a", false, ""},
			{"GET", "Zebras/a", true, "getZebra"},
			{"GET", "zebras/COUNT", false, "getZebra"},
			{"GET", "zebras/COUNT", true, "countZebras"},
			{"GET", "zebras/a/b", true, ""},
			{"GET", "apes", true, ""},
			{"POST", "zebras", true, ""},
		} {
			found := table.Find(tt.method, strings.Split(tt.path, "/"), tt.foldCase)
			if tt.want == "" {
				assert.Nil(t, found, "%s %s", tt.method, tt.path)
				continue
			}
			require.NotNil(t, found, "%s %s", tt.method, tt.path)
			assert.Equal(t, gen.OperationID(tt.want), found.Operation.ID, "%s %s", tt.method, tt.path)
		}
	}
}

func TestFindPointsIntoTheSlice(t *testing.T) {
	assert.Same(t, &operations[1], route.New(operations).Find("GET", []string{"zebras"}, false).Operation)
}

func TestParameters(t *testing.T) {
	table := route.New(operations)
	stripe := table.Find("GET", []string{"zebras", "a", "stripes", "1"}, false)
	assert.Equal(t, map[int]string{1: "id", 3: "number"}, maps.Collect(stripe.Parameters()))
	for i, name := range stripe.Parameters() {
		assert.Equal(t, "id", name, i)
		break
	}
	assert.Empty(t, maps.Collect(table.Find("GET", []string{"zebras"}, false).Parameters()))
}

func TestProxy(t *testing.T) {
	table := route.New(operations)
	for method, want := range map[string]gen.OperationID{"GET": "proxyGet", "HEAD": "proxyGet", "POST": "proxyPost"} {
		op := table.Proxy(method)
		require.NotNil(t, op, method)
		assert.Equal(t, want, op.ID, method)
	}
	assert.Nil(t, table.Proxy("TRACE"))
}

// Each operation of the document is found, in whichever order the table is made.
func TestOperationsOfTheDocument(t *testing.T) {
	all := slices.Clone(gen.Operations)
	slices.Reverse(all)
	table := route.New(all)
	for _, want := range all {
		segments := strings.Split(want.Path[1:], "/")
		for i, segment := range segments {
			if strings.HasPrefix(segment, "{") {
				segments[i] = "id"
			}
		}
		found := table.Find(want.Method, segments, false)
		require.NotNil(t, found, want.ID)
		assert.Equal(t, want, *found.Operation)
	}
}
