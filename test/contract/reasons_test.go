package contract

import (
	"regexp"
	"strings"
)

// notRefusable names the recorded requests that the server refused with validation errors and the document cannot
// refuse, each with what it would have to know.
var notRefusable = map[string]string{
	"connect/reconnect-unknown-override":                   "which integrations exist",
	"connect/sessions-create-unknown-integration-defaults": "which integrations exist",
	"connect/sessions-create-unknown-override":             "which integrations exist",
	"connections/create-loopback-webhook-override":         "where a host leads and what the server's outbound policy says to it",
	"integrations/create-duplicate":                        "which integrations exist",
	"integrations/create-unknown-provider":                 "which providers exist",
	"integrations/quickstart-unknown-provider":             "which providers exist",
	"records/list-modified-after-too-old":                  "what time it is",
}

// outside are the routes of the server that the document leaves out.
var outside = []struct {
	route  *regexp.Regexp
	reason string
}{
	{regexp.MustCompile(`^GET /config/`), "deprecated look-up of an integration, kept for one customer"},
	{regexp.MustCompile(`^POST /functions/(dryruns|deployments)/[^/]+/result$`), "callback of the server's own sandbox"},
	{regexp.MustCompile(`^POST /sync/deploy(/|$)`), "the command line's deployment"},
	{regexp.MustCompile(`^[A-Z]+ /v1/`), "deprecated pass-through to a customer's own paths"},
	{regexp.MustCompile(`^[A-Z]+ /mcp$`), "Model Context Protocol, which has clients of its own"},
	{regexp.MustCompile(`^POST /connect/telemetry$`), "the Connect UI's own"},
	{regexp.MustCompile(`^[A-Z]+ /(oauth|oauth2|auth|api-auth|app-auth)/`), "authorisation in the end user's browser"},
}

// outsideReason says why the document has no operation for a request; it is empty where that has no known reason.
func outsideReason(r recording) string {
	path, _, _ := strings.Cut(r.Request.Target, "?")
	for _, o := range outside {
		if o.route.MatchString(r.Request.Method + " " + path) {
			return o.reason
		}
	}
	return ""
}
