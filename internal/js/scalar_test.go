package js_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/internal/js"
)

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  float64
	}{
		{nil, 0}, {true, 1}, {false, 0}, {json.Number("1.5"), 1.5}, {json.Number("1e999"), math.Inf(1)}, {2.5, 2.5},
		{"", 0}, {" \n", 0}, {" 7 ", 7}, {"+1.5", 1.5}, {"-1e3", -1000}, {".5", 0.5}, {"5.", 5}, {"1e999", math.Inf(1)},
		{"Infinity", math.Inf(1)}, {"-Infinity", math.Inf(-1)}, {"0x10", 16}, {"0b11", 3}, {"0O17", 15},
		{[]any{}, 0}, {[]any{"3"}, 3}, {[]any{[]any{}}, 0},
	} {
		assert.Equal(t, tt.want, js.Number(tt.value), "%#v", tt.value)
	}
	for _, value := range []any{
		"a", "1a", "1 2", "1_000", "nan", "NaN", "inf", "infinity", "0x", "0x1p4", "0xg", "-0x10", "+-1", "e", "1,5",
		[]any{1.0, 2.0}, map[string]any{}, struct{}{},
	} {
		assert.True(t, math.IsNaN(js.Number(value)), "%#v", value)
	}
}

func TestDate(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  string
	}{
		{"2026", "2026-01-01T00:00:00Z"},
		{"2026-02", "2026-02-01T00:00:00Z"},
		{"2026-02-03", "2026-02-03T00:00:00Z"},
		{"2026-02-30", "2026-03-02T00:00:00Z"},
		{"2026-02-03T04:05", "2026-02-03T04:05:00Z"},
		{"2026-02-03 04:05:06", "2026-02-03T04:05:06Z"},
		{"2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z"},
		{"2026-02-03T04:05:06.7Z", "2026-02-03T04:05:06.7Z"},
		{"2026-02-03T04:05:06.123999Z", "2026-02-03T04:05:06.123Z"},
		{"2026-02-03T04:05:06+01:30", "2026-02-03T02:35:06Z"},
		{"2026-02-03 04:05:06 -0130", "2026-02-03T05:35:06Z"},
		{"Tue, 03 Feb 2026 04:05:06 GMT", "2026-02-03T04:05:06Z"},
		{nil, "1970-01-01T00:00:00Z"},
		{true, "1970-01-01T00:00:00.001Z"},
		{json.Number("1700000000000"), "2023-11-14T22:13:20Z"},
		{1700000000000.9, "2023-11-14T22:13:20Z"},
		{8.64e15, "+275760-09-13T00:00:00Z"},
	} {
		date, ok := js.Date(tt.value)
		assert.True(t, ok, "%#v", tt.value)
		if tt.value == 8.64e15 {
			assert.Equal(t, time.Date(275760, 9, 13, 0, 0, 0, 0, time.UTC), date.UTC())
			continue
		}
		assert.Equal(t, tt.want, date.UTC().Format(time.RFC3339Nano), "%#v", tt.value)
	}
	for _, value := range []any{
		"", "5", "soon", "2026-13", "2026-00-01", "2026-01-32", "2026-01-01T24:00", "2026-01-01T10:61", "2026-01-01T10:00:60",
		"20260203", "Tue, 03 Feb 2026 04:05:06 CET", 8640000000000001.0, json.Number("1e999"), []any{}, map[string]any{},
	} {
		_, ok := js.Date(value)
		assert.False(t, ok, "%#v", value)
	}
}
