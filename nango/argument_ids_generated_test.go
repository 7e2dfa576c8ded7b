package nango_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
)

// The generated client, which anybody can reach, refuses them as well: for every operation with a parameter in its path, by
// each of its methods, in each place. The path of a proxied call is the provider's own, and may be empty.
func TestGeneratedRefusesBadIDs(t *testing.T) {
	operations := 0
	for _, op := range gen.Operations {
		places := strings.Count(op.Path, "{")
		if places == 0 || strings.HasPrefix(op.Path, "/proxy/") {
			continue
		}
		operations++
		methods := 0
		for _, suffix := range []string{"", "WithBody"} {
			method, ok := reflect.TypeFor[*gen.Client]().MethodByName(strings.ToUpper(string(op.ID[:1])) + string(op.ID[1:]) + suffix)
			if !ok {
				continue
			}
			methods++
			for place := range places {
				if method.Type.In(2+place).Kind() != reflect.String {
					continue // a number is no such id
				}
				for bad := range badIDs {
					t.Run(method.Name+" "+bad, func(t *testing.T) { assertGeneratedRefuses(t, method, place, bad) })
				}
			}
		}
		assert.Positive(t, methods, op.ID)
	}
	assert.Greater(t, operations, 20)
}

func assertGeneratedRefuses(t *testing.T, method reflect.Method, place int, bad string) {
	t.Helper()
	client, server := serve(t)
	arguments := []reflect.Value{reflect.ValueOf(client.Generated()), reflect.ValueOf(t.Context())}
	for i := 2; i < method.Type.NumIn()-1; i++ { // the last are the request editors
		of := method.Type.In(i)
		argument := reflect.New(of).Elem()
		switch {
		case i == 2+place:
			argument.SetString(bad)
		case of.Kind() == reflect.String:
			argument.SetString("id")
		case of.Kind() == reflect.Pointer:
			argument = reflect.New(of.Elem())
		case of.Kind() == reflect.Interface:
			argument = reflect.ValueOf(http.NoBody)
		}
		arguments = append(arguments, argument)
	}
	results := method.Func.Call(arguments)
	err, ok := results[1].Interface().(error)
	require.True(t, ok, "no error")
	assert.ErrorIs(t, err, gen.ErrPathID)
	assert.Nil(t, results[0].Interface())
	assert.Empty(t, server.requests)
}
