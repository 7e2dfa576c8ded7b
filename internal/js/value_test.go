package js_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/js"
)

// Whoever links nangotest or webhooktest links this package, so that it has to stay small.
func TestLinksTheStandardLibrary(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	const internal = "github.com/nango-go/sdk/internal/"
	assert.ElementsMatch(t, []string{internal + "js", internal + "percent"}, strings.Fields(string(out)))
}

func TestObject(t *testing.T) {
	o := js.NewObject()
	for i, key := range []string{"b", "10", "a", "9", "b", "01"} {
		o.Set(key, json.RawMessage(fmt.Sprint(i)))
	}
	assert.Equal(t, 5, o.Len())
	assert.Equal(t, json.RawMessage("4"), o.Get("b"))
	assert.Nil(t, o.Get("c"))
	var keys []string
	for key, value := range o.All() {
		assert.Equal(t, o.Get(key), value)
		keys = append(keys, key)
	}
	assert.Equal(t, []string{"9", "10", "b", "a", "01"}, keys)
	for range o.All() {
		break
	}
	assert.Len(t, maps.Collect(o.All()), 5)
}

func TestArrayIndex(t *testing.T) {
	for key, want := range map[string]int64{"0": 0, "7": 7, "4294967294": 4294967294} {
		index, ok := js.ArrayIndex(key)
		assert.True(t, ok, key)
		assert.Equal(t, want, index, key)
	}
	for _, key := range []string{"", "-1", "+1", "01", "1.0", "1e1", " 1", "a", "4294967295", "99999999999999999999"} {
		_, ok := js.ArrayIndex(key)
		assert.False(t, ok, key)
	}
}

func TestSort(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"_":2,"B":3,"ﬀ":4,"😀":5,"":6,"aa":7}`:         `{"":6,"B":3,"_":2,"a":1,"aa":7,"😀":5,"ﬀ":4}`,
		`{"-":0,"10":1,"9":2,"01":3,"4294967295":4}`:          `{"9":2,"10":1,"-":0,"01":3,"4294967295":4}`,
		`[{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":[]},{},"z",1]`: `[{"a":[],"b":{"c":[{"e":2,"f":1}],"d":1}},{},"z",1]`,
	} {
		value := js.Parse([]byte(text))
		js.Sort(value)
		assert.Equal(t, want, string(js.Print(value)))
	}
}

func TestTruthy(t *testing.T) {
	for text, want := range map[string]bool{
		`null`: false, `false`: false, `0`: false, `-0`: false, `0.0`: false, `1e-999`: false, `""`: false,
		`true`: true, `1`: true, `0.1`: true, `" "`: true, `"0"`: true, `"false"`: true, `{}`: true, `[]`: true,
	} {
		assert.Equal(t, want, js.Truthy(js.Parse([]byte(text))), text)
	}
	assert.False(t, js.Truthy(nil))
}

func TestParseAndPrint(t *testing.T) {
	for text, want := range map[string]string{
		` [ 1.0 , -0, 0e5, 1e21, 1e20, 123456789012345678901234567890 ] `:       `[1,0,0,1e+21,100000000000000000000,1.2345678901234568e+29]`,
		`[1e-6,1e-7,9007199254740993,1.5e300,0.1,5e-324]`:                       `[0.000001,1e-7,9007199254740992,1.5e+300,0.1,5e-324]`,
		`[1e999,-1e999,1e-999,true,false,null]`:                                 `[null,null,0,true,false,null]`,
		`{"b":{},"a":[],"2":1,"1":{"x":"y"}}`:                                   `{"1":{"x":"y"},"2":1,"b":{},"a":[]}`,
		`{"a":1,"b":2,"\u0061":3}`:                                              `{"a":3,"b":2}`,
		`"\u0000\u001f\b\f\n\r\t\u000b\"\\\/\u007f\u00e9\ud83d\ude00\u2028<>&"`: "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\u000b\\\"\\\\/\u007fé😀\u2028<>&\"",
		`{"<\u2028":"\ud800"}`:                                                  "{\"<\u2028\":\"\ufffd\"}",
	} {
		assert.Equal(t, want, string(js.Print(js.Parse([]byte(text)))), text)
	}
	assert.Equal(t, "null", string(js.Print(nil)))
	assert.PanicsWithValue(t, "js: int is no value of Parse", func() { js.Print(5) })
}

func TestSetField(t *testing.T) {
	for fields, want := range map[string]string{
		"a=1":                 `{"a":"1"}`,
		"a=1&a=2&a=3":         `{"a":["1","2","3"]}`,
		"a[]=1":               `{"a":["1"]}`,
		"a[]=1&a[]=2":         `{"a":["1","2"]}`,
		"a[0]=1&a[1]=2":       `{"a":["1","2"]}`,
		"a[0]=1&a[0]=2":       `{"a":[["1","2"]]}`,
		"a[5]=1":              `{"a":["1"]}`,
		"a[b]=1&a[c]=2":       `{"a":{"b":"1","c":"2"}}`,
		"a[b][c]=1&a[b][]=2":  `{"a":{"b":{"c":"1","":"2"}}}`,
		"a[]=1&a[b]=2":        `{"a":{"0":"1","b":"2"}}`,
		"a=1&a[b]=2":          `{"a":{"b":"2"}}`,
		"a[0][b]=1&a[0][c]=2": `{"a":[{"b":"1","c":"2"}]}`,
		"a[b=1":               `{"a[b":"1"}`,
		"a[b]c=1":             `{"a":{"b":"1"}}`,
		"[a]=1":               `{"[a]":"1"}`,
		"=1":                  `{"":"1"}`,
		"b=1&2=2&1=3":         `{"1":"3","2":"2","b":"1"}`,
	} {
		o := js.NewObject()
		for field := range strings.SplitSeq(fields, "&") {
			i := strings.LastIndexByte(field, '=')
			o.SetField(field[:i], field[i+1:])
		}
		assert.Equal(t, want, string(js.Print(o)), fields)
	}
}
