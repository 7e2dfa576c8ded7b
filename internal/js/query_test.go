package js

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type (
	object = map[string]any
	list   = []any
)

// What qs 6.15.3 makes of these with the server's settings.
func TestParseQuery(t *testing.T) {
	for raw, want := range map[string]object{
		"":                         {},
		"a":                        {"a": ""},
		"a=":                       {"a": ""},
		"&a=1&&=2":                 {"a": "1"},
		"a=b+c&d=e%20f%2B":         {"a": "b c", "d": "e f+"},
		"a=%zz+1":                  {"a": "%zz 1"},
		"a=b=c":                    {"a": "b=c"},
		"a=1&a=2&a=3":              {"a": list{"1", "2", "3"}},
		"a[]=1":                    {"a": list{"1"}},
		"a%5B%5D=1&a%5b%5d=2":      {"a": list{"1", "2"}},
		"a[0]=1":                   {"a": list{"1"}},
		"a[1]=1&a[0]=2":            {"a": list{"2", "1"}},
		"a[0]=2&a[1]=1":            {"a": list{"2", "1"}},
		"a[5]=1&a[7]=2":            {"a": list{"1", "2"}},
		"a[0]=1&a[0]=2":            {"a": list{list{"1", "2"}}},
		"a=1&a[]=2":                {"a": list{"1", "2"}},
		"a[]=1&a=2":                {"a": list{"1", "2"}},
		"a[]=1&a[0]=2":             {"a": list{"1", "2"}},
		"a[]=1&a=":                 {"a": list{"1"}},
		"a[99]=1":                  {"a": list{"1"}},
		"a[100]=1":                 {"a": object{"100": "1"}},
		"a[01]=1":                  {"a": object{"01": "1"}},
		"a[-1]=1":                  {"a": object{"-1": "1"}},
		"a[b]=1&a[c]=2":            {"a": object{"b": "1", "c": "2"}},
		"a[b]=1&a[b]=2":            {"a": object{"b": list{"1", "2"}}},
		"a[b.c/d]=1":               {"a": object{"b.c/d": "1"}},
		"a[b]=1&a=2":               {"a": list{object{"b": "1"}, "2"}},
		"a=1&a[b]=2":               {"a": list{"1", object{"b": "2"}}},
		"a[]=1&a[b]=2":             {"a": object{"0": "1", "b": "2"}},
		"a[b]=1&a[]=2":             {"a": object{"b": "1", "0": "2"}},
		"a[0][b]=1&a[0][c]=2":      {"a": list{object{"b": "1", "c": "2"}}},
		"a[b][c][d][e][f][g][h]=1": {"a": object{"b": object{"c": object{"d": object{"e": object{"f": object{"[g][h]": "1"}}}}}}},
		"a[b=1":                    {"a": object{"[b": "1"}},
		"a[[b]]=1":                 {"a": object{"[b]": "1"}},
		"a]=1":                     {"a]": "1"},
		"a[b=c]=1":                 {"a": object{"b=c": "1"}},
		"a.b=1":                    {"a.b": "1"},
		"[a]=1":                    {"a": "1"},
		"a[b]c[d]=1":               {"a": object{"b": object{"d": "1"}}},
	} {
		assert.Equal(t, want, ParseQuery(raw), raw)
	}
}

func TestParseQueryLimits(t *testing.T) {
	numbers := func(n int) (list, object) {
		elements, entries := make(list, n), object{}
		for i := range elements {
			elements[i] = strconv.Itoa(i)
			entries[strconv.Itoa(i)] = elements[i]
		}
		return elements, entries
	}
	repeated := func(key string, n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = key + "=" + strconv.Itoa(i)
		}
		return strings.Join(parts, "&")
	}
	hundred, _ := numbers(100)
	_, tooMany := numbers(101)
	_, thousand := numbers(1000)
	for _, key := range []string{"a", "a[]"} {
		assert.Equal(t, object{"a": hundred}, ParseQuery(repeated(key, 100)), key)
		assert.Equal(t, object{"a": tooMany}, ParseQuery(repeated(key, 101)), key)
		assert.Equal(t, object{"a": thousand}, ParseQuery(repeated(key, 1001)), "%s: the rest is not looked at", key)
	}
}
