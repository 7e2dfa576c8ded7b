package jsonx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secret = "s3cr3t"

var errRefused = errors.New("refused")

// chatty quotes what it was given, in the text and in the type of its error.
type chatty struct{}

type chattyError string

func (e chattyError) Error() string { return string(e) }
func (chattyError) Unwrap() error   { return errRefused }

func (*chatty) UnmarshalJSON(b []byte) error { return chattyError(b) }
func (chatty) MarshalJSON() ([]byte, error)  { return nil, chattyError(secret) }

// nested is an SDK type with a method that decodes through this package.
type nested struct {
	Inner struct {
		Count []int `json:"count"`
	}
}

func (n *nested) UnmarshalJSON(b []byte) error { return Unmarshal(b, &n.Inner) }

type ownFields struct {
	Text   string            `json:"text"`
	Num    int8              `json:"num"`
	When   time.Time         `json:"when"`
	Bytes  []byte            `json:"bytes"`
	Flag   bool              `json:"flag"`
	Exact  json.Number       `json:"exact"`
	Chatty *chatty           `json:"chatty"`
	Nested map[string]nested `json:"nested"`
	Keyed  map[int]int       `json:"keyed"`
	Quoted int               `json:"quoted,string"`
	Iface  fmt.Stringer      `json:"iface"`
}

func TestErrorsNameThePlaceAndNeverTheValue(t *testing.T) {
	const here = "jsonx.ownFields"
	tests := []struct{ doc, own, caller string }{
		{`{"text":{"a":"s3cr3t"}}`, `cannot decode JSON object into Go string at Text (offset 8)`, `cannot decode JSON object into Go string`},
		{`{"num":"s3cr3t"}`, `cannot decode JSON string into Go int8 at Num (offset 7)`, `cannot decode JSON string into Go int8`},
		{`{"num":300}`, `cannot decode JSON number into Go int8 at Num (offset 7)`, `cannot decode JSON number into Go int8`},
		{`{"when":"s3cr3t"}`, `cannot decode JSON string into Go time.Time at When (offset 8)`, `cannot decode`},
		{`{"bytes":"s3cr3t!"}`, `cannot decode JSON string into Go []uint8 at Bytes (offset 9)`, `cannot decode`},
		{`{"flag":"s3cr3t"}`, `cannot decode JSON string into Go bool at Flag (offset 8)`, `cannot decode JSON string into Go bool`},
		{`{"exact":"s3cr3t"}`, `cannot decode JSON string into Go json.Number at Exact (offset 9)`, `cannot decode`},
		{`{"exact":["s3cr3t"]}`, `cannot decode JSON array into Go json.Number at Exact (offset 9)`, `cannot decode JSON array into Go json.Number`},
		{`{"chatty":"s3cr3t"}`, `cannot decode JSON string into Go jsonx.chatty at Chatty (offset 10)`, `cannot decode into Go *` + here + ` (jsonx.chattyError)`},
		{`{"nested":{"k":{"count":[1,"s3cr3t"]}}}`, `cannot decode JSON string into Go int at Nested[*].Count[1] (offset 27)`, `cannot decode into Go *` + here + ` (*jsonx.failure)`},
		{`{"keyed":{"s3cr3":1}}`, `cannot decode JSON string into Go int at Keyed[*] (offset 10)`, `cannot decode`},
		{`{"quoted":"s3cr3t"}`, `cannot decode JSON string into Go int at Quoted (offset 10)`, `cannot decode`},
		{`{"iface":"s3cr3t"}`, `cannot decode JSON value into Go fmt.Stringer at Iface (offset 9)`, `cannot decode JSON string into Go fmt.Stringer`},
		{`s3cr3t`, `invalid JSON`, `invalid JSON`},
		{`{"text":s3cr3t}`, `invalid JSON (offset 8)`, `invalid JSON (offset 8)`},
		{`{"text":"\us3cr3t"}`, `invalid JSON (offset 9)`, `invalid JSON (offset 9)`},
		{`{"text":trues3cr3t}`, `invalid JSON (offset 12)`, `invalid JSON (offset 12)`},
		{`{"text":"a"} s3cr3t`, `invalid JSON (offset 13)`, `invalid JSON (offset 13)`},
		{`{"text":"s3cr3t`, `the JSON document is cut short (offset 15)`, `the JSON document is cut short (offset 15)`},
		{``, `the JSON document is cut short`, `the JSON document is cut short`},
	}
	for _, tt := range tests {
		own := Unmarshal([]byte(tt.doc), new(ownFields))
		require.Error(t, own, tt.doc)
		assert.Equal(t, "json: "+tt.own, own.Error(), tt.doc)

		caller := UnmarshalCaller([]byte(tt.doc), new(ownFields))
		require.Error(t, caller, tt.doc)
		assert.Contains(t, caller.Error(), "json: "+tt.caller, tt.doc)

		for _, err := range []error{own, caller} {
			assertSilent(t, err)
		}
	}
}

