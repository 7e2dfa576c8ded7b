package jsonx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// standard is the judge: encoding/json, numbers kept, one document.
func standard(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("trailing data")
	}
	return nil
}

func fresh[T any]() any { return new(T) }

func holding[T any](v T) func() any { return func() any { return new(v) } }

func TestUnmarshalCallerAgreesWithEncodingJSON(t *testing.T) {
	deep := strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999)
	everything := `{"id":9007199254740993,"big":18446744073709551615,"any":9007199254740993,"map":{"a":[1e400,-0,{"b":1.50}]},` +
		`"list":[12345678901234567890,"1",null,true],"num":1.0,"Raw":{"k" : 1},"when":"2026-01-02T03:04:05.678901+02:00",` +
		`"bytes":"aGk=","self":{"id":1,"any":"x"}}`
	nulls := `{"id":null,"big":null,"any":null,"map":null,"list":null,"num":null,"Raw":null,"when":null,"bytes":null,"self":null}`
	full := func() any {
		v := new(tagged)
		if err := standard([]byte(everything), v); err != nil {
			t.Error(err)
		}
		return v
	}
	cases := []struct {
		name   string
		target func() any
		docs   []string
	}{
		{"untagged fields", fresh[untagged], []string{`{"ID":1,"FirstName":"Ann","Active":true,"Nested":{"Deep":[1,2.5]}}`,
			`{"id":1,"firstname":"Ann","ACTIVE":false,"nested":{"DEEP":[]}}`, `{"first_name":"no","first-name":"no"}`, `[]`, `"x"`, `null`, ``, `{`, `{}{}`, `{} x`}},
		{"case", fresh[twoCases], []string{`{"foo":"a","FOO":"b"}`, `{"Foo":"c"}`, `{"fOO":"d","foo":"e"}`}},
		{"kelvin sign and long s", fresh[struct{ K, S int }], []string{`{"\u212a":1,"\u017f":2}`, `{"k":1,"s":2}`}},
		{"duplicate keys", fresh[tagged], []string{`{"id":1,"id":2}`, `{"map":{"a":1,"a":2},"map":{"b":3}}`, `{"self":{"id":1},"self":{"any":2}}`, `{"any":{"a":1},"any":{"b":2}}`, `{"list":[1,2,3],"list":[4]}`}},
		{"bad text", fresh[map[string]string], []string{`{"a":"\ud800"}`, `{"\udc00":"\ud83d\ude00"}`, "{\"\xff\":\"a\xc3\"}", `{"a":"\ud800\ud800x"}`, `{"a":"\u0000"}`, "{\"a\":\"\x01\"}"}},
		{"embedded", fresh[conflict], []string{`{"ID":"x","Name":"n","Extra":"e"}`}},
		{"embedded pointer", fresh[pointers], []string{`{"ID":"x","Level":2}`, `{"Level":2}`}},
		{"embedded unexported", fresh[lower], []string{`{"Seen":1}`}},
		{"embedded unexported pointer", fresh[lowerPtr], []string{`{"Seen":1}`, `{}`}},
		{"embedded with a name", fresh[renamed], []string{`{"base":{"ID":"x"}}`, `{"ID":"x"}`}},
		{"string option", fresh[quotedAll], []string{`{"I":"1","S":"\"s\"","F":"1.5","B":"true","N":"7","A":"a","T":"\"t\""}`, `{"I":1}`, `{"S":"s"}`, `{"S":"\"\\ud800\""}`,
			`{"F":null,"I":null,"S":"null"}`, `{"N":7}`, `{"T":"t"}`, `{"B":"\"true\""}`, `{"I":" 1"}`}},
		{"odd tags", fresh[oddTags], []string{`{"-":1,"A":1,"B":2,"c":3,"d":4,"é":5,"it's":6,"F":7}`, `{"D":1,"C":2,"É":3}`}},
		{"quote in a tag", fresh[quoteTag], []string{`{"it's":1}`, `{"F":1}`}},
		{"emoji in a tag", fresh[smileTag], []string{`{"😀":1}`, `{"F":1}`}},
		{"embed is no option", fresh[embedTag], []string{`{"a":1,"Extra":{"b":2}}`}},
		{"everything", fresh[tagged], []string{everything, nulls}},
		{"null over something", full, []string{nulls, `{}`, `null`, everything}},
		{"numbers", fresh[tagged], []string{`{"id":9223372036854775807}`, `{"id":9223372036854775808}`, `{"id":1.0}`, `{"id":1e2}`, `{"id":"1"}`, `{"big":-1}`, `{"num":"12"}`,
			`{"num":"x"}`, `{"num":" 1"}`, `{"num":"1 "}`, `{"num":"1\n"}`, `{"num":""}`, `{"num":true}`, `{"num":{}}`, `{"num":-}`, `{"num":01}`}},
		{"any", fresh[any], []string{`9007199254740993`, `"s"`, `null`, `[]`, `{}`, `[1,{"a":[null,false]}]`, deep, "[" + deep + "]", `[1,]`, `{"a":1,}`, ` {"a" : 1 } `, `1 2`}},
		{"a deep list of lists", fresh[[]any], []string{deep}},
		{"map of any", fresh[map[string]any], []string{`{"a":{"b":1}}`, `null`, `[]`, `1`, `{"a":1,"A":2}`}},
		{"map of any, filled", holding(map[string]any{"a": 1, "z": []any{2}}), []string{`{"a":{"b":1}}`, `null`, `{"z":[]}`, `7`}},
		{"any, filled", holding(any("old")), []string{`1`, `null`, `{}`}},
		{"any with a pointer", func() any { return new(any(&Base{ID: "kept"})) }, []string{`{"Name":"n"}`, `null`, `1`}},
		{"any with a pointer to a pointer", func() any { return new(any(new(&Base{ID: "kept"}))) }, []string{`{"Name":"n"}`, `null`}},
		{"list of pointers in any", func() any { return &[]any{&Base{ID: "kept"}, 1} }, []string{`[{"Name":"n"},2,3]`, `[null]`, `[]`}},
		{"named interface", fresh[[]named], []string{`[1,"a",{"b":2}]`}},
		{"interface with methods", fresh[fmt.Stringer], []string{`1`, `null`}},
		{"interface with a value", func() any { return new(fmt.Stringer(new(big.Int))) }, []string{`123`, `null`}},
		{"array", fresh[[2]int], []string{`[1]`, `[1,2]`, `[1,2,3]`, `null`, `{}`}},
		{"array, filled", holding([2]int{8, 9}), []string{`[1]`, `[]`, `null`}},
		{"slice, filled", func() any { s := []Base{{ID: "a"}, {ID: "b"}}; s = s[:1]; return &s }, []string{`[{"Name":"n"},{"Name":"m"}]`, `[]`, `null`}},
		{"int keys", fresh[map[int8]string], []string{`{"-5":"a"}`, `{"200":"a"}`, `{"x":"a"}`, `{"1.0":"a"}`}},
		{"text keys", fresh[map[shout]int], []string{`{"a":1,"A":2}`, `{"":1}`}},
		{"float keys", fresh[map[float64]int], []string{`{"1":1}`, `{}`}},
		{"number keys", fresh[map[json.Number]int], []string{`{"1":1}`, `{"x":1}`}},
		{"text", fresh[[]shout], []string{`["a"]`, `[""]`, `[1]`, `[null]`, `["\ud800"]`}},
		{"own method", fresh[[]verbatim], []string{`[ {"a" : 1}, null, "x" ]`, `[13]`}},
		{"pointer to own method", fresh[**verbatim], []string{`null`, `1`, `13`}},
		{"method of json/v2", fresh[[]newest], []string{`[{"Raw":"r"}]`}},
		{"base64", fresh[[]byte], []string{`"aGk="`, `"aGk"`, `"a\nGk="`, `"-_=="`, `[104,105]`, `[256]`, `null`, `""`}},
		{"byte array", fresh[[2]byte], []string{`[104,105]`, `"aGk="`}},
		{"time", fresh[time.Time], []string{`"2026-01-02T03:04:05Z"`, `"2026-01-02T3:04:05Z"`, `"2026-01-02T03:04:05,5Z"`, `"2026-01-02T03:04:05+24:00"`, `"2026-01-02"`, `1`, `null`, `""`}},
		{"duration", fresh[time.Duration], []string{`1000000`, `"1s"`}},
		{"bool, string, float", fresh[struct {
			B bool
			S string
			F float32
		}], []string{`{"B":true,"S":"s","F":1.5}`, `{"B":1}`, `{"S":true}`, `{"F":1e39}`, `{"F":"1"}`}},
		{"channel", fresh[chan int], []string{`1`, `null`}},
		{"not a pointer", func() any { return tagged{} }, []string{`{}`}},
		{"nil", func() any { return nil }, []string{`{}`}},
		{"nil pointer", func() any { return (*tagged)(nil) }, []string{`{}`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, doc := range c.docs {
				want, got := c.target(), c.target()
				wantErr, gotErr := standard([]byte(doc), want), UnmarshalCaller([]byte(doc), got)
				require.Equal(t, wantErr == nil, gotErr == nil, "%.80s: encoding/json says %v, jsonx says %v", doc, wantErr, gotErr)
				if wantErr == nil {
					assert.Equal(t, want, got, "%.80s", doc)
				}
			}
		})
	}
}

func TestUnmarshalCallerKeepsIntegers(t *testing.T) {
	var v struct {
		Any  any
		Map  map[string]any
		Deep []map[string][]any
	}
	require.NoError(t, UnmarshalCaller([]byte(`{"any":9007199254740993,"map":{"a":9007199254740993},"deep":[{"b":[9007199254740993]}]}`), &v))
	n := json.Number("9007199254740993")
	assert.Equal(t, n, v.Any)
	assert.Equal(t, map[string]any{"a": n}, v.Map)
	assert.Equal(t, []map[string][]any{{"b": {n}}}, v.Deep)
}

func TestUnmarshalCallerInterfaceThatHoldsItself(t *testing.T) {
	var x any
	x = &x
	require.NoError(t, UnmarshalCaller([]byte(`[1]`), x))
	assert.Equal(t, []any{json.Number("1")}, x)
}
