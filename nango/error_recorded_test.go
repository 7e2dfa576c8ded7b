package nango

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/test/recordings"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// recordedExchanges returns the exchanges of test/recordings in the order of their names, without the webhooks.
func recordedExchanges(t *testing.T) []*recordings.Exchange {
	t.Helper()
	all, err := recordings.All("")
	require.NoError(t, err)
	require.Greater(t, len(all), 500)
	return all
}

// replay sends the request of the recording and decodes its response, as a service does.
func replay(t *testing.T, r *recordings.Exchange) error {
	client := testClient(t, func(*http.Request) (*http.Response, error) { return r.Respond(nil), nil }, WithRetry(RetryPolicy{MaxAttempts: 1}))
	resp, err := send(t.Context(), client, r.Request.Method, r.Request.Target, r.Request.Body)
	if err == nil && callOf(resp.Request.Context()).op.Proxied {
		if refused := peekError(resp); refused != nil {
			return refused
		}
		return &ProviderError{StatusCode: resp.StatusCode}
	}
	_, err = decode[json.RawMessage](resp, err)
	return err
}

// recordedError is what encoding/json makes of a recorded envelope.
type recordedError struct {
	Code, Message        string
	Errors               []FieldError
	Payload              json.RawMessage
	AdditionalProperties json.RawMessage `json:"additional_properties"`
	Upstream             *struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

func TestRecordedErrors(t *testing.T) {
	var lines []string
	for _, r := range recordedExchanges(t) {
		if r.Response.Status < 300 {
			continue
		}
		err := replay(t, r)
		if provider, ok := errors.AsType[*ProviderError](err); ok {
			assert.Empty(t, sentinelsOf(err), r.Name)
			lines = append(lines, fmt.Sprintf("%s %d - provider", r.Name, provider.StatusCode))
			continue
		}
		e := failureOf(t, err)
		assertRecorded(t, r, e)
		names := sentinelsOf(err)
		require.LessOrEqual(t, len(names), 1, r.Name)
		sentinel := strings.Join(append(names, "-")[:1], "")
		code := e.Code
		if code == "" {
			code = "-"
		}
		lines = append(lines, fmt.Sprintf("%s %d %s %s", r.Name, e.StatusCode, code, sentinel))
	}
	got := strings.Join(lines, "\n") + "\n"
	const golden = "testdata/errors.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// assertRecorded holds an error against the recorded response.
func assertRecorded(t *testing.T, r *recordings.Exchange, e *Error) {
	t.Helper()
	assert.Equal(t, r.Response.Status, e.StatusCode, r.Name)
	assert.Equal(t, r.Response.Body, string(e.Body()), r.Name)
	assert.False(t, e.Truncated, r.Name)
	assert.Equal(t, r.Respond(nil).Header, e.Header(), r.Name)
	if after := e.Header().Get("Retry-After"); after != "" {
		seconds, err := time.ParseDuration(after + "s")
		require.NoError(t, err)
		assert.Equal(t, max(seconds, time.Second), e.RetryAfter, r.Name)
	}
	var recorded struct{ Error recordedError }
	if json.Unmarshal([]byte(r.Response.Body), &recorded) != nil || recorded.Error.Code == "" {
		assert.True(t, e.foreign, r.Name)
		assert.NotEmpty(t, e.Message, r.Name)
		return
	}
	want := recorded.Error
	got := recordedError{e.Code, e.FullMessage(), e.Fields, e.Payload(), e.AdditionalProperties(), nil}
	if want.Upstream != nil {
		require.NotNil(t, e.Upstream, r.Name)
		assert.Equal(t, want.Upstream.Status, e.Upstream.StatusCode, r.Name)
		assert.Equal(t, want.Upstream.Body, e.Upstream.Body(), r.Name)
		for name, value := range want.Upstream.Headers {
			assert.Equal(t, []string{value}, e.Upstream.Header().Values(name), r.Name)
		}
		want.Upstream = nil
	} else {
		assert.Nil(t, e.Upstream, r.Name)
	}
	assert.Equal(t, want, got, r.Name)
	if want.Code == "invalid_json" {
		assert.Equal(t, "the server could not parse the body of the request", e.Message, r.Name)
	} else {
		assert.Equal(t, printable(want.Message, maxMessage), e.Message, r.Name)
	}
	assert.Equal(t, want.Code == "generic_error_support", e.SupportID != "", r.Name)
	if e.StatusCode == http.StatusForbidden && len(e.Scopes) > 0 {
		named := slices.ContainsFunc(e.Scopes, func(scope string) bool { return strings.Contains(e.Error(), scope) })
		assert.True(t, named, "%s: %v", r.Name, e)
	}
}

// Recorded texts of errors name no id and no value that was sent, apart from the server's own message.
func TestRecordedErrorTexts(t *testing.T) {
	for _, r := range recordedExchanges(t) {
		if r.Response.Status < 300 {
			continue
		}
		e, ok := errors.AsType[*Error](replay(t, r))
		if !ok {
			continue
		}
		text := e.Error()
		assert.LessOrEqual(t, len(text), 800, r.Name)
		assert.NotContains(t, text, "\n", r.Name)
		prefix := strings.TrimSuffix("nango: "+r.Request.Method+" "+e.Path, " ") + ": "
		assert.True(t, strings.HasPrefix(text, prefix), "%s: %s", r.Name, text)
		if len(r.Response.Body) > 20 {
			assert.NotContains(t, text, r.Response.Body, r.Name)
		}
	}
}
