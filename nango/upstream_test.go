package nango

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnswersOfOthersShowOnlyTheirStatus(t *testing.T) {
	const inside = "s3cret"
	header := map[string][]string{"X-Header": {inside}}
	for want, err := range map[string]error{
		"the API that the action called answered 418 I'm a teapot": &UpstreamError{418, header, []byte(`"` + inside + `"`)},
		"nango: the provider answered 404 Not Found":               &ProviderError{404, header, []byte(inside), true},
		"nango: the provider answered 599":                         &ProviderError{StatusCode: 599},
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
	byValue := fmt.Sprintf("%+v %+v", UpstreamError{Body: []byte(inside)}, ProviderError{Body: []byte(inside)})
	assert.NotContains(t, byValue, fmt.Sprint([]byte(inside)[0]))
	assert.ErrorIs(t, &Error{Upstream: &UpstreamError{StatusCode: 1}, StatusCode: 424, Code: "script_http_error"}, ErrAction)
}
