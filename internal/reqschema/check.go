// Package reqschema says what is wrong with a request, as a Nango server would say it: which items, in which order, at which
// path. requests.gen.go holds what api/openapi.yaml says of each operation's requests; check.go goes by it the way the server's
// own validation (zod 4.0.5) does, values.go judges single values, rules.go has what no schema says. Nothing beyond the standard
// library and packages js and release is linked.
//
// What it cannot say is what hangs on the server's data and settings, such as which integrations exist.
package reqschema

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/js"
)

// Item is one thing that is wrong with a request, as the server lists it in error.errors. Positions in lists are texts.
type Item struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Path    []string `json:"path"`

	// final says that later checks of the same value are left out; most limits let them go on.
	final bool
}

// absent stands for the value of a key that is not there.
type absent struct{}

// Lookup returns the operation with this id of the document, nil where there is none.
func Lookup(id string) *Operation { return operations[id] }

// CheckQuery returns what a raw query holds, the way the server's parser reads it (texts, lists as []any, objects as
// map[string]any), and what is wrong with it. A list that was sent as one text comes as a list, a number as a float64. The time
// is what "the last 365 days" are counted from.
func (o *Operation) CheckQuery(raw string, now time.Time) (map[string]any, []Item) {
	values := js.ParseQuery(raw)
	if o.Query == nil {
		return values, nil
	}
	items := o.Query.run(values, now)
	for _, field := range o.Query.Fields {
		value, given := values[field.Name]
		text, ok := value.(string)
		switch kind := field.Schema.Kind; {
		case kind == Number && given:
			values[field.Name] = js.Number(value)
		case !ok:
		case kind == CommaList:
			values[field.Name] = split(text)
		case kind == Union && slices.ContainsFunc(field.Schema.Union, func(s *Schema) bool { return s.Kind == List }):
			values[field.Name] = []any{text}
		}
	}
	return values, items
}

// CheckHeader returns what is wrong with the headers that the operation reads.
func (o *Operation) CheckHeader(header http.Header) []Item {
	if o.Header == nil {
		return nil
	}
	values := map[string]any{}
	for name, lines := range header {
		values[strings.ToLower(name)] = strings.Join(lines, ", ")
	}
	return o.Header.run(values, time.Time{})
}

// CheckPath returns what is wrong with the parameters of the path, which come decoded, as a release sees them.
func (o *Operation) CheckPath(parameters map[string]string, release string) []Item {
	if o.Path == nil {
		return nil
	}
	path, values := Schema{Kind: Object}, map[string]any{}
	for _, field := range o.Path.Fields {
		if field.In.Has(release) {
			path.Fields = append(path.Fields, field)
			values[field.Name] = parameters[cmp.Or(field.Of, field.Name)]
		}
	}
	return path.run(values, time.Time{})
}

// CheckBody returns what is wrong with a body that encoding/json decoded with UseNumber; present is false where there was none.
func (o *Operation) CheckBody(body any, present bool) []Item {
	if o.Body == nil || o.Bodiless && !present {
		return nil
	}
	if !present {
		body = absent{}
	}
	return o.Body.run(body, time.Time{})
}

func (s *Schema) run(value any, now time.Time) []Item {
	items := s.check(value, now)
	for i := range items {
		items[i].final = false // so that what comes out compares as it prints
	}
	return items
}

// check does what the server does: the type and the parts first, then the limits, then what is said of the whole, which is
// left out after anything final.
func (s *Schema) check(value any, now time.Time) []Item {
	if s.Null && value == nil {
		return nil
	}
	value, items := s.shape(value, now)
	items = append(items, s.limits(value, items)...)
	if s.Not != nil && !anyFinal(items) && len(s.Not.check(value, now)) == 0 {
		items = append(items, note("custom", s.Not.Message)...)
	}
	if s.Code != "" && len(items) > 0 {
		return s.fail(s.Code, "Invalid input")
	}
	for _, rule := range s.Rules {
		if !anyFinal(items) {
			items = append(items, rules[rule](value, now)...)
		}
	}
	return items
}

