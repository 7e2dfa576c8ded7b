package nangotest

import (
	"maps"
	"net/http"
	"regexp"
	"slices"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

var providerHandlers = map[gen.OperationID]handler{
	gen.OperationListProviders: listProviders, gen.OperationGetProvider: getProvider, gen.OperationListProviderTemplates: listProviderTemplates,
}

// listProviders takes the search for a regular expression over the names.
func listProviders(c *call) *response {
	search, err := regexp.Compile("(?i)" + c.text("search"))
	if err != nil {
		return fail(http.StatusInternalServerError, "server_error", "Failed to search the providers")
	}
	found := []any{}
	for _, name := range slices.Sorted(maps.Keys(c.s.providers)) {
		if search.MatchString(name) {
			found = append(found, c.s.providers[name].definition)
		}
	}
	return ok(object{"data": found})
}

func getProvider(c *call) *response {
	found := c.s.providers[c.path["provider"]]
	if found == nil {
		return fail(http.StatusNotFound, "not_found", "Unknown provider "+c.path["provider"])
	}
	return ok(object{"data": found.definition})
}

// listProviderTemplates makes no difference between a provider without templates and none.
func listProviderTemplates(c *call) *response {
	found := []object{}
	if p := c.s.providers[c.path["provider"]]; p != nil {
		for _, kind := range []string{"action", "sync"} {
			for _, t := range p.templates {
				if string(t.Type) == kind {
					found = append(found, showTemplate(t))
				}
			}
		}
	}
	return ok(object{"data": found})
}

// showTemplate writes a template with what templates always have, empty or not.
func showTemplate(t nango.FunctionTemplate) object {
	view := toJSON(t).(object)
	if _, given := view["json_schema"]; !given {
		view["json_schema"] = nil
	}
	if t.Type == "sync" {
		view["runs"], view["auto_start"], view["track_deletes"] = orNull(t.Runs), t.AutoStart, t.TrackDeletes
	}
	return view
}
