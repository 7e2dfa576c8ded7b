package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseModels(t *testing.T) {
	models, err := parseModels("github:Issue, github:Comment,hubspot:Contact")
	assert.NoError(t, err)
	assert.Equal(t, map[string][]string{"github": {"Issue", "Comment"}, "hubspot": {"Contact"}}, models)
	for _, text := range []string{"", "github", "github:", ":Issue", "github:Issue,"} {
		_, err := parseModels(text)
		assert.ErrorContains(t, err, "MODELS", text)
	}
}

func TestRunRefuses(t *testing.T) {
	for want, settings := range map[string]map[string]string{
		"DATABASE_URL": {"DATABASE_URL": "postgres://["},
		"MODELS":       {"DATABASE_URL": "postgres://127.0.0.1/none"},
		"key":          {"DATABASE_URL": "postgres://127.0.0.1/none", "MODELS": "github:Issue"},
	} {
		err := run(t.Context(), nil, func(name string) string { return settings[name] })
		if want == "DATABASE_URL" {
			assert.Error(t, err)
			continue
		}
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorContains(t, run(t.Context(), []string{"help"}, func(string) string { return "" }), "usage")
}
