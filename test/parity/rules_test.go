package parity

import (
	"strings"
	"time"
)

// rule explains a difference between the two SDKs: apply turns the Node SDK's request into the one that this SDK makes instead.
type rule struct {
	name  string
	why   string
	apply func(call nodeCall, r *request)
}

var rules = []rule{
	{
		"no content type without a body",
		"the Node SDK names a content type on several calls that have no body",
		func(_ nodeCall, r *request) {
			if r.Body == nil {
				delete(r.Header, "content-type")
			}
		},
	},
	{
		"no flag that is false",
		"the Node SDK always sends the three flags of getConnection; the server takes an absent one for false",
		func(_ nodeCall, r *request) {
			for _, flag := range []string{"force_refresh", "refresh_token", "refresh_github_app_jwt_token"} {
				if r.Query.Get(flag) == "false" {
					r.Query.Del(flag)
				}
			}
		},
	},
	{
		"no format that is the default",
		"the Node SDK sends the format nango, which is what the server returns without it",
		func(_ nodeCall, r *request) {
			if r.Query.Get("format") == "nango" {
				r.Query.Del("format")
			}
		},
	},
	{
		"no control header that is empty",
		"the Node SDK sends the two headers without a value, which the server ignores",
		func(_ nodeCall, r *request) {
			for _, name := range []string{"base-url-override", "nango-activity-log-id"} {
				if value, ok := r.Header[name]; ok && value == "" {
					delete(r.Header, name)
				}
			}
		},
	},
	{
		"no Decompress",
		"the server decompresses responses with the header and without it",
		func(_ nodeCall, r *request) { delete(r.Header, "decompress") },
	},
	{
		"no slash behind records",
		"the Node SDK ends the path of listRecords with a slash, which the server ignores",
		func(_ nodeCall, r *request) {
			if r.Path == "/records/" {
				r.Path = "/records"
			}
		},
	},
	{
		"waits for tags, and for one connection",
		"the Node SDK finds connections by the deprecated end user, reads all of them and filters what it got; this one asks for the newest by tag and integration",
		func(call nodeCall, r *request) {
			if call.Call == "waitForConnection" {
				r.Query.Set("tags[end_user_id]", r.Query.Get("endUserId"))
				r.Query.Del("endUserId")
				r.Query.Set("integrationId", "github") // the call's first argument, by which the Node SDK filters what it got
				r.Query.Set("limit", "1")
			}
		},
	},
	{
		"always says the page size",
		"a list ends with a page that is not full, so that the size of a page has to be known",
		func(_ nodeCall, r *request) {
			size := map[string]string{"GET/connections": "1000", "GET/integrations/github-prod/functions": "100"}[r.Method+r.Path]
			if size != "" && !r.Query.Has("limit") {
				r.Query.Set("limit", size)
			}
		},
	},
	{
		"times without empty fractions",
		"a time.Time has no empty fraction",
		func(_ nodeCall, r *request) {
			if at, err := time.Parse(time.RFC3339, r.Query.Get("modified_after")); err == nil {
				r.Query.Set("modified_after", at.Format(time.RFC3339Nano))
			}
		},
	},
	{
		"metadata for a list of connections",
		"the calls take a list of connections, also of one",
		func(_ nodeCall, r *request) {
			body, _ := r.Body.(map[string]any)
			if id, ok := body["connection_id"].(string); ok && r.Path == "/connections/metadata" {
				body["connection_id"] = []any{id}
			}
		},
	},
	{
		"a sync's variant in its name",
		"the server takes name::variant wherever it takes the two apart, and the status takes nothing else",
		func(_ nodeCall, r *request) {
			body, _ := r.Body.(map[string]any)
			syncs, _ := body["syncs"].([]any)
			for i := range syncs {
				if sync, ok := syncs[i].(map[string]any); ok {
					syncs[i] = sync["name"].(string) + "::" + sync["variant"].(string)
				}
			}
		},
	},
	{
		"proxied bodies as octets",
		"the server passes octets on as they are, and parses everything else",
		func(_ nodeCall, r *request) {
			if contentType := r.Header["content-type"]; contentType != "" && strings.HasPrefix(r.Path, "/proxy/") {
				r.Header["nango-proxy-content-type"] = contentType
				r.Header["content-type"] = "application/octet-stream"
			}
		},
	},
}
