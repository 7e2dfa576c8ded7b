package jsonx

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type record struct {
	ID     string                     `json:"id"`
	Count  int64                      `json:"count"`
	Data   any                        `json:"data"`
	Fields map[string]any             `json:"fields"`
	Exact  json.Number                `json:"exact"`
	Raw    json.RawMessage            `json:"raw"`
	At     *time.Time                 `json:"at"`
	Extra  map[string]json.RawMessage `json:",embed"`
}

func TestUnmarshal(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	tests := []struct {
		name, doc string
		want      record
	}{
		{"every field", `{"id":"a","count":9007199254740993,"data":9007199254740993,"fields":{"n":[9007199254740993]},"exact":1.50,"raw":{"b" : 1},"at":"2026-01-02T03:04:05.678901Z"}`,
			record{ID: "a", Count: 9007199254740993, Data: json.Number("9007199254740993"), Fields: map[string]any{"n": []any{json.Number("9007199254740993")}},
				Exact: "1.50", Raw: json.RawMessage(`{"b" : 1}`), At: &at}},
		{"unknown keys are kept by embed", `{"id":"a","new":{"big":9007199254740993},"x":null}`,
			record{ID: "a", Extra: map[string]json.RawMessage{"new": json.RawMessage(`{"big":9007199254740993}`), "x": json.RawMessage(`null`)}}},
		{"keys match exactly", `{"ID":"a"}`, record{Extra: map[string]json.RawMessage{"ID": json.RawMessage(`"a"`)}}},
		{"a key twice", `{"id":"a","count":1,"id":"b","fields":{"x":1,"x":2}}`, record{ID: "b", Count: 1, Fields: map[string]any{"x": json.Number("2")}}},
		{"a null after a value", `{"id":"a","id":null}`, record{}},
		{"lone surrogate", `{"id":"\ud800","data":"\udc00"}`, record{ID: "\ufffd", Data: "\ufffd"}},
		{"invalid UTF-8", "{\"id\":\"\xff\",\"fields\":{\"\xff\":\"\xff\"}}", record{ID: "\ufffd", Fields: map[string]any{"\ufffd": "\ufffd"}}},
		{"nulls", `{"id":null,"count":null,"data":null,"fields":null,"exact":null,"raw":null,"at":null}`, record{Raw: json.RawMessage(`null`)}},
		{"white space", " {\"id\" : \"a\"}\r\n", record{ID: "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got record
			require.NoError(t, Unmarshal([]byte(tt.doc), &got))
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestExtraOutlivesItsBuffer guards against raw values that share memory with a response body.
func TestExtraOutlivesItsBuffer(t *testing.T) {
	doc := []byte(`{"id":"a","raw":[1],"new":[2]}`)
	var got record
	require.NoError(t, Unmarshal(doc, &got))
	clear(doc)
	assert.Equal(t, record{ID: "a", Raw: json.RawMessage(`[1]`), Extra: map[string]json.RawMessage{"new": json.RawMessage(`[2]`)}}, got)
}

func TestUnquote(t *testing.T) {
	tests := map[string]struct {
		want string
		ok   bool
	}{
		`"a\n\u00e9"`: {"a\né", true},
		` "a" `:       {"a", true},
		`"\ud800x"`:   {"\ufffdx", true},
		"\"\xff\"":    {"\ufffd", true},
		`""`:          {"", true},
		`"a`:          {"", false},
		`"a" 1`:       {"", false},
		`"~ <b>"`:     {"~ <b>", true},
		`"`:           {"", false},
		`"a"b"`:       {"", false},
		`a"`:          {"", false},
		"\"a\tb\"":    {"", false},
		`1`:           {"", false},
		`null`:        {"", false},
		`{}`:          {"", false},
		``:            {"", false},
	}
	for doc, want := range tests {
		got, ok := Unquote([]byte(doc))
		assert.Equal(t, want.ok, ok, doc)
		if ok {
			assert.Equal(t, want.want, got, doc)
		}
	}
}

type quiet struct{}

func (quiet) MarshalJSON() ([]byte, error) { return []byte(`{ "a" : "<b>" }`), nil }

func TestMarshal(t *testing.T) {
	type input struct {
		Plain   string
		Zero    time.Time      `json:"zero,omitzero"`
		Empty   []int          `json:"empty,omitempty"`
		Nil     []int          `json:"nil"`
		Number  json.Number    `json:"number"`
		Any     map[string]any `json:"any"`
		Bytes   []byte         `json:"bytes"`
		Raw     json.RawMessage
		Own     quiet
		private int
	}
	v := input{Plain: "<a & b>\u2028", Number: "9007199254740993", Any: map[string]any{"z": json.Number("1e5"), "a": "</script>"},
		Bytes: []byte("hi"), Raw: json.RawMessage(`[ 1, "<" ]`), private: 1}
	got, err := Marshal(v)
	require.NoError(t, err)
	assert.Equal(t, `{"Plain":"<a & b>\u2028","nil":null,"number":9007199254740993,"any":{"a":"</script>","z":1e5},"bytes":"aGk=","Raw":[1,"<"],"Own":{"a":"<b>"}}`, string(got))

	for want, v := range map[string]any{`null`: nil, `"a"`: "a", `"\n"`: "\n", `[1,null]`: []any{1, nil}, `5`: json.Number("5")} {
		got, err := Marshal(v)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
}

func TestTargetOf(t *testing.T) {
	tests := []struct {
		v    any
		want bool
	}{
		{new(untagged), true}, {new(tagged), true}, {new([]map[string]tagged), true}, {new(any), true}, {new(map[string]any), true}, {new(cyclic), true}, {new(mixed), true},
		{new(map[int]shout), true}, {new(json.RawMessage), true}, {new(time.Time), true}, {new(struct{ c chan int }), true}, {new(struct {
			C chan int `json:"-"`
		}), true},
		{new(quotedAll), false}, {new([]oddTags), false}, {new(struct{ Deep []map[string]*embedTag }), false}, {new(named), false}, {new(map[bool]int), false},
		{new(map[json.Number]int), false}, {new(map[shout]int), false}, {new(chan int), false}, {nil, false},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, TargetOf(reflect.TypeOf(tt.v)).fast != nil, "%T", tt.v)
		assert.Equal(t, tt.want, TargetOf(reflect.TypeOf(tt.v)).fast != nil, "%T, from the cache", tt.v)
	}
}
