package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// caller is who makes the calls of the table.
type caller struct {
	*nango.Client
	ctx        context.Context
	connection *nango.ConnectionHandle
	key        nango.APIKeyRef
}

// newCaller makes a caller with ids that are as good as any.
func newCaller(t *testing.T, client *nango.Client) caller {
	return caller{client, t.Context(), client.Connection("demo-none", "conn-none-1"), nango.APIKeyRef{
		EnvironmentUUID: "6f1c2c0e-4c3b-4f5e-9a55-0d6f1c2b3a41", KeyUUID: "91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3",
	}}
}

// result is the error of a call whose value plays no part.
func result[T any](_ T, err error) error { return err }

// answering gives one recorded response to every request, and keeps the requests.
type answering struct {
	exchange *recordings.Exchange
	sent     []sentRequest
}

type sentRequest struct {
	method, target string
	header         http.Header
	body           []byte
}

func (a *answering) RoundTrip(req *http.Request) (*http.Response, error) {
	var body bytes.Buffer
	if req.Body != nil {
		if _, err := io.Copy(&body, req.Body); err != nil {
			return nil, err
		}
	}
	a.sent = append(a.sent, sentRequest{req.Method, req.URL.RequestURI(), req.Header.Clone(), body.Bytes()})
	return a.exchange.Respond(req), nil
}

// callRecorded makes the call of an operation, to which a recording of that operation responds, and returns the call's error.
func callRecorded(t *testing.T, validator *spectest.Validator, id, recording string, call func(caller) error) (*recordings.Exchange, error) {
	t.Helper()
	exchange, err := recordings.Load(recording)
	require.NoError(t, err)
	assert.Equal(t, id, operationOf(t, validator, exchange.Request.Method, exchange.Request.Target), "%s is of another operation", recording)

	transport := &answering{exchange: exchange}
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea",
		nango.WithHTTPClient(&http.Client{Transport: transport}), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	err = call(newCaller(t, client))

	require.Len(t, transport.sent, 1, "%v", err)
	sent := transport.sent[0]
	assert.Equal(t, id, operationOf(t, validator, sent.method, sent.target), "the request is of another operation")
	assert.NoError(t, validator.Request(sent.method, sent.target, sent.header, sent.body))
	return exchange, err
}

func operationOf(t *testing.T, validator *spectest.Validator, method, target string) string {
	t.Helper()
	op, err := validator.Operation(method, target)
	require.NoError(t, err)
	return op.OperationID
}

// TestEveryOperation takes a recorded success and a recorded error of every operation, but for deprecated ones, through the
// method of the facade.
func TestEveryOperation(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	current := map[string]bool{}
	for _, item := range validator.Document.Paths.Map() {
		for _, op := range item.Operations() {
			for _, id := range append(slices.Collect(maps.Values(spectest.Also(op))), op.OperationID) {
				if !op.Deprecated {
					current[id] = true
					t.Run(id, func(t *testing.T) { testOperation(t, validator, id) })
				}
			}
		}
	}
	for id := range coverage {
		assert.True(t, current[id], "%s is in the table, but it is no operation of the document, or a deprecated one", id)
	}
	for id, reason := range generatedOnly {
		assert.True(t, current[id], "%s (%s) is no operation of the document, or a deprecated one", id, reason)
	}
	for what, reason := range unrecorded {
		id, _, _ := strings.Cut(what, " ")
		assert.Contains(t, coverage, id, "%s (%s)", what, reason)
	}
}

func testOperation(t *testing.T, validator *spectest.Validator, id string) {
	c, covered := coverage[id]
	if reason := generatedOnly[id]; reason != "" {
		assert.False(t, covered, "has a method after all, so that the reason is wrong: %s", reason)
		return
	}
	require.True(t, covered, "add a method to package nango (CONTRIBUTING, step 3), and its row to the table coverage in test/contract/coverage_table_test.go (step 6)")
	if declared()[id] {
		assert.Equal(t, "", c.success+c.failure, "has a recording, so that it is not only declared: take x-evidence out of api/openapi.yaml")
		testDeclared(t, validator, id, c.call)
		return
	}
	if c.success != "" {
		exchange, err := callRecorded(t, validator, id, c.success, c.call)
		assert.Less(t, exchange.Response.Status, 300, "%s is no success", c.success)
		assert.NoError(t, err, c.success)
	}
	if c.failure != "" {
		exchange, err := callRecorded(t, validator, id, c.failure, c.call)
		assertFailure(t, exchange, err)
	}
	assert.Equal(t, c.success == "", unrecorded[id+" success"] != "", "a success without a recording needs a reason in the table unrecorded, and one with a recording none (CONTRIBUTING, step 6)")
	assert.Equal(t, c.failure == "", unrecorded[id+" failure"] != "", "a failure without a recording needs a reason in the table unrecorded, and one with a recording none (CONTRIBUTING, step 6)")
}

// assertFailure checks that an error is what the recorded response says: Nango's failure or, where the proxy handed it on, the
// provider's own.
func assertFailure(t *testing.T, exchange *recordings.Exchange, err error) {
	t.Helper()
	response := exchange.Response
	if strings.HasPrefix(exchange.Name, "proxy/upstream-") {
		failure, ok := errors.AsType[*nango.ProviderError](err)
		require.True(t, ok, "%s: %v", exchange.Name, err)
		assert.Equal(t, response.Status, failure.StatusCode)
		assert.Equal(t, response.Body, string(failure.Body()))
		return
	}
	var body struct{ Error struct{ Code string } }
	require.NoError(t, json.Unmarshal([]byte(response.Body), &body))
	require.NotEmpty(t, body.Error.Code, exchange.Name)
	failure, ok := errors.AsType[*nango.Error](err)
	require.True(t, ok, "%s: %v", exchange.Name, err)
	assert.Equal(t, response.Status, failure.StatusCode)
	assert.Equal(t, body.Error.Code, failure.Code)
}

// TestUnrecorded checks that what is said to be unrecorded is.
func TestUnrecorded(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, err := recordings.All("")
	require.NoError(t, err)
	for _, exchange := range all {
		op, err := validator.Operation(exchange.Request.Method, exchange.Request.Target)
		if errors.Is(err, spectest.ErrNoOperation) {
			continue
		}
		require.NoError(t, err)
		outcome := " success"
		if exchange.Response.Status >= 400 {
			outcome = " failure"
		}
		assert.NotContains(t, unrecorded, op.OperationID+outcome, "recorded by %s", exchange.Name)
	}
}
