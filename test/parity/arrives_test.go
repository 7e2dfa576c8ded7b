package parity

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// Proxied calls of the two SDKs differ on the way to Nango. At the provider the same request arrives, whether or not its
// definition has headers.
func TestProxiedCallsArrive(t *testing.T) {
	twinOf := map[string]func(caller) error{}
	for _, twin := range twins {
		call, args, _ := strings.Cut(twin.node, "(")
		twinOf[written(call, []byte("["+strings.TrimSuffix(args, ")")+"]"))] = twin.call
	}
	bodies := 0
	for _, call := range loadNode(t) {
		if len(call.Requests) != 1 || !strings.HasPrefix(call.Requests[0].Path, "/proxy/") {
			continue
		}
		for _, provider := range []string{"github", "github-pat"} {
			t.Run(call.Call+" "+provider, func(t *testing.T) {
				p := newProvider(t, provider)
				refused := p.sendNode(t, call) != http.StatusOK
				client := p.srv.Client()
				require.NoError(t, twinOf[call.String()](caller{Client: client, ctx: t.Context(), github: client.Connection("github-prod", "conn-1")}))
				if refused { // the Node SDK's body holds a percent sign, at which this provider ends the call
					require.Contains(t, call.Requests[0].Body, "%")
					require.Len(t, p.arrived, 1)
					assert.Equal(t, decoded(t, call.Requests[0].Body), p.arrived[0].body)
					return
				}
				require.Len(t, p.arrived, 2)
				assert.Equal(t, p.arrived[0], p.arrived[1])
				if p.arrived[0].body != nil {
					bodies++
				}
			})
		}
	}
	assert.NotZero(t, bodies)
}

// provider is the API of a provider behind a server, and what arrived there.
type provider struct {
	srv     *nangotest.Server
	arrived []arrival
}

type arrival struct {
	method, host, target string
	header               http.Header
	body                 any // decoded JSON; nil for none
}

func decoded(t *testing.T, body string) (value any) {
	t.Helper()
	if body != "" {
		require.NoError(t, json.Unmarshal([]byte(body), &value))
	}
	return value
}

func newProvider(t *testing.T, name string) *provider {
	p := &provider{srv: nangotest.Start(t)}
	p.srv.AddIntegration(nangotest.Integration{ID: "github-prod", Provider: name})
	credentials := map[string]nango.Credentials{
		"github":     &nango.OAuth2Credentials{AccessToken: nango.NewSecret("gho")},
		"github-pat": &nango.APIKeyCredentials{APIKey: nango.NewSecret("gho")},
	}
	p.srv.AddConnection(nangotest.Connection{IntegrationID: "github-prod", ConnectionID: "conn-1", Credentials: credentials[name]})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		r.Header.Del("Content-Length") // of equal JSON that is spelled in two ways
		p.arrived = append(p.arrived, arrival{r.Method, r.Host, r.RequestURI, r.Header, decoded(t, string(body))})
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	})
	p.srv.HandleProxy("github-prod", handler)
	p.srv.HandleHost("api.example.com", handler)
	return p
}

// sendNode makes the recorded request of the Node SDK, and returns the status of its response.
func (p *provider) sendNode(t *testing.T, call nodeCall) int {
	t.Helper()
	node := call.Requests[0]
	req, err := http.NewRequestWithContext(t.Context(), node.Method, "http://nango.test"+node.Path+"?"+node.Query, strings.NewReader(node.Body))
	require.NoError(t, err)
	for name, value := range node.Headers {
		req.Header.Set(name, value)
	}
	req.Header.Set("Authorization", "Bearer "+p.srv.Key())
	resp, err := p.srv.HTTPClient().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}
