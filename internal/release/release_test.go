package release_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/internal/release"
)

func TestCompare(t *testing.T) {
	inOrder := []string{"0.9.99", "0.71.4", release.Recorded, "0.71.5", "0.71.9", "0.71.10", "0.72.0", "1.0.0"}
	for i, a := range inOrder {
		for j, b := range inOrder {
			want := 0
			if i != j {
				want = 1
			}
			if i < j {
				want = -1
			}
			assert.Equal(t, want, release.Compare(a, b), "%s %s", a, b)
		}
	}
}

func TestValid(t *testing.T) {
	for _, good := range []string{"0.71.4", "0.71.10", "12.0.0"} {
		assert.True(t, release.Valid(good), good)
	}
	for _, bad := range []string{"", "0.71", "0.71.4.1", "v0.71.4", "0.71.x", "0.71.-1", "0..1", "0.71.010", "0.071.5", "0.71.5+", release.Recorded} {
		assert.False(t, release.Valid(bad), bad)
	}
}

func TestHas(t *testing.T) {
	for _, tt := range []struct {
		span release.Span
		has  []string
	}{
		{release.Span{}, []string{"0.71.4", release.Recorded, "0.71.5", "0.71.6", "0.71.10"}},
		{release.Span{Since: "0.71.5"}, []string{release.Recorded, "0.71.5", "0.71.6", "0.71.10"}},
		{release.Span{Since: "0.71.5", Declared: true}, []string{"0.71.5", "0.71.6", "0.71.10"}},
		{release.Span{Until: "0.71.5"}, []string{"0.71.4", release.Recorded, "0.71.5"}},
		{release.Span{Until: "0.71.5", Declared: true}, []string{"0.71.4", release.Recorded, "0.71.5"}},
		{release.Span{Since: "0.71.6", Until: "0.71.9", Declared: true}, []string{"0.71.6"}},
	} {
		var has []string
		for _, version := range []string{"0.71.4", release.Recorded, "0.71.5", "0.71.6", "0.71.10"} {
			if tt.span.Has(version) {
				has = append(has, version)
			}
		}
		assert.Equal(t, tt.has, has, "%+v", tt.span)
	}
}
