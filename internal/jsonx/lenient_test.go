package jsonx

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/test/recordings"
)

type state string

type odd struct {
	First   []odder                    `json:"first"`
	Last    map[string]time.Time       `json:"last"`
	Text    string                     `json:"text"`
	State   state                      `json:"state"`
	Int     int64                      `json:"int"`
	Small   int8                       `json:"small"`
	Uint    uint64                     `json:"uint"`
	Float   float64                    `json:"float"`
	Bool    bool                       `json:"bool"`
	At      time.Time                  `json:"at"`
	Bytes   []byte                     `json:"bytes"`
	Number  json.Number                `json:"number"`
	Any     any                        `json:"any"`
	Raw     json.RawMessage            `json:"raw"`
	Texts   []string                   `json:"texts"`
	Ints    []int                      `json:"ints"`
	Tags    map[string]string          `json:"tags"`
	Counts  map[string]int64           `json:"counts"`
	Open    map[string]any             `json:"open"`
	PText   *string                    `json:"ptext"`
	PInt    *int                       `json:"pint"`
	PAt     *time.Time                 `json:"pat"`
	PText2  **string                   `json:"ptext2"`
	Inner   odder                      `json:"inner"`
	PInner  *odder                     `json:"pinner"`
	List    []odder                    `json:"list"`
	PList   []*odder                   `json:"plist"`
	Own     shy                        `json:"own"`
	POwn    *shy                       `json:"pown"`
	OwnList []*shy                     `json:"ownlist"`
	Array   [2]int                     `json:"array"`
	Extra   map[string]json.RawMessage `json:",embed"`
}

type odder struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Deep *odder    `json:"deep"`
}

// shy decodes itself, from an object only.
type shy struct{ Name string }

func (s *shy) UnmarshalJSON(data []byte) error {
	var wire struct {
		Name string `json:"name"`
	}
	err := UnmarshalLenient(data, &wire)
	s.Name = wire.Name
	return err
}

func TestUnmarshalLenient(t *testing.T) {
	text, number := "1", 7
	ptext := &text
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := map[string]odd{
		`"text":123`:                            {Text: "123"},
		`"text":-1.50e3`:                        {Text: "-1.50e3"},
		`"text":9007199254740993`:               {Text: "9007199254740993"},
		`"text":true`:                           {Text: "true"},
		`"text":false`:                          {Text: "false"},
		`"text":null`:                           {},
		`"text":{"a":[1]}`:                      {},
		`"text":[1]`:                            {},
		`"state":7`:                             {State: "7"},
		`"int":"42"`:                            {Int: 42},
		`"int":"-42"`:                           {Int: -42},
		`"int":"9007199254740993"`:              {Int: 9007199254740993},
		`"int":"crm-1"`:                         {},
		`"int":""`:                              {},
		`"int":"1 2"`:                           {},
		`"int":"4\u0032"`:                       {Int: 42},
		`"int":"007"`:                           {Int: 7},
		`"int":"1.0"`:                           {Int: 1},
		`"int":1.0`:                             {Int: 1},
		`"int":-1e3`:                            {Int: -1000},
		`"int":0e9999999999999999999`:           {},
		`"int":120E-1`:                          {Int: 12},
		`"int":0.012e3`:                         {Int: 12},
		`"int":-0.0`:                            {},
		`"int":1.5`:                             {},
		`"int":1e-1`:                            {},
		`"int":1e999999999`:                     {},
		`"int":1e99999999999999999999`:          {},
		`"int":9007199254740993.0`:              {Int: 9007199254740993},
		`"int":9223372036854775808`:             {},
		`"int":true`:                            {},
		`"int":{}`:                              {},
		`"small":300`:                           {},
		`"small":"12"`:                          {Small: 12},
		`"uint":"18446744073709551615"`:         {Uint: 18446744073709551615},
		`"uint":1.8446744073709551615e19`:       {Uint: 18446744073709551615},
		`"uint":-1`:                             {},
		`"float":"1.5"`:                         {Float: 1.5},
		`"float":1e400`:                         {},
		`"float":"NaN"`:                         {},
		`"bool":"true"`:                         {Bool: true},
		`"bool":"yes"`:                          {},
		`"bool":1`:                              {},
		`"at":""`:                               {},
		`"at":1767323045`:                       {},
		`"at":"+012020-04-08T19:56:12.302Z"`:    {},
		`"at":{"$date":1}`:                      {},
		`"at":[1]`:                              {},
		`"at":true`:                             {},
		`"bytes":"%"`:                           {},
		`"bytes":[1]`:                           {},
		`"number":"x"`:                          {},
		`"number":"7","int":"1"`:                {Number: "7", Int: 1},
		`"any":{"a":9007199254740993},"int":{}`: {Any: map[string]any{"a": json.Number("9007199254740993")}},
		`"raw":{"a" : 1},"int":{}`:              {Raw: json.RawMessage(`{"a" : 1}`)},
		`"texts":[1,"a",null,{},[2],true]`:      {Texts: []string{"1", "a", "", "", "", "true"}},
		`"texts":"a,b"`:                         {},
		`"texts":{"0":"a"}`:                     {},
		`"ints":["1",{},2.0]`:                   {Ints: []int{1, 0, 2}},
		`"tags":{"a":1,"b":{},"c":"d"}`:         {Tags: map[string]string{"a": "1", "b": "", "c": "d"}},
		`"tags":[]`:                             {},
		`"counts":{"a":"1","b":"x","c":3}`:      {Counts: map[string]int64{"a": 1, "b": 0, "c": 3}},
		`"open":{"a":1,"b":{}},"int":{}`:        {Open: map[string]any{"a": json.Number("1"), "b": map[string]any{}}},
		`"open":7`:                              {},
		`"ptext":1,"ptext2":1`:                  {PText: &text, PText2: &ptext},
		`"ptext":{},"ptext2":[]`:                {},
		`"pint":"7"`:                            {PInt: &number},
		`"pint":"x"`:                            {},
		`"pat":"2026-01-02T03:04:05Z","int":{}`: {PAt: &at},
		`"pat":"yesterday"`:                     {},
		`"pat":null,"int":{}`:                   {},
		`"inner":{"name":1,"at":2,"deep":{"name":"d","at":"x"}}`: {Inner: odder{Name: "1", Deep: &odder{Name: "d"}}},
		`"inner":[]`:                         {},
		`"inner":"x"`:                        {},
		`"pinner":"x"`:                       {},
		`"pinner":[]`:                        {},
		`"pinner":{"name":1}`:                {PInner: &odder{Name: "1"}},
		`"list":[{"name":1},2]`:              {List: []odder{{Name: "1"}, {}}},
		`"list":{}`:                          {},
		`"plist":[{"name":1},2,null,"x",[]]`: {PList: []*odder{{Name: "1"}, nil}},
		`"own":{"name":1},"int":{}`:          {Own: shy{"1"}},
		`"own":1,"pown":1`:                   {},
		`"pown":{"name":1},"int":{}`:         {POwn: &shy{"1"}},
		`"ownlist":[{"name":1},2]`:           {OwnList: []*shy{{"1"}}},
		`"array":{}`:                         {},
		`"int":{},"new":[1]`:                 {Extra: map[string]json.RawMessage{"new": json.RawMessage(`[1]`)}},
		`"text":"a","text":{}`:               {},
		`"int":{},"int":5`:                   {Int: 5},
		"\"int\":{},\"state\":\"\xff\"":      {State: "\ufffd"},
	}
	for doc, want := range tests {
		t.Run(doc, func(t *testing.T) {
			want.First, want.Last = []odder{{Name: "f", At: at}}, map[string]time.Time{"l": at}
			doc := `{"first":[{"name":"f","at":"2026-01-02T03:04:05Z"}],` + doc + `,"last":{"l":"2026-01-02T03:04:05Z"}}`
			var got odd
			require.NoError(t, UnmarshalLenient([]byte(doc), &got))
			assert.Equal(t, want, got)
		})
	}
}

