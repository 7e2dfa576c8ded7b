package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// collector turns schemas of requests into Go literals of package reqschema and keeps those that are shared, which are the
// ones with a name in the document.
type collector struct {
	shared map[string]string // literals by the name of their variable
	faults []string
}

// reference returns Go source for a pointer to a schema.
func (c *collector) reference(where string, ref *openapi3.SchemaRef) string {
	if len(ref.Value.AllOf) == 1 { // a reference with a description of its own
		c.refuseBeside(where, ref.Value, "allOf", "description")
		return c.reference(where, ref.Value.AllOf[0])
	}
	name := strings.TrimPrefix(ref.Ref, "#/components/schemas/")
	if name == "" {
		return "&" + c.literal(where, ref.Value)
	}
	variable := variableName(name)
	if _, ok := c.shared[variable]; !ok {
		c.shared[variable] = "" // so that a schema that holds itself comes to an end
		c.shared[variable] = c.literal(name, ref.Value)
	}
	return "&" + variable
}

// variableName makes a name private: WebhookURL becomes webhookURL, OTLPHeaderInput otlpHeaderInput.
func variableName(name string) string {
	word := strings.IndexFunc(name, func(r rune) bool { return r < 'A' || r > 'Z' })
	switch {
	case word < 0:
		return strings.ToLower(name)
	case word > 1:
		word--
	}
	return strings.ToLower(name[:word]) + name[word:]
}

func (c *collector) literal(where string, in *openapi3.Schema) string {
	kind := c.kind(where, in)
	allowed := slices.Concat(harmless, judged[kind])
	switch {
	case kind == "Map" && in.Extensions["x-rules"] != nil: // what they say is the rules' to check
		allowed = append(allowed, "properties", "maxProperties")
	case kind == "Number" && in.Extensions["x-coerce"] != nil:
		allowed = append(allowed, "anyOf")
	}
	c.refuseBeside(where, in, allowed...)
	for i, part := range in.AllOf {
		c.refuseBeside(fmt.Sprintf("%s allOf %d", where, i), part.Value, "type", "pattern")
	}
	fields := []string{"Kind: " + kind}
	add := func(given bool, field string, value any) {
		if given {
			fields = append(fields, fmt.Sprintf("%s: %s", field, value))
		}
	}
	add(in.Nullable, "Null", "true")
	add(in.Extensions["x-coerce"] != nil, "Coerce", "true")
	fields = append(fields, scalarFields(kind, in)...)
	switch kind {
	case "Object":
		add(true, "Fields", c.fields(where, in))
		add(closed(in), "Closed", "true")
	case "Map":
		if rest := in.AdditionalProperties.Schema; rest != nil {
			add(true, "Items", c.reference(where+".*", rest))
		}
		add(in.Extensions["x-key-pattern"] != nil, "Keys", fmt.Sprintf("%#q", in.Extensions["x-key-pattern"]))
	case "List":
		add(true, "Items", c.reference(where+"[]", in.Items))
	case "CommaList":
		add(true, "Items", c.reference(where+"[]", c.inlineSchema(where, in.Extensions["x-comma-list"])))
	case "Union":
		add(true, "Union", c.alternatives(where, in))
		by := discriminator(in)
		add(by != "", "By", strconv.Quote(by))
	}
	if in.Not != nil && (in.Extensions["x-item"] != nil || in.Not.Value.Extensions["x-message"] != nil) {
		add(true, "Not", c.reference(where+" not", in.Not))
	}
	for extension, field := range map[string]string{"x-item": "Code", "x-message": "Message"} {
		if text := in.Extensions[extension]; text != nil {
			add(true, field, fmt.Sprintf("%q", text))
		}
	}
	if rules, ok := in.Extensions["x-rules"].([]any); ok {
		add(true, "Rules", goList("string", rules))
	}
	slices.Sort(fields[1:])
	return "Schema{" + strings.Join(fields, ", ") + "}"
}

