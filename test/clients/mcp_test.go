package clients_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// statuses records the statuses that a client gets, by method.
type statuses struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen map[string][]int
}

func (s *statuses) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err == nil {
		s.mu.Lock()
		s.seen[r.Method] = append(s.seen[r.Method], resp.StatusCode)
		s.mu.Unlock()
	}
	return resp, err
}

// A provider that is an MCP server, with the official client: a session, a list of tools, a call that reports its progress while
// it runs, the stream of the server's own messages, and the end of the session.
func TestMCP(t *testing.T) {
	for _, headed := range []bool{false, true} {
		for _, plainJSON := range []bool{false, true} {
			name := map[bool]string{false: "without headers", true: "with headers"}[headed] + ", " + map[bool]string{false: "events", true: "JSON"}[plainJSON]
			t.Run(name, func(t *testing.T) { testMCP(t, with(t, "https://mcp.test/mcp", headed, false), plainJSON) })
		}
	}
}

func testMCP(t *testing.T, s *setting, plainJSON bool) {
	heard := make(chan string, 1) // lets the tool go on once the client has heard of its progress
	server := mcp.NewServer(&mcp.Implementation{Name: "server", Version: "1"}, nil)
	type input struct {
		Text string `json:"text"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "say"}, func(ctx context.Context, req *mcp.CallToolRequest, in input) (*mcp.CallToolResult, any, error) {
		err := req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: req.Params.GetProgressToken(), Message: "half", Progress: 0.5})
		if err != nil {
			return nil, nil, err
		}
		if !plainJSON {
			select {
			case <-heard:
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: in.Text}}}, nil, nil
	})
	inner := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{JSONResponse: plainJSON})
	s.srv.HandleProxy("c", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Bearer "+token, r.Header.Get("Authorization"))
		assert.Equal(t, "/mcp", r.RequestURI)
		inner.ServeHTTP(w, r)
	}))

	httpClient := s.http(nil)
	record := &statuses{next: httpClient.Transport, seen: map[string][]int{}}
	httpClient.Transport = record
	client := mcp.NewClient(&mcp.Implementation{Name: "client", Version: "1"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { heard <- req.Params.Message },
	})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: "https://mcp.test/mcp", HTTPClient: httpClient}, nil)
	require.NoError(t, err)
	tools, err := session.ListTools(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, tools.Tools, 1)
	params := &mcp.CallToolParams{Name: "say", Arguments: map[string]any{"text": "100% sure & ä"}}
	params.SetProgressToken("p")
	result, err := session.CallTool(t.Context(), params)
	require.NoError(t, err)
	assert.Equal(t, "100% sure & ä", result.Content[0].(*mcp.TextContent).Text)
	require.NoError(t, session.Close())

	record.mu.Lock()
	defer record.mu.Unlock()
	assert.Contains(t, record.seen[http.MethodPost], http.StatusAccepted, "the notification was accepted")
	assert.Equal(t, []int{http.StatusNoContent}, record.seen[http.MethodDelete])
}