// shape checks the type and the parts of a value, and returns what the server makes of it first.
func (s *Schema) shape(value any, now time.Time) (any, []Item) {
	text, isText := value.(string)
	switch s.Kind {
	case Number:
		return s.number(value)
	case Boolean:
		_, ok := value.(bool)
		return value, s.expect(ok, "boolean", value)
	case Date:
		moment, ok := js.Date(value)
		return value, s.expect(ok, "date", moment)
	case Enum:
		return value, s.enum(value, s.Enum)
	case Object:
		object, ok := value.(map[string]any)
		if !ok {
			return value, s.expect(false, "object", value)
		}
		return value, s.object(object, now)
	case Map:
		object, ok := value.(map[string]any)
		return value, append(s.expect(ok, "record", value), s.entries(object, now)...)
	case List:
		list, ok := value.([]any)
		return value, append(s.expect(ok, "array", value), s.elements(list, now)...)
	case Union:
		return value, s.union(value, now)
	}
	switch {
	case s.Kind == Any:
	case !isText:
		return value, s.expect(false, "string", value)
	case s.Kind == Flag:
		return value, s.enum(strings.ToLower(text), flags)
	case s.Kind == CommaList:
		return value, s.elements(split(text), now)
	case s.Coerce:
		return strings.TrimSpace(text), nil
	}
	return value, nil
}

// object checks the keys that are known, in the server's order, and lists all others in one item.
func (s *Schema) object(object map[string]any, now time.Time) []Item {
	var items []Item
	unknown := maps.Clone(object)
	for _, field := range s.Fields {
		delete(unknown, field.Name)
		value, given := object[field.Name]
		if !given {
			value = absent{}
		}
		if _, excused := object[field.Unless]; given || field.Required && (field.Unless == "" || !excused) {
			items = append(items, under(field.Name, field.Schema.check(value, now))...)
		}
	}
	if !s.Closed || len(unknown) == 0 {
		return items
	}
	names := slices.Sorted(maps.Keys(unknown))
	for i, name := range names {
		names[i] = strconv.Quote(name)
	}
	message := "Unrecognized key: "
	if len(names) > 1 {
		message = "Unrecognized keys: "
	}
	return append(items, s.fail("unrecognized_keys", message+strings.Join(names, ", "))...)
}

func (s *Schema) entries(object map[string]any, now time.Time) []Item {
	var items []Item
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if s.Keys != "" && !compiled(s.Keys).MatchString(name) {
			items = append(items, under(name, s.fail("invalid_key", "Invalid key in record"))...)
		} else if s.Items != nil {
			items = append(items, under(name, s.Items.check(object[name], now))...)
		}
	}
	return items
}

func (s *Schema) elements(list []any, now time.Time) []Item {
	var items []Item
	for i, element := range list {
		items = append(items, under(strconv.Itoa(i), s.Items.check(element, now))...)
	}
	return items
}

// union takes a value that one of its schemas takes, and otherwise says no more than that none does. Where a key tells the
// schemas apart, the one that it names decides.
func (s *Schema) union(value any, now time.Time) []Item {
	object, isObject := value.(map[string]any)
	if s.By != "" && !isObject {
		return s.expect(false, "object", value)
	}
	for _, option := range s.Union {
		if s.By == "" && len(option.check(value, now)) == 0 {
			return nil
		}
		for _, field := range option.Fields {
			if s.By == field.Name && slices.Contains(field.Schema.Enum, object[s.By]) {
				return option.check(value, now)
			}
		}
	}
	if s.By == "" {
		return s.fail("invalid_union", "Invalid input")
	}
	return under(s.By, s.fail("invalid_union", "Invalid input"))
}

// expect says what type a value should have had, unless it has.
func (s *Schema) expect(ok bool, wanted string, value any) []Item {
	if ok {
		return nil
	}
	return s.fail("invalid_type", "Invalid input: expected "+wanted+", received "+typeName(value))
}

// fail makes an item after which nothing more is said of the value as a whole.
func (s *Schema) fail(code, message string) []Item {
	if s.Message != "" {
		message = s.Message
	}
	return []Item{{Code: code, Message: message, Path: []string{}, final: true}}
}

// note makes an item that lets later checks go on.
func note(code, message string, path ...string) []Item {
	return []Item{{Code: code, Message: message, Path: append([]string{}, path...)}}
}

func anyFinal(items []Item) bool {
	return slices.ContainsFunc(items, func(item Item) bool { return item.final })
}

// under puts items one level deeper.
func under(key string, items []Item) []Item {
	for i := range items {
		items[i].Path = slices.Insert(items[i].Path, 0, key)
	}
	return items
}
