package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

const (
	apiKey        = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	integrationID = "gh-oauth2"
	connectionID  = "conn-oauth2-1"
)

// target is where requests go.
type target struct {
	baseURL string
	client  *http.Client
}

// inMemory is a transport that has each response at once.
func inMemory(tb testing.TB) target {
	return target{"https://api.nango.dev", &http.Client{Transport: memory(newServer(tb))}}
}

// overHTTP is a server in another process.
func overHTTP(tb testing.TB) target { return target{serverURL(tb), http.DefaultClient} }

// slowHTTP is the same server, which takes 20 ms for each response.
func slowHTTP(tb testing.TB) target { return target{serverURL(tb) + slowPath, http.DefaultClient} }

// memory serves the bodies of a server.
type memory map[string][]byte

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	body := m[key(req)]
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

// nango returns a client of package nango.
func (t target) nango(tb testing.TB) *nango.Client {
	tb.Helper()
	opts := []nango.Option{nango.WithBaseURL(t.baseURL)}
	if t.client != http.DefaultClient {
		opts = append(opts, nango.WithHTTPClient(t.client))
	}
	client, err := nango.New(apiKey, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

func (t target) connection(tb testing.TB) *nango.ConnectionHandle {
	return t.nango(tb).Connection(integrationID, connectionID)
}

// generated returns a client of package gen.
func (t target) generated(tb testing.TB) *gen.ClientWithResponses {
	tb.Helper()
	authorize := func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", "Bearer "+apiKey)
		return nil
	}
	client, err := gen.NewClientWithResponses(t.baseURL, gen.WithHTTPClient(t.client), gen.WithRequestEditorFn(authorize))
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// send sends a GET as a program without a client library does.
func (t target) send(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.baseURL+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "by-hand/1")
	req.Header.Set("Connection-Id", connectionID)
	req.Header.Set("Provider-Config-Key", integrationID)
	return t.client.Do(req)
}

// get is send, and decodes the response.
func (t target) get(ctx context.Context, path string, query url.Values, into any) error {
	resp, err := t.send(ctx, path, query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", resp.StatusCode, body)
	}
	return json.Unmarshal(body, into)
}

// expect returns err, or an error if a result is wrong.
func expect(err error, right bool) error {
	if err == nil && !right {
		return fmt.Errorf("the result is wrong")
	}
	return err
}