func TestUnmarshalLenientErrors(t *testing.T) {
	for _, doc := range []string{``, `{`, `{"int":{}`, `{"int":{}} 1`, `{"int":{]}`, `{"int":{},"text":"a`, `{"int":"x",}`, `[]`, `"x"`, `1`, `true`, `{"ownlist":[{"name":{}],"int":1}`, `{"plist":[1,`} {
		assert.Error(t, UnmarshalLenient([]byte(doc), new(odd)), doc)
	}
	assert.Error(t, UnmarshalLenient([]byte(`{}`), new([]string)))
	assert.Error(t, UnmarshalLenient([]byte(`"1"`), new(int)))
	assert.Error(t, UnmarshalLenient([]byte(`[]`), new(*odd)))
	assert.EqualError(t, UnmarshalLenient([]byte(`[{"int":"secret"}]`), new(odd)), "json: cannot decode JSON array into Go jsonx.odd")
}

// An embedded struct that the caller supplies is decoded into, as by UnmarshalJSON methods of the SDK.
func TestUnmarshalLenientIntoEmbedded(t *testing.T) {
	target := odder{}
	wire := struct {
		*odder `json:",embed"`
		More   json.RawMessage `json:"more"`
	}{odder: &target}
	require.NoError(t, UnmarshalLenient([]byte(`{"name":5,"at":"x","more":[1],"deep":{"name":"d","deep":7}}`), &wire))
	assert.Equal(t, odder{Name: "5", Deep: &odder{Name: "d"}}, target)
	assert.Equal(t, `[1]`, string(wire.More))
}

// FuzzUnmarshalLenient: what Unmarshal takes, both ways of UnmarshalLenient take, with the same
// result; what is not JSON they refuse; and objects are read whatever they hold.
func FuzzUnmarshalLenient(f *testing.F) {
	for _, doc := range []string{`{"text":1,"int":"2","at":3,"plist":[{"name":[]},4],"tags":{"a":{}}}`, `{"int":1e3,"inner":[],"own":7}`, `[{"text":"a"},5]`,
		`{"int":12345678901234567890.000e-1}`, `{"ptext":null,"pat":{}}`, `{"a":{},"a":[{}],"list":[{"deep":{"deep":[]}}]}`} {
		f.Add([]byte(doc))
	}
	all, err := recordings.All("")
	require.NoError(f, err)
	for i, e := range all {
		if i%20 == 0 {
			f.Add([]byte(e.Response.Body))
		}
	}
	targets := []func() any{fresh[odd], fresh[[]*odder], fresh[map[string]odder], fresh[record]}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, target := range targets {
			want, got, second := target(), target(), target()
			err := UnmarshalLenient(doc, got)
			if checkSyntax(doc) != nil {
				require.Error(t, err)
				continue
			}
			if jsontext.Value(doc).Kind() == jsontext.KindBeginObject && reflect.TypeOf(want).Elem().Kind() != reflect.Slice {
				require.NoError(t, err)
			}
			if Unmarshal(doc, want) == nil {
				require.NoError(t, err)
				require.Equal(t, want, got)
				require.NoError(t, unmarshalForgiving(doc, second))
				require.Equal(t, want, second)
			}
		}
	})
}
