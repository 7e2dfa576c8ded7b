package jsonx

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	leaves = []reflect.Type{
		reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[string](),
		reflect.TypeFor[bool](), reflect.TypeFor[any](), reflect.TypeFor[map[string]any](), reflect.TypeFor[[]any](), reflect.TypeFor[json.Number](), reflect.TypeFor[json.RawMessage](),
		reflect.TypeFor[[]byte](), reflect.TypeFor[[]octet](), reflect.TypeFor[[]loud](), reflect.TypeFor[[3]byte](), reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](),
		reflect.TypeFor[shout](), reflect.TypeFor[verbatim](), reflect.TypeFor[text](), reflect.TypeFor[cyclic](), reflect.TypeFor[looped](), reflect.TypeFor[mixed](), reflect.TypeFor[promoted](),
		reflect.TypeFor[conflict](), reflect.TypeFor[pointers](), reflect.TypeFor[lowerPtr](), reflect.TypeFor[twoCases](), reflect.TypeFor[quotedAll](), reflect.TypeFor[oddTags](),
		reflect.TypeFor[embedTag](), reflect.TypeFor[named](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[struct{}](), reflect.TypeFor[complex64](), reflect.TypeFor[uintptr](),
	}
	keys = []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[text](), reflect.TypeFor[int](), reflect.TypeFor[uint8](), reflect.TypeFor[shout](), reflect.TypeFor[time.Time](),
		reflect.TypeFor[float64](), reflect.TypeFor[bool](), reflect.TypeFor[json.Number](), reflect.TypeFor[verbatim]()}
	fields = []string{"A", "B", "ID", "Id", "Foo", "FOO", "X_y", "É"}
	tags   = []string{``, ``, `json:"a"`, `json:"id"`, `json:"foo,omitempty"`, `json:",string"`, `json:"x_y"`, `json:"-"`, `json:"A,omitzero"`, `json:"é"`}

	texts = []string{`""`, `"a"`, `"1"`, `"null"`, `"true"`, `"\"q\""`, `"\ud800"`, `"\udc00\ud800x"`, "\"\xff\"", `"aGVsbG8="`, `"aGVsbG8"`, `"aGVs\nbG8="`, `"2026-01-02T03:04:05Z"`,
		`"2026-01-02t3:04:05,5+24:00"`, `"\u0000"`, `"1e3"`, `" 1"`, `"1.0"`, `"300"`, `"\"\\ud800\""`}
	numbers = []string{"0", "1", "-1", "-0", "1.5", "1e3", "1E400", "9007199254740993", "18446744073709551615", "9223372036854775808", "256", "1.0", "3.5e38"}
	members = []string{`"a"`, `"A"`, `"B"`, `"id"`, `"ID"`, `"Id"`, `"foo"`, `"FOO"`, `"x_y"`, `"xy"`, `"é"`, `"É"`, `"\u212a"`, `"score"`, `"Words"`, `"text"`, `"Seen"`, `"Name"`, `"Raw"`, `"Next"`, `"M"`, `"s"`, `"T"`,
		`"-"`, `"1"`, `"\ud800"`, "\"\xff\"", `"2026-01-02T03:04:05Z"`, `"true"`, `"1.5"`}
)

type generator struct{ *rand.Rand }

func pick[T any](g generator, from []T) T { return from[g.IntN(len(from))] }

func (g generator) typ(depth int) reflect.Type {
	if depth == 0 {
		return pick(g, leaves)
	}
	switch g.IntN(8) {
	case 0:
		return reflect.PointerTo(g.typ(depth - 1))
	case 1:
		return reflect.SliceOf(g.typ(depth - 1))
	case 2:
		return reflect.ArrayOf(g.IntN(4), g.typ(depth-1))
	case 3:
		return reflect.MapOf(pick(g, keys), g.typ(depth-1))
	case 4, 5:
		return pick(g, leaves)
	}
	var fs []reflect.StructField
	for _, i := range g.Perm(len(fields))[:1+g.IntN(5)] {
		fs = append(fs, reflect.StructField{Name: fields[i], Type: g.typ(depth - 1), Tag: reflect.StructTag(pick(g, tags))})
	}
	return reflect.StructOf(fs)
}

// doc writes a document that mostly, not always, suits t; a nil t asks for anything.
func (g generator) doc(t reflect.Type, depth int) string {
	if t == nil || depth < 0 || g.IntN(8) == 0 {
		return g.anything(max(depth, 0))
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.doc(t.Elem(), depth)
	case reflect.String, reflect.Interface:
		return pick(g, texts)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && g.IntN(2) == 0 {
			return pick(g, texts)
		}
		return g.list("[", "]", func() string { return g.doc(t.Elem(), depth-1) })
	case reflect.Map:
		return g.list("{", "}", func() string { return pick(g, members) + ":" + g.doc(t.Elem(), depth-1) })
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return pick(g, texts)
		}
		return g.list("{", "}", func() string { return g.member(t, depth) })
	case reflect.Bool:
		return pick(g, []string{"true", "false", "null", `"true"`})
	}
	return pick(g, numbers)
}

func (g generator) member(t reflect.Type, depth int) string {
	if t.NumField() == 0 || g.IntN(4) == 0 {
		return pick(g, members) + ":" + g.anything(max(depth-1, 0))
	}
	f := t.Field(g.IntN(t.NumField()))
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		name = f.Name
	}
	if g.IntN(3) == 0 {
		name = strings.ToLower(name)
	}
	value := g.doc(f.Type, depth-1)
	if options == "string" && g.IntN(2) == 0 {
		value = strconv.Quote(value)
	}
	return strconv.Quote(name) + ":" + value
}

func (g generator) anything(depth int) string {
	switch n := g.IntN(8); {
	case n < 2:
		return pick(g, texts)
	case n < 4:
		return pick(g, numbers)
	case n == 4 || depth == 0:
		return pick(g, []string{"null", "true", "false", "{}", "[]"})
	case n == 5:
		return g.list("[", "]", func() string { return g.anything(depth - 1) })
	}
	return g.list("{", "}", func() string { return pick(g, members) + ":" + g.anything(depth-1) })
}

func (g generator) list(open, end string, item func() string) string {
	var items []string
	for range g.IntN(5) {
		items = append(items, item())
	}
	return open + strings.Join(items, ",") + end
}

// TestUnmarshalCallerOnRandomTypes decodes random documents into random types, sometimes a second
// one into the same value, and holds the outcome against encoding/json.
func TestUnmarshalCallerOnRandomTypes(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	decoded := 0
	for range 20_000 {
		typ := g.typ(3)
		want, got := reflect.New(typ).Interface(), reflect.New(typ).Interface()
		for range 1 + g.IntN(2) {
			doc := g.doc(typ, 4)
			wantErr, gotErr := standard([]byte(doc), want), UnmarshalCaller([]byte(doc), got)
			require.Equal(t, wantErr == nil, gotErr == nil, "%v\n%s\nencoding/json says %v\njsonx says %v", typ, doc, wantErr, gotErr)
			if wantErr != nil {
				break
			}
			require.Equal(t, want, got, "%v\n%s", typ, doc)
			decoded++
		}
	}
	require.Greater(t, decoded, 5_000, "too few documents fit their type to prove much")
}
