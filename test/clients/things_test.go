package clients_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/clients/things"
)

const thingsURL = "https://things.test/v1"

// created gives a POST the status that the API documents.
func created(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK && resp.Request.Method == http.MethodPost {
		resp.StatusCode = http.StatusCreated
	}
	return nil
}

// A client of oapi-codegen reads the body by the status. Without it, what was made is missing, without an error.
func TestOAPICodegen(t *testing.T) {
	each(t, thingsURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{line: "POST /v1/things", body: s.arrives(`{"name":"100%"}`), status: 201, response: `{"name":"100%"}`, header: jsonHeader("Location", "/v1/things/1")})
		for _, params := range []*nango.TransportParams{nil, {ModifyResponse: created}} {
			client, err := things.NewClientWithResponses(thingsURL, things.WithHTTPClient(s.http(params)))
			require.NoError(t, err)
			resp, err := client.CreateThingWithResponse(t.Context(), things.Thing{Name: "100%"})
			require.NoError(t, err)
			if params == nil && !s.chunked {
				assert.Nil(t, resp.JSON201, "a loss that only ModifyResponse cures")
				continue
			}
			require.NotNil(t, resp.JSON201)
			assert.Equal(t, "100%", resp.JSON201.Name)
		}
	})
}