// refuseBeside notes keywords other than the given ones; extensions say nothing here. The number of a map's keys is left to
// its rules.
func (c *collector) refuseBeside(where string, in *openapi3.Schema, allowed ...string) {
	data, err := in.MarshalJSON()
	keywords := map[string]any{}
	if err == nil {
		err = json.Unmarshal(data, &keywords)
	}
	if err != nil {
		c.fault(where, "%v", err)
	}
	for _, keyword := range slices.Sorted(maps.Keys(keywords)) {
		if !slices.Contains(allowed, keyword) && !strings.HasPrefix(keyword, "x-") {
			c.fault(where, "the checker knows nothing of %s here", keyword)
		}
	}
}

func (c *collector) fault(where, format string, args ...any) {
	c.faults = append(c.faults, where+": "+fmt.Sprintf(format, args...))
}

// judged are the keywords that the checker goes by, kind by kind.
var judged = map[string][]string{
	"Any":       {},
	"String":    {"pattern", "format", "minLength", "maxLength", "allOf"},
	"Number":    {"minimum", "maximum", "format"}, // int64 is for those who generate code
	"Boolean":   {},
	"Flag":      {"pattern"},
	"Date":      {"anyOf"},
	"Enum":      {"enum"},
	"Object":    {"properties", "required", "additionalProperties"},
	"Map":       {"additionalProperties"},
	"List":      {"items", "maxItems"},
	"CommaList": {"pattern"},
	"Union":     {"oneOf", "anyOf"},
}

// harmless are the keywords that say nothing of what the server takes, or are read for every kind.
var harmless = []string{"type", "description", "deprecated", "nullable", "not"}

// coerced are the kinds that x-coerce stands for.
var coerced = map[any]string{"number": "Number", "boolean": "Flag", "date": "Date", "trim": "String"}

// kind says how the server goes about a value. An object without names of its own is a map, and so is one whose other keys
// have a schema.
func (c *collector) kind(where string, in *openapi3.Schema) string {
	is := func(kinds ...string) bool { return slices.ContainsFunc(kinds, in.Type.Is) }
	isMap := in.AdditionalProperties.Schema != nil
	named := len(in.Properties)+len(in.Required) > 0 || closed(in)
	switch kind, ok := coerced[in.Extensions["x-coerce"]]; {
	case ok:
		return kind
	case in.Extensions["x-comma-list"] != nil:
		return "CommaList"
	case len(in.Enum) > 0:
		return "Enum"
	case len(in.OneOf)+len(in.AnyOf) > 0:
		return "Union"
	case is("array"):
		return "List"
	case is("boolean"):
		return "Boolean"
	case is("number", "integer"):
		return "Number"
	case is("string") || in.Pattern != "" || len(in.AllOf) > 0:
		return "String"
	case isMap || is("object") && !named:
		return "Map"
	case is("object") || named:
		return "Object"
	case in.Type == nil:
		return "Any"
	}
	c.fault(where, "the checker knows nothing of type %v", in.Type.Slice())
	return "Any"
}

func closed(in *openapi3.Schema) bool {
	return in.AdditionalProperties.Has != nil && !*in.AdditionalProperties.Has
}

// scalarFields are the limits, patterns and values of a schema. Where a number is made from a union, the first alternative
// has the limits.
func scalarFields(kind string, in *openapi3.Schema) []string {
	if kind == "Number" && len(in.AnyOf) > 0 {
		in = in.AnyOf[0].Value
	}
	var fields []string
	limit := func(field string, value *float64) {
		if value != nil {
			fields = append(fields, fmt.Sprintf("%s: new(%s)", field, float(*value)))
		}
	}
	length := func(value *uint64) *float64 {
		if value == nil {
			return nil
		}
		return new(float64(*value))
	}
	switch kind {
	case "Enum":
		fields = append(fields, "Enum: "+goList("any", in.Enum))
	case "Number":
		if in.Type.Is("integer") {
			fields = append(fields, "Int: true")
		}
		limit("Min", in.Min)
		limit("Max", in.Max)
	case "List":
		limit("Max", length(in.MaxItems))
	case "String":
		if in.Format != "" {
			fields = append(fields, "Format: "+strconv.Quote(in.Format))
		}
		if patterns := patterns(in); len(patterns) > 0 {
			fields = append(fields, "Patterns: "+goList("string", patterns))
		}
		if in.MinLength > 0 {
			limit("Min", length(&in.MinLength))
		}
		limit("Max", length(in.MaxLength))
	}
	return fields
}

