package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nango-go/sdk/internal/release"
)

// difference is something that not all releases have.
type difference struct {
	path string // of the operation; behind all paths for what belongs to none
	what string
	release.Span
}

// differences lists what has an x-since or an x-until, path by path, the older first.
func differences(doc *openapi3.T) ([]difference, error) {
	var found []difference
	var errs []error
	note := func(path, what string, extensions map[string]any) {
		s, err := release.SpanOf(extensions)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
		if err := s.Within(doc.Info.Version); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
		if s.Since != "" || s.Until != "" {
			found = append(found, difference{path, what, s})
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			name := "`" + method + " " + path + "`"
			note(path, fmt.Sprintf("%s (%s)", name, op.OperationID), op.Extensions)
			further, err := alsoOf(op)
			errs = append(errs, err)
			for method, also := range further {
				found = append(found, difference{path, fmt.Sprintf("`%s %s` with a body (%s)", method, path, also.ID), also.Span})
			}
			for status, response := range op.Responses.Map() {
				note(path, name+": a "+status, response.Value.Extensions)
			}
			for _, parameter := range slices.Concat(item.Parameters, op.Parameters) {
				for _, part := range parameter.Value.Schema.Value.AnyOf {
					note(path, fmt.Sprintf("%s: %s as %s", name, parameter.Value.Name, cmp.Or(part.Value.Format, part.Value.Type.Slice()[0])), part.Value.Extensions)
				}
			}
			changes, err := list(op.Extensions["x-changes"])
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
			for _, change := range changes {
				note(path, fmt.Sprintf("`%s`: %s", strings.TrimSuffix(path, "/{path}"), change["summary"]), change)
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		for key, property := range schema.Value.Properties {
			note(noPath, fmt.Sprintf("`%s` of %s", key, name), property.Value.Extensions)
			if s, _ := release.SpanOf(property.Value.Extensions); s != (release.Span{}) && demanded(schema.Value, key) {
				errs = append(errs, fmt.Errorf("`%s` of %s: is required or essential, but not in all releases", key, name))
			}
			values, _ := property.Value.Extensions["x-values"].(map[string]any)
			for value, extensions := range values {
				extensions, _ := extensions.(map[string]any)
				note(noPath, fmt.Sprintf("`%s` as `%s` of %s", value, key, name), extensions)
			}
		}
	}
	slices.SortFunc(found, func(a, b difference) int {
		return cmp.Or(cmp.Compare(a.path, b.path), release.Compare(cmp.Or(a.Since, "0"), cmp.Or(b.Since, "0")), cmp.Compare(a.what, b.what))
	})
	return found, errors.Join(errs...)
}

// demanded says that a schema cannot do without a key.
func demanded(in *openapi3.Schema, key string) bool {
	essential, _ := in.Extensions["x-essential"].([]any)
	return slices.Contains(in.Required, key) || slices.Contains(essential, any(key))
}

// noPath sorts behind all paths.
const noPath = "~"

// list reads x-changes, which may be absent.
func list(value any) ([]map[string]any, error) {
	items, ok := value.([]any)
	if value != nil && !ok {
		return nil, fmt.Errorf("x-changes is %v, want a list", value)
	}
	changes := make([]map[string]any, len(items))
	for i, item := range items {
		changes[i], _ = item.(map[string]any)
		if summary, _ := changes[i]["summary"].(string); summary == "" {
			return nil, fmt.Errorf("x-changes holds %v, which has no summary", item)
		}
	}
	return changes, nil
}

// The lines between which the table stands.
const (
	tableBegin = "<!-- This table is made from api/openapi.yaml by make generate. -->\n"
	tableEnd   = "<!-- End of the table. -->\n"
)

// renderTable puts the table of differences into a page.
func renderTable(page []byte, found []difference, newest string) ([]byte, error) {
	before, rest, begins := bytes.Cut(page, []byte(tableBegin))
	_, after, ends := bytes.Cut(rest, []byte(tableEnd))
	if !begins || !ends {
		return nil, errors.New("no place for the table")
	}
	columns := columns(found, newest)
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(tableBegin + "\n| |")
	for _, version := range columns {
		if version == release.Recorded {
			version = "recorded build"
		}
		b.WriteString(" " + version + " |")
	}
	b.WriteString(" Known from |\n|---|" + strings.Repeat("---|", len(columns)+1) + "\n")
	for _, d := range found {
		b.WriteString("| " + d.what + " |")
		for _, version := range columns {
			mark := "–"
			if d.Has(version) {
				mark = "yes"
			}
			b.WriteString(" " + mark + " |")
		}
		source := "recordings"
		if d.Declared {
			source = "sources"
		}
		b.WriteString(" " + source + " |\n")
	}
	b.WriteString("\n" + tableEnd)
	b.Write(after)
	return b.Bytes(), nil
}

// columns are the releases at which something changes, the recorded build behind the one that it calls itself, and the newest.
func columns(found []difference, newest string) []string {
	named, _, _ := strings.Cut(release.Recorded, "+")
	versions := map[string]bool{named: true, release.Recorded: true, newest: true}
	for _, d := range found {
		versions[d.Since], versions[d.Until] = true, true
	}
	delete(versions, "")
	return slices.SortedFunc(maps.Keys(versions), release.Compare)
}
