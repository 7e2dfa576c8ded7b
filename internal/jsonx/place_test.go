package jsonx

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// standardOnly makes encoding/json itself decode the types that hold it.
type standardOnly struct {
	Unused int `json:",string"`
}

// What a document named itself is never in an error: keys of maps, keys that no field claims, keys below an interface.
func TestErrorsNamePlacesInGo(t *testing.T) {
	type inner struct {
		Count int            `json:"item_count"`
		Dots  int            `json:"a.b"`
		Map   map[string]int `json:"map"`
		Upper bool
		Self  *inner `json:"self"`
		Any   any    `json:"any"`
		Keys  map[int8]string
	}
	type outer struct {
		inner
		*Other
		List  []*inner
		Pairs [2]map[string][]inner
	}
	type outerStandard struct {
		standardOnly
		Outer outer
	}
	for doc, place := range map[string]string{
		`{"item_count":"s3cr3t"}`:                                "Count",
		`{"ITEM_COUNT":"s3cr3t"}`:                                "Count",
		`{"a.b":"s3cr3t"}`:                                       "Dots",
		`{"map":{"s3cr3t":"x"}}`:                                 "Map[*]",
		`{"map":{"ok":1,"s3cr3t.\u001b[31m/~1":{}}}`:             "Map[*]",
		`{"s3cr3t":{"s3cr3t":1},"upper":5}`:                      "Upper",
		`{"self":{"self":{"map":["s3cr3t"]}}}`:                   "Self.Self.Map",
		`{"any":{"s3cr3t":[1]},"item_count":{}}`:                 "Count",
		`{"Extra":5}`:                                            "Extra",
		`{"List":[null,{},{"map":{"s3cr3t":true}}]}`:             "List[2].Map[*]",
		`{"Pairs":[{},{"s3cr3t":[{"self":{"item_count":[]}}]}]}`: "Pairs[1][*][0].Self.Count",
		`{"Keys":{"s3cr3t":"x"}}`:                                "Keys[*]",
		`{"Keys":{"4242":"x"}}`:                                  "Keys[*]",
	} {
		for _, err := range []error{
			UnmarshalCaller([]byte(doc), new(outer)),
			UnmarshalCaller([]byte("\ufeff"+doc), new(outer)),
			UnmarshalCaller([]byte(`{"Outer":`+doc+`}`), new(outerStandard)),
		} {
			require.Error(t, err, doc)
			assert.Regexp(t, `^json: cannot decode JSON [a-z]+ into Go \S+ at (Outer\.)?\Q`+place+`\E \(offset \d+\)$`, err.Error(), doc)
			assertSilent(t, err)
		}
	}
	assert.Nil(t, TargetOf(reflect.TypeFor[*outerStandard]()).fast, "it stands for the types that encoding/json decodes")
	err := UnmarshalCaller([]byte(`{"sk_live_4242SECRET":"active"}`), new(map[string]int))
	assert.EqualError(t, err, "json: cannot decode JSON string into Go int at [*] (offset 30)")
}

// A type that decodes itself says nothing of what is below it.
func TestPlaceInATypeThatDecodesItself(t *testing.T) {
	for pointer, want := range map[string]string{"": "", "/a": "[*]", "/a/0/b": "[*][*][*]"} {
		for _, v := range []any{chatty{}, 5, json.RawMessage(nil), fmt.Stringer(nil)} {
			assert.Equal(t, want, placeIn(reflect.TypeOf(v), jsontext.Pointer(pointer)), "%T %s", v, pointer)
		}
	}
	assert.Equal(t, "", string(pointerAt([]byte(`{"a":`), 100)), "a document that is shorter than the offset")
}

func TestByteOrderMark(t *testing.T) {
	const mark = "\ufeff"
	var own, caller, lenient struct {
		A int `json:"a"`
	}
	require.NoError(t, Unmarshal([]byte(mark+`{"a":1}`), &own))
	require.NoError(t, UnmarshalCaller([]byte(mark+`{"a":1}`), &caller))
	require.NoError(t, UnmarshalLenient([]byte(mark+`{"a":"1"}`), &lenient))
	assert.Equal(t, []int{1, 1, 1}, []int{own.A, caller.A, lenient.A})
	var raw json.RawMessage
	require.NoError(t, UnmarshalCaller([]byte(mark+`[1]`), &raw))
	assert.Equal(t, `[1]`, string(raw), "it is no part of the document")
	for key, value := range Members([]byte(mark + `{"a":1}`)) {
		assert.Equal(t, "a=1", key+"="+string(value))
		raw = nil
	}
	assert.Nil(t, raw, "the member was read")
	assert.True(t, Valid([]byte(mark+`{}`)))
	assert.False(t, Valid([]byte(mark+mark+`{}`)), "one mark, not more")
	assert.Error(t, UnmarshalCaller([]byte(`{"a":`+mark+`1}`), &caller))
}
