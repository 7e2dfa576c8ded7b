package webhooktest_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

func TestEncode(t *testing.T) {
	raw := func(s string) any { return json.RawMessage(s) }
	for _, tt := range []struct {
		name    string
		payload any
		want    string
	}{
		{"keys by UTF-16 code units", raw(`{"a":1,"_":2,"B":3,"ﬀ":4,"😀":5,"":6,"aa":7}`), `{"":6,"B":3,"_":2,"a":1,"aa":7,"😀":5,"ﬀ":4}`},
		{"array indices first", raw(`{"-":0,"10":1,"9":2,"01":3,"4294967295":4,"4294967294":5,"0":6,"-1":7,"1.0":8,"+1":9}`),
			`{"0":6,"9":2,"10":1,"4294967294":5,"+1":9,"-":0,"-1":7,"01":3,"1.0":8,"4294967295":4}`},
		{"at every level", raw(` [ {"b" : {"d":1, "c":[{"f":1,"e":2}]}, "a":[]} , {} ] `), `[{"a":[],"b":{"c":[{"e":2,"f":1}],"d":1}},{}]`},
		{"the last of equal keys", raw(`{"a":1,"\u0061":2}`), `{"a":2}`},
		{"numbers", raw(`[1.0,-0,0e5,1e21,1e20,123456789012345678901234567890,1e-6,1e-7,9007199254740993,1.5e300,0.1,5e-324,1e999,-1e999,1e-999]`),
			`[1,0,0,1e+21,100000000000000000000,1.2345678901234568e+29,0.000001,1e-7,9007199254740992,1.5e+300,0.1,5e-324,null,null,0]`},
		{"literals", raw(`[true,false,null]`), `[true,false,null]`},
		{"escapes", raw(`"\u0000\u001f\b\f\n\r\t\u000b\"\\\/\u007f\u00e9\ud83d\ude00\u2028\u2029<>&"`), "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\u000b\\\"\\\\/\u007fé😀\u2028\u2029<>&\""},
		{"escapes in keys", raw(`{"<\u2028":"\ud800"}`), "{\"<\u2028\":\"\ufffd\"}"},
		{"values of Go", map[string]any{"b": []int{1}, "a": "<&>"}, `{"a":"<&>","b":[1]}`},
		{"nothing", nil, `null`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, err := webhooktest.Encode(tt.payload)
			require.NoError(t, err)
			assert.Equal(t, tt.want, string(body))
		})
	}
}

func TestEncodeFails(t *testing.T) {
	for _, payload := range []any{math.Inf(1), json.RawMessage(`{"a":`), func() {}} {
		body, err := webhooktest.Encode(payload)
		assert.ErrorContains(t, err, "webhooktest: json: ")
		assert.Nil(t, body)
	}
}
