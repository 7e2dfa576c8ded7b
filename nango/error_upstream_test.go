package nango

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestResponsesOfOthersShowOnlyTheirStatus(t *testing.T) {
	const inside = "s3cret"
	kept := holding(heldParts{header: map[string][]string{"X-Header": {inside}}, body: []byte(`"` + inside + `"`)})
	for want, err := range map[string]error{
		"the API that the action called responded with 418 I'm a teapot": &UpstreamError{418, kept},
		"nango: the provider responded with 404 Not Found":               &ProviderError{404, true, kept},
		"nango: the provider responded with 599":                         &ProviderError{StatusCode: 599},
	} {
		assert.EqualError(t, err, want)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			assert.Equal(t, want, fmt.Sprintf(verb, err))
		}
		out, fail := json.Marshal(map[string]any{"e": err})
		require.NoError(t, fail)
		assert.JSONEq(t, fmt.Sprintf(`{"e":%q}`, want), string(out))
		assert.Equal(t, want, logged1(err))
		assert.NotContains(t, fmt.Sprintf("%+v", struct{ err any }{err}), inside)
	}
	assert.Equal(t, "the API that the action called responded with 418 I'm a teapot, nango: the provider responded with 404 Not Found",
		fmt.Sprintf("%+v, %+v", UpstreamError{418, kept}, ProviderError{404, true, kept}), "by value")
	assert.ErrorIs(t, &Error{Upstream: &UpstreamError{StatusCode: 1}, StatusCode: 424, Code: "script_http_error"}, ErrAction)
}
