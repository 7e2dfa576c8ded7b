package nango

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nango-go/sdk/gen"
)

// Whatever a server answers, to whatever operation, is a value or an error of this package, without a panic and within time.
func FuzzResponse(f *testing.F) {
	for _, seed := range []struct {
		operation, status int
		header, body      string
	}{
		{0, 200, "application/json", `{"data":[{"name":"github"}]}`}, {13, 200, "application/json", `{"connections":[{"id":"x","connection_id":"a"}]}`},
		{17, 200, "application/json", `{"connection_id":"a","credentials":{"type":"OAUTH2","access_token":"t","expires_at":""}}`}, {34, 200, "application/json", `{"records":[{"id":1,"_nango_metadata":{"deleted_at":5}}],"next_cursor":7}`},
		{17, 302, "text/html", "x"}, {42, 500, "application/json", `{"type":"action_script_runtime_error","payload":{"message":"m"}}`}, {55, 429, "application/json", `{"error":{"code":"too_many_request","method":"GET","path":"/"}}`},
		{19, 424, "application/json", `{"error":{"code":"invalid_credentials","payload":{"a":`}, {60, 503, "text/event-stream", ": x"}, {3, 101, "", ""}, {58, 200, "text/html", "<title>Nango</title>"},
	} {
		f.Add(seed.operation, seed.status, seed.header, seed.body)
	}
	f.Fuzz(func(t *testing.T, operation, status int, header, body string) {
		op := &gen.Operations[uint(operation)%uint(len(gen.Operations))]
		status = 100 + int(uint(status)%500)
		client := testClient(t, func(req *http.Request) (*http.Response, error) {
			resp := reply(status, body, "Content-Type", header)
			for _, name := range []string{"Location", "Retry-After"} {
				resp.Header.Set(name, header)
			}
			return resp, nil
		}, WithRetry(RetryPolicy{MaxAttempts: 1}))
		began := time.Now()
		resp, err := send(t.Context(), client, op.Method, filled(op.Path, "id"), "")
		if op.Proxied && err == nil {
			_, err = io.ReadAll(resp.Body)
		} else {
			err = everyDecoding(op, resp, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%v", took)
		}
		if err == nil {
			return
		}
		failed, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("%T: %v", err, err)
		}
		if failed.StatusCode != status {
			t.Errorf("%d instead of %d: %v", failed.StatusCode, status, err)
		}
		if strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Errorf("a control character: %q", err)
		}
	})
}

// everyDecoding decodes a response as all kinds of results, and returns the first error.
func everyDecoding(op *gen.Operation, resp *http.Response, err error) error {
	if checkResponse(resp, err) != nil || op.Success.Kind == gen.ShapeEmpty {
		return checkResponse(resp, err)
	}
	errs := []error{}
	_, e := decode[json.RawMessage](resp, err)
	errs = append(errs, e)
	_, e = decode[Connection](resp, err)
	errs = append(errs, e)
	_, e = decodeRecords[map[string]any](resp, err, "from")
	errs = append(errs, e)
	_, e = decodeData[*Integration](resp, err)
	errs = append(errs, e)
	_, e = decodeData[[]*Provider](resp, err)
	errs = append(errs, e)
	_, e = decode[struct {
		Syncs []*SyncStatus `json:"syncs"`
	}](resp, err)
	errs = append(errs, e)
	_, e = decode[toolList](resp, err)
	errs = append(errs, e)
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}
