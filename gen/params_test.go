package gen_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/gen"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sent is one request as it left the client.
type sent struct {
	query, headers []string // sorted keys
	body           []byte
}

// What a caller leaves at zero is not sent: for each operation, by each of its methods, only the required query keys,
// headers and body keys leave the client.
func TestOptionalParametersAreNotSentUnlessSet(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(api.Document)
	require.NoError(t, err)
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			parameters := slices.Concat(item.Parameters, op.Parameters)
			methods := methodsOf(op.OperationID)
			require.NotEmpty(t, methods, "no method of the client for %s", op.OperationID)
			for name, method := range methods {
				t.Run(name, func(t *testing.T) {
					got := callWithZeroes(t, method)
					assert.Equal(t, required(parameters, openapi3.ParameterInQuery), got.query, "query")
					assert.Equal(t, required(parameters, openapi3.ParameterInHeader), got.headers, "headers")
					if bodyIsTyped(method) {
						assertOnlyRequired(t, op.RequestBody.Value.Content["application/json"].Schema.Value, got.body)
					}
				})
			}
		}
	}
}

// methodsOf returns the methods of gen.Client for one operation, unbound: the plain one, the one that takes the body as a
// reader, or both.
func methodsOf(operationID string) map[string]reflect.Method {
	name := strings.ToUpper(operationID[:1]) + operationID[1:]
	found := map[string]reflect.Method{}
	for _, candidate := range []string{name, name + "WithBody"} {
		if method, ok := reflect.TypeFor[*gen.Client]().MethodByName(candidate); ok {
			found[candidate] = method
		}
	}
	return found
}

// bodyIsTyped says that a method takes the body as a struct: its last argument, before the editors of the request.
func bodyIsTyped(method reflect.Method) bool {
	return method.Type.In(method.Type.NumIn()-2).Kind() == reflect.Struct
}

// callWithZeroes calls a method with a value for each part of the path, and zero values for all else.
func callWithZeroes(t *testing.T, method reflect.Method) sent {
	t.Helper()
	var got sent
	client, err := gen.NewClient("https://api.invalid", gen.WithHTTPClient(doer(func(r *http.Request) {
		r.Header.Del("Content-Type")
		got.query, got.headers = slices.Sorted(maps.Keys(r.URL.Query())), slices.Sorted(maps.Keys(r.Header))
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			got.body = body
		}
	})))
	require.NoError(t, err)

	arguments := []reflect.Value{reflect.ValueOf(client), reflect.ValueOf(t.Context())}
	for i := 2; i < method.Type.NumIn()-1; i++ { // the last are the request editors
		arguments = append(arguments, zeroArgument(method.Type.In(i)))
	}
	require.Nil(t, method.Func.Call(arguments)[1].Interface())
	return got
}

// doer shows a request to a function and answers nothing.
type doer func(*http.Request)

// Do implements gen.HttpRequestDoer.
func (d doer) Do(r *http.Request) (*http.Response, error) {
	d(r)
	return &http.Response{Body: http.NoBody}, nil
}

func zeroArgument(of reflect.Type) reflect.Value {
	switch {
	case of.Kind() == reflect.String:
		return reflect.ValueOf("x").Convert(of)
	case of.Kind() == reflect.Pointer:
		return reflect.New(of.Elem())
	case of == reflect.TypeFor[io.Reader]():
		return reflect.ValueOf(strings.NewReader("{}"))
	}
	return reflect.Zero(of)
}

func required(parameters openapi3.Parameters, in string) []string {
	var names []string
	for _, parameter := range parameters {
		if parameter.Value.In == in && parameter.Value.Required {
			names = append(names, parameter.Value.Name)
		}
	}
	slices.Sort(names)
	return names
}

// assertOnlyRequired checks the top-level keys of a JSON body that was made from a zero value.
func assertOnlyRequired(t *testing.T, schema *openapi3.Schema, body []byte) {
	t.Helper()
	if len(schema.Properties) == 0 {
		return // a union or a free-form object is the caller's own JSON
	}
	var keys map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &keys), "%s", body)
	assert.ElementsMatch(t, schema.Required, slices.Collect(maps.Keys(keys)), "body")
}