func patterns(in *openapi3.Schema) []any {
	var found []any
	for _, part := range append(openapi3.SchemaRefs{{Value: in}}, in.AllOf...) {
		if part.Value.Pattern != "" {
			found = append(found, part.Value.Pattern)
		}
	}
	return found
}

// fields lists an object's keys in the order of the document, which is the server's.
func (c *collector) fields(where string, in *openapi3.Schema) string {
	names := slices.SortedFunc(maps.Keys(in.Properties), func(a, b string) int {
		return compareLines(in.Properties[a].Origin, in.Properties[b].Origin)
	})
	unless, _ := in.Extensions["x-required-unless"].(map[string]any)
	for _, name := range append(slices.Sorted(maps.Keys(unless)), in.Required...) {
		if in.Properties[name] == nil {
			c.fault(where, "%s is required but not described", name)
		}
	}
	var b strings.Builder
	b.WriteString("[]Field{\n")
	for _, name := range names {
		other, _ := unless[name].(string)
		b.WriteString(field(name, slices.Contains(in.Required, name) || other != "", other, c.reference(where+"."+name, in.Properties[name])))
	}
	return b.String() + "}"
}

func field(name string, required bool, unless, schema string) string {
	text := fmt.Sprintf("{Name: %q", name)
	if required {
		text += ", Required: true"
	}
	if unless != "" {
		text += fmt.Sprintf(", Unless: %q", unless)
	}
	return text + ", Schema: " + schema + "},\n"
}

func compareLines(a, b *openapi3.Origin) int {
	return cmp.Or(cmp.Compare(a.Key.Line, b.Key.Line), cmp.Compare(a.Key.Column, b.Key.Column))
}

func (c *collector) alternatives(where string, in *openapi3.Schema) string {
	var b strings.Builder
	b.WriteString("[]*Schema{\n")
	for i, part := range slices.Concat(in.OneOf, in.AnyOf) {
		b.WriteString(strings.TrimPrefix(c.reference(fmt.Sprintf("%s|%d", where, i), part), "&Schema") + ",\n")
	}
	return b.String() + "}"
}

// discriminator returns the required key whose values tell all alternatives of a union apart, empty where there is none.
func discriminator(in *openapi3.Schema) string {
	parts := slices.Concat(in.OneOf, in.AnyOf)
	for _, name := range parts[0].Value.Required {
		tells := func(part *openapi3.SchemaRef) bool {
			property := part.Value.Properties[name]
			return slices.Contains(part.Value.Required, name) && property != nil && len(property.Value.Enum) > 0
		}
		if !slices.ContainsFunc(parts, func(part *openapi3.SchemaRef) bool { return !tells(part) }) {
			return name
		}
	}
	return ""
}

// inlineSchema reads a schema that stands in an extension.
func (c *collector) inlineSchema(where string, value any) *openapi3.SchemaRef {
	ref := &openapi3.SchemaRef{}
	data, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(data, ref)
	}
	if err != nil || ref.Ref != "" {
		c.fault(where, "%v is not a schema of its own: %v", value, err)
		return &openapi3.SchemaRef{Value: &openapi3.Schema{}}
	}
	return ref
}

func goList(of string, values []any) string {
	parts := make([]string, len(values))
	for i, value := range values {
		switch value := value.(type) {
		case string:
			parts[i] = fmt.Sprintf("%#q", value)
		case float64:
			parts[i] = float(value)
		default:
			parts[i] = fmt.Sprint(value)
		}
	}
	return "[]" + of + "{" + strings.Join(parts, ", ") + "}"
}

// float writes a number so that Go takes it for a float64.
func float(value float64) string {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
