package jsonx

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/gen"
)

func TestCheckShape(t *testing.T) {
	item := gen.Shape{Kind: gen.ShapeObject, Keys: []gen.Key{{Name: "id", Shape: gen.Shape{Kind: gen.ShapeText}}, {Name: "at", Shape: gen.Shape{Kind: gen.ShapeTime}}}}
	shape := gen.Shape{Kind: gen.ShapeObject, Keys: []gen.Key{
		{Name: "items", Shape: gen.Shape{Kind: gen.ShapeList, Items: &item}}, {Name: "count", Shape: gen.Shape{Kind: gen.ShapeNumber}}, {Name: "more", Shape: gen.Shape{Kind: gen.ShapeFlag}},
	}}
	done := gen.Shape{Kind: gen.ShapeObject, Keys: []gen.Key{{Name: "success", Shape: gen.Shape{Kind: gen.ShapeTrue}}}}
	either := gen.Shape{Kind: gen.ShapeOneOf, OneOf: []gen.Shape{{Kind: gen.ShapeList, Items: &done}, done}}
	for _, test := range []struct {
		shape       gen.Shape
		text, lacks string
	}{
		{shape, `{"items":[{"id":"a","at":"2026-01-02T03:04:05Z"},{"at":"2026-01-02T03:04:05.678+02:00","id":7}],"more":false,"count":0}`, ""},
		{shape, ` {"other":{"items":5},"items":[],"count":"12","more":true} `, ""},
		{shape, `{"\u0069tems":[],"count":1,"more":true}`, ""},
		{shape, "\ufeff" + `{"items":[],"count":1,"more":true}`, ""},
		{shape, `{"items":[],"count":1}`, "the response has no more"},
		{shape, `{"Items":[],"count":1,"more":true}`, "the response has no items"},
		{shape, `{"items":null,"count":1,"more":true}`, "items is null, not a list"},
		{shape, `{"items":{"0":1},"count":1,"more":true}`, "items is an object, not a list"},
		{shape, `{"items":[{"id":"a","at":"2026-01-02T03:04:05Z"},null],"count":1,"more":true}`, "items[1] is null, not an object"},
		{shape, `{"items":[{"id":"","at":"2026-01-02T03:04:05Z"}],"count":1,"more":true}`, "items[0].id is empty"},
		{shape, `{"items":[{"id":"a","at":"soon"}],"count":1,"more":true}`, "items[0].at is not a time"},
		{shape, `{"items":[{"id":"a","at":5}],"count":1,"more":true}`, "items[0].at is a number, not a time"},
		{shape, `{"items":[],"count":"many","more":true}`, "count is not a number"},
		{shape, `{"items":[],"count":1,"more":"true"}`, "more is a string, not a flag"},
		{shape, `[]`, "the response is an array, not an object"},
		{shape, `{"items":[`, "json: the JSON document is cut short"},
		{shape, `<html>`, "json: invalid JSON"},
		{shape, `{"s3cr3t":{"more":x}}`, "json: invalid JSON (offset 18)"},
		{done, `{"success":true}`, ""},
		{done, `{"success":false}`, "success is a boolean, not true"},
		{done, `{"success":true} x`, "json: invalid JSON"},
		{done, `{"success":true}{}`, "json: invalid JSON"},
		{either, `{"success":true}`, ""},
		{either, `[{"success":true}]`, ""},
		{either, `[null]`, "[0] is null, not an object"},
		{either, `{}`, "the response has no success"},
		{either, `5`, "the response is a number, not a list"},
		{gen.Shape{}, `null`, ""},
		{gen.Shape{}, `nul`, "json: "},
	} {
		err := CheckShape([]byte(test.text), &test.shape)
		if test.lacks == "" {
			assert.NoError(t, err, test.text)
			continue
		}
		assert.ErrorContains(t, err, test.lacks, test.text)
	}
}

func TestMembers(t *testing.T) {
	for text, want := range map[string][]string{
		`{"a":1,"b":{"c":[2]},"d":"x"}`: {"a=1", `b={"c":[2]}`, `d="x"`},
		`{"a":1,"b":{"c":[2,`:           {"a=1", `b={"c":[2,`},
		`{"a":1,"b`:                     {"a=1"},
		`{"a":"cut of`:                  {`a="cut of`},
		`{}`:                            nil, `[1]`: nil, ``: nil, `x`: nil, `null`: nil,
	} {
		var got []string
		for key, value := range Members([]byte(text)) {
			got = append(got, key+"="+string(value))
		}
		assert.Equal(t, want, got, text)
	}
}