// assertSilent fails if any way to print err, or to reach what is behind it, shows the secret.
func assertSilent(t *testing.T, err error) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		assert.NotContains(t, fmt.Sprintf(verb, err), secret)
	}
	assert.Nil(t, errors.Unwrap(err))
	var told chattyError
	assert.False(t, errors.As(err, &told))
}

func TestCallerErrorsOfTheMirror(t *testing.T) {
	type item struct {
		ID   string  `json:"id"`
		Tags []int8  `json:"tags"`
		Own  *chatty `json:"own"`
	}
	for doc, want := range map[string]string{
		`[{"id":5}]`:                 "json: cannot decode JSON number into Go string at [0].ID (offset 8)",
		`[{},{"tags":[1,300]}]`:      "json: cannot decode JSON number into Go int8 at [1].Tags[1] (offset 18)",
		`[{"own":"s3cr3t"}]`:         "json: cannot decode into Go *[]jsonx.item (jsonx.chattyError)",
		`[{"id":{"s3cr3t":"a"}}]`:    "json: cannot decode JSON object into Go string at [0].ID (offset 8)",
		`[{"tags":["s3cr3t", 300]}]`: "json: cannot decode JSON string into Go int8 at [0].Tags[0] (offset 18)",
	} {
		err := UnmarshalCaller([]byte(doc), new([]item))
		require.EqualError(t, err, want)
		assertSilent(t, err)
	}
}

func TestErrorsIsSeesTheCause(t *testing.T) {
	assert.ErrorIs(t, Unmarshal([]byte(`{"text":"a`), new(ownFields)), io.ErrUnexpectedEOF)
	assert.ErrorIs(t, UnmarshalCaller([]byte(`{"text":"a`), new(ownFields)), io.ErrUnexpectedEOF)
	assert.ErrorIs(t, UnmarshalCaller(nil, new([]int)), io.ErrUnexpectedEOF)
	assert.ErrorIs(t, UnmarshalCaller([]byte(`{"chatty":1}`), new(ownFields)), errRefused)
	assert.ErrorIs(t, Unmarshal([]byte(`{"chatty":1}`), new(ownFields)), errRefused)
	assert.NotErrorIs(t, Unmarshal([]byte(`{"chatty":1}`), new(ownFields)), io.ErrUnexpectedEOF)
}

func TestLongPlacesAreCut(t *testing.T) {
	type deep = map[string]map[string]map[string]map[string]map[string]map[string]map[string]map[string]map[string]map[string]int
	type list = []deep
	doc := strings.Repeat("[", 40) + strings.Repeat(`{"é":`, 10) + `"x"` + strings.Repeat("}", 10) + strings.Repeat("]", 40)
	target := reflect.TypeFor[list]()
	for range 39 {
		target = reflect.SliceOf(target)
	}
	err := Unmarshal([]byte(doc), reflect.New(target).Interface())
	assert.ErrorContains(t, err, "into Go int at "+strings.Repeat("[0]", 33)+"[… (offset ")
}

func TestMarshalErrors(t *testing.T) {
	tests := []struct {
		v    any
		want string
	}{
		{map[string]any{"a": make(chan int)}, "json: cannot encode Go chan int as JSON"},
		{[]float64{math.NaN()}, "json: cannot encode Go []float64 as JSON: it holds NaN, an infinity or a cycle"},
		{[]any{&chatty{}}, "json: cannot encode Go *jsonx.chatty as JSON: its marshal method failed"},
	}
	for _, tt := range tests {
		_, err := Marshal(tt.v)
		require.EqualError(t, err, tt.want)
		assertSilent(t, err)
	}
	for _, v := range []any{json.Number(secret), json.RawMessage(secret), struct{ A json.RawMessage }{json.RawMessage(secret)}} {
		_, err := Marshal(v) // which type it blames depends on the Go version
		assert.ErrorContains(t, err, "json: cannot encode Go ")
		assertSilent(t, err)
	}
	_, err := Marshal(chatty{})
	assert.ErrorIs(t, err, errRefused)
}
