package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// receiver is the program, running.
type receiver struct {
	url, line string
	lines     *bufio.Scanner
	stop      func()
	ended     chan error
}

func start(t *testing.T, environment map[string]string) *receiver {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	r := &receiver{lines: bufio.NewScanner(out), stop: stop, ended: make(chan error, 1)}
	environment["LISTEN"] = "127.0.0.1:0"
	go func() {
		r.ended <- run(ctx, in, func(name string) string { return environment[name] })
		in.Close()
	}()
	require.Equal(t, "listening; poke it with", r.next(t))
	require.Empty(t, r.next(t))
	r.line = r.next(t)
	require.Empty(t, r.next(t))
	r.url = strings.Fields(r.line)[2]
	return r
}

func (r *receiver) next(t *testing.T) string {
	t.Helper()
	require.True(t, r.lines.Scan())
	return r.lines.Text()
}

// end stops the program and returns what it still said.
func (r *receiver) end(t *testing.T) (rest []string) {
	t.Helper()
	r.stop()
	for r.lines.Scan() {
		rest = append(rest, r.lines.Text())
	}
	require.NoError(t, <-r.ended)
	return rest
}

// send returns the status of the response when it comes: a line that the program logs has to be read before.
func (r *receiver) send(t *testing.T, key string, payload any) <-chan int {
	t.Helper()
	req, err := webhooktest.NewRequest(t.Context(), r.url, key, payload)
	require.NoError(t, err)
	status := make(chan int, 1)
	go func() {
		defer close(status)
		response, err := http.DefaultClient.Do(req)
		if assert.NoError(t, err) {
			response.Body.Close()
			status <- response.StatusCode
		}
	}()
	return status
}

// The printed line is taken apart as a shell would, and sent.
func TestCurlLine(t *testing.T) {
	r := start(t, map[string]string{})
	parts := regexp.MustCompile(`^curl -i (\S+) -H 'content-type: (\S+)' -H '(\S+): ([0-9a-f]{64})' --data-binary '([^']+)'$`).FindStringSubmatch(r.line)
	require.Len(t, parts, 6, r.line)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, parts[1], strings.NewReader(parts[5]))
	require.NoError(t, err)
	req.Header.Set("Content-Type", parts[2])
	req.Header.Set(parts[3], parts[4])
	response, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Regexp(t, `^sync: list the Issue records of 35510e37-\S+ modified after 20\S+Z$`, r.next(t))
	assert.Equal(t, []string{"stopped, with nothing left in the queue"}, r.end(t))
}

func TestReceiver(t *testing.T) {
	const key = "7f3756bf-3e63-4a71-b8bc-c7b3807db9ee"
	r := start(t, map[string]string{"NANGO_WEBHOOK_SIGNING_KEY": key})
	failed := webhooktest.AuthCreation()
	failed.Success, failed.Tags = false, nil
	for want, event := range map[string]webhook.Event{
		"auth: override of 35510e37-0817-4506-ae08-7867687a565c: store it for user-1":                   webhooktest.AuthOverride(),
		"auth: creation of 35510e37-0817-4506-ae08-7867687a565c failed: let the customer connect again": failed,
		"auth: refresh of 35510e37-0817-4506-ae08-7867687a565c failed: let the customer connect again":  webhooktest.AuthRefreshFailure(),
		"auth: deletion of 35510e37-0817-4506-ae08-7867687a565c: forget it":                             webhooktest.AuthDeletion(),
		"sync: issues of 35510e37-0817-4506-ae08-7867687a565c failed":                                   webhooktest.SyncError(),
		"async action: get the result of 17a9a300-5c1d-42d5-8df4-a30bd28e7210":                          webhooktest.AsyncAction(),
		"forward: github sent 63 bytes for 35510e37-0817-4506-ae08-7867687a565c":                        webhooktest.Forward(),
		"raw: somebody sent 66 bytes through a provider":                                                webhooktest.Raw(),
	} {
		status := r.send(t, key, event)
		assert.Equal(t, want, r.next(t))
		assert.Equal(t, http.StatusOK, <-status)
	}
	assert.Equal(t, http.StatusOK, <-r.send(t, key, webhooktest.Unknown()))
	refused := r.send(t, exampleKey, webhooktest.Raw())
	assert.Contains(t, r.next(t), `level=WARN msg="webhook: refused" what=request`)
	assert.Equal(t, http.StatusUnauthorized, <-refused)
	assert.Equal(t, []string{"stopped, with nothing left in the queue"}, r.end(t))
}

func TestConfirms(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	r := start(t, map[string]string{"NANGO_API_KEY": srv.Key(), "NANGO_HOST": srv.Listen()})
	event := webhooktest.AuthCreation()
	status := r.send(t, exampleKey, event)
	assert.Contains(t, r.next(t), `status=500 error="webhook: not confirmed: nango: the API does not confirm the event: the connection does not exist"`)
	assert.Equal(t, http.StatusInternalServerError, <-status)

	srv.AddConnection(nangotest.Connection{IntegrationID: event.IntegrationID, ConnectionID: event.ConnectionID, Tags: event.Tags})
	forged := webhooktest.AuthCreation() // the connection is user-1's by the API
	forged.Tags["end_user_id"] = "user-2"
	status = r.send(t, exampleKey, forged)
	assert.Equal(t, "auth: creation of "+event.ConnectionID+": store it for user-1", r.next(t))
	assert.Equal(t, http.StatusOK, <-status)
	r.end(t)
}

// What is queued when the program is told to stop is still worked on.
func TestEndsEmpty(t *testing.T) {
	in := newInbox(2)
	callback := put[*webhook.RawEvent](in)
	assert.NoError(t, callback(t.Context(), webhooktest.Raw()))
	assert.NoError(t, callback(t.Context(), webhooktest.Raw()))
	assert.EqualError(t, callback(t.Context(), webhooktest.Raw()), "the queue is full")
	in.end()
	var worked []webhook.Event
	in.work(func(event webhook.Event) { worked = append(worked, event) })
	assert.Equal(t, []webhook.Event{webhooktest.Raw(), webhooktest.Raw()}, worked)
}

func TestSettings(t *testing.T) {
	err := run(t.Context(), io.Discard, func(name string) string { return map[string]string{"LISTEN": "nowhere"}[name] })
	assert.ErrorContains(t, err, "listen tcp: address nowhere")
	err = run(t.Context(), io.Discard, func(name string) string {
		return map[string]string{"NANGO_API_KEY": "key", "NANGO_HOST": "nowhere"}[name]
	})
	assert.ErrorContains(t, err, "nango: ")
}
