package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// shape is what the body of a success has to be; Kind is the name of the constant behind Shape, empty for anything.
type shape struct {
	Kind  string
	Keys  []key
	Items *shape
	OneOf []shape
}

type key struct {
	Name  string
	Shape shape
}

// maxEssential keeps x-essential from growing into a second list of required keys.
const maxEssential = 3

// success returns the shape of an operation's success: the first of its 2xx responses. An operation that describes none,
// and a second success of another shape, take anything.
func success(op *openapi3.Operation) (shape, error) {
	var found []*openapi3.Response
	for status, response := range op.Responses.Map() {
		if strings.HasPrefix(status, "2") {
			found = append(found, response.Value)
		}
	}
	if len(found) != 1 {
		return shape{}, nil
	}
	if len(found[0].Content) == 0 {
		return shape{Kind: "Empty"}, nil
	}
	media := found[0].Content["application/json"]
	if media == nil {
		return shape{}, nil
	}
	return shapeOf(media.Schema)
}

func shapeOf(ref *openapi3.SchemaRef) (shape, error) {
	if ref == nil {
		return shape{}, nil
	}
	in := ref.Value
	switch alternatives := slices.Concat(in.OneOf, in.AnyOf); {
	case len(alternatives) > 0:
		s := shape{Kind: "OneOf"}
		for _, part := range alternatives {
			one, err := shapeOf(part)
			if err != nil {
				return shape{}, err
			}
			s.OneOf = append(s.OneOf, one)
		}
		return s, nil
	case in.Type.Is("array"):
		items, err := shapeOf(in.Items)
		return shape{Kind: "List", Items: &items}, err
	case in.Type.Is("object"):
		keys, err := essentialKeys(in)
		return shape{Kind: "Object", Keys: keys}, err
	case in.Type.Is("string") && in.Format == "date-time":
		return shape{Kind: "Time"}, nil
	case in.Type.Is("string"):
		return shape{Kind: "Text"}, nil
	case in.Type.Is("integer"), in.Type.Is("number"):
		return shape{Kind: "Number"}, nil
	case in.Type.Is("boolean") && in.Extensions["x-const"] == true:
		return shape{Kind: "True"}, nil
	case in.Type.Is("boolean"):
		return shape{Kind: "Flag"}, nil
	}
	return shape{Kind: "Any"}, nil
}

func essentialKeys(in *openapi3.Schema) ([]key, error) {
	value, ok := in.Extensions["x-essential"]
	if !ok {
		return nil, nil
	}
	names, _ := value.([]any)
	if len(names) == 0 || len(names) > maxEssential {
		return nil, fmt.Errorf("x-essential is %v, want a list of 1 to %d keys", value, maxEssential)
	}
	keys := make([]key, len(names))
	for i, name := range names {
		text, _ := name.(string)
		property := in.Properties[text]
		if property == nil {
			return nil, fmt.Errorf("x-essential holds %v, which is not a property", name)
		}
		if property.Value.Extensions["x-any"] == true {
			keys[i] = key{text, shape{Kind: "Any"}}
			continue
		}
		s, err := shapeOf(property)
		if err != nil {
			return nil, err
		}
		keys[i] = key{text, s}
	}
	return keys, nil
}
