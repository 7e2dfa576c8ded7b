package nangotest

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/reqschema"
)

// misuse panics with what is wrong with a call of the test's: what makes no sense panics where it is given, and does not show
// later as a test that passes.
func misuse(format string, args ...any) {
	panic("nangotest: " + fmt.Sprintf(format, args...))
}

// notNegative panics for a negative number or duration.
func notNegative[T int | time.Duration](what string, n T) {
	if n < 0 {
		misuse("%s is negative: %v", what, n)
	}
}

// oneOf panics for a text that is not among those that there are.
func oneOf(what, text string, known ...string) {
	if !slices.Contains(known, text) {
		misuse("%s is %q, and not one of %s%s", what, text, strings.Join(known, ", "), nearest(text, known))
	}
}

// mustHandle panics for a handler that is nil, also where an interface hides that.
func mustHandle(method string, h http.Handler, instead string) {
	v := reflect.ValueOf(h)
	if h == nil || (v.Kind() == reflect.Func || v.Kind() == reflect.Pointer) && v.IsNil() {
		misuse("%s: the handler is nil; %s", method, instead)
	}
}

// mustFit panics for a value that the server refuses in the body of an operation, under a key. Texts are shown, all else is not,
// since it may hold secrets.
func mustFit(what string, value any, operation gen.OperationID, key string) {
	refuse(what, value, reqschema.Lookup(string(operation)).CheckBody(object{key: value}, true), key)
}

// refuse panics for the first of the items that are about a key.
func refuse(what string, value any, items []reqschema.Item, key string) {
	for _, item := range items {
		if item.Path[0] != key {
			continue
		}
		if value == "" {
			misuse("%s is empty", what)
		}
		if text, ok := value.(string); ok {
			what += fmt.Sprintf(" %q", text)
		}
		if len(item.Path) > 1 {
			what += " (" + strings.Join(item.Path[1:], ".") + ")"
		}
		misuse("%s: the server refuses that: %s", what, item.Message)
	}
}

// mustModel panics for a name that no model has. It may name a sync's variant too, as in "Issue::german".
func mustModel(method, model string) {
	name, variant, named := strings.Cut(model, "::")
	mustFit(method+": the model", name, gen.OperationPruneRecords, "model")
	if named {
		items := reqschema.Lookup(string(gen.OperationCreateSyncVariant)).CheckPath(map[string]string{"name": "x", "variant": variant}, gen.Release)
		refuse(method+": the variant", variant, items, "variant")
	}
}

// mustIntegration returns an integration by its id, and panics if there is none. It is called with the state locked.
func (e *environment) mustIntegration(what, id string) *integration {
	i := e.integration(id)
	if i == nil {
		var known []string
		for _, other := range e.integrations {
			known = append(known, other.key)
		}
		misuse("%s: there is no integration %q%s", what, id, nearest(id, known))
	}
	return i
}

// mustOperations panics for ids that no operation has. Requests to no operation have an empty one.
func mustOperations(method string, ids ...gen.OperationID) {
	for _, id := range ids {
		var known []string
		for _, op := range gen.Operations {
			known = append(known, string(op.ID))
		}
		if id != "" && !slices.Contains(known, string(id)) {
			misuse("%s: there is no operation %q%s", method, id, nearest(string(id), known))
		}
	}
}

// nearest says which of the known names was meant, if one is near enough.
func nearest(name string, known []string) string {
	best, least := "", len(name)/2+1
	for _, other := range slices.Sorted(slices.Values(known)) {
		if d := distance(strings.ToLower(name), strings.ToLower(other)); d < least {
			best, least = other, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is how many letters have to be changed, put in, left out or swapped with the next to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1) // of the beginnings of a, by the beginnings of b
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = 1 + min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], 1+rows[i-2][j-2])
			}
		}
	}
	return rows[len(a)][len(b)]
}
