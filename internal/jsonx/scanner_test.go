package jsonx

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

// outline reads a document with a scanner: the members of objects and the elements of lists, down to the depth.
func outline(s *Scanner, depth int) any {
	start := s.Next()
	if depth > 0 && start < len(s.data) && s.data[start] == '{' {
		members := map[string]any{}
		for name := range s.Members {
			members[string(name)] = outline(s, depth-1)
		}
		return members
	}
	if depth > 0 && start < len(s.data) && s.data[start] == '[' {
		elements := []any{}
		for i := range s.Elements {
			if i != len(elements) {
				return "the index is wrong"
			}
			elements = append(elements, outline(s, depth-1))
		}
		return elements
	}
	return string(s.Value())
}

func TestScanner(t *testing.T) {
	type object = map[string]any
	type list = []any
	for doc, want := range map[string]any{
		`{}`:                      object{},
		`[]`:                      list{},
		" [ ]\r\n\t":              list{},
		"\ufeff[1]":               list{"1"},
		`{"a":1,"b":[true,null]}`: object{"a": "1", "b": "[true,null]"},
		` { "a" : { "b" : "}" } , "c\"" : -1.5e3 } `: object{"a": `{ "b" : "}" }`, `c\"`: "-1.5e3"},
		`["\\","\\\"","]",{"a":"[\"{"}]`:             list{`"\\"`, `"\\\""`, `"]"`, `{"a":"[\"{"}`},
		`[[[1,2],[]],{"a":{}}]`:                      list{`[[1,2],[]]`, `{"a":{}}`},
	} {
		s := NewScanner([]byte(doc))
		assert.Equal(t, want, outline(s, 1), doc)
		assert.True(t, s.End(), doc)
	}
	assert.Equal(t, list{list{list{"1", "2"}, list{}}, object{"a": object{}}}, outline(NewScanner([]byte(`[[[1,2],[]],{"a":{}}]`)), 3))
	for _, doc := range []string{
		``, ` `, `{`, `[`, `{]`, `[}`, `{"a"`, `{"a"}`, `{"a":`, `{"a":}`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{"a":1]`, `{a:1}`, `{"a" 1}`,
		`[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `["a]`, `["a\"]`, `[{"a":1]`, `[{"a":"}`, `[[1]`, `[1] 2`, `{} x`, `[]]`,
	} {
		s := NewScanner([]byte(doc))
		outline(s, 1)
		assert.False(t, s.End(), doc)
	}
}

func TestScannerThatFailed(t *testing.T) {
	s := NewScanner([]byte(`[1,{"a":"b]`))
	start := s.Next()
	outline(s, 1)
	assert.Nil(t, s.Since(start))
	assert.Nil(t, s.Value())
	for range s.Elements {
		t.Error("an element")
	}
	for range s.Members {
		t.Error("a member")
	}
}

func TestScannerStopsEarly(t *testing.T) {
	s := NewScanner([]byte(`{"a":[1,2],"b":3}`))
	for range s.Members {
		for range s.Elements {
			assert.Equal(t, "1", string(s.Value()))
			break
		}
		break
	}
	assert.Equal(t, `{"a":[1`, string(s.Since(0)))
	assert.False(t, s.End())
}

func TestIgnores(t *testing.T) {
	type named struct {
		X int `json:"META"`
	}
	type embedding struct{ *named }
	type tagged struct {
		Other int `json:"meta"`
	}
	type hiding struct { // Other of this type hides that of tagged in Go, and not in JSON
		tagged
		Other int `json:"other"`
	}
	type recursive struct{ *recursive }
	for v, want := range map[any]bool{
		new(untagged): true, new(*untagged): true, new(struct{}): true, new(recursive): true, new(hiding): false,
		new(named): false, new(embedding): false, new(*embedding): false, new(verbatim): false, new(*verbatim): false,
		new(any): false, new(map[string]any): false, new([]untagged): false, new(json.RawMessage): false, new(int): false,
	} {
		target := TargetOf(reflect.TypeOf(v))
		assert.Equal(t, want, target.Ignores("meta"), "%T", v)
		assert.Equal(t, want, target.Ignores("meta"), "%T, for the second time", v)
	}
}
