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
		"node-sdk.md §1 Content-Type: the Node SDK sends it on several calls without a body, for nothing",
		func(_ nodeCall, r *request) {
			if r.Body == nil {
				delete(r.Header, "content-type")
			}
		},
	},
	{
		"no flag that is false",
		"node-sdk.md §3 getConnection: its three flags are always sent; design.md §4a: absent equals zero",
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
		"node-sdk.md §4 getScriptsConfig: format='nango' is sent; design.md §4a: absent equals zero",
		func(_ nodeCall, r *request) {
			if r.Query.Get("format") == "nango" {
				r.Query.Del("format")
			}
		},
	},
	{
		"no control header that is empty",
		"node-sdk.md §8 row 13",
		func(_ nodeCall, r *request) {
			for _, name := range []string{"base-url-override", "nango-activity-log-id"} {
				if value, ok := r.Header[name]; ok && value == "" {
					delete(r.Header, name)
				}
			}
		},
	},
	{
		"no slash behind records",
		"node-sdk.md §4 listRecords: the extra slash",
		func(_ nodeCall, r *request) {
			if r.Path == "/records/" {
				r.Path = "/records"
			}
		},
	},
	{
		"waits for tags, and for one connection",
		"node-sdk.md §7 Issues of waitForConnection; design.md §4b Tags, IntegrationIDs, the newest",
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
		"node-sdk.md §8 row 15: lists end with a short page, so that the size has to be known",
		func(_ nodeCall, r *request) {
			size := map[string]string{"GET/connections": "1000", "GET/integrations/github-prod/functions": "100"}[r.Method+r.Path]
			if size != "" && !r.Query.Has("limit") {
				r.Query.Set("limit", size)
			}
		},
	},
	{
		"times without empty fractions",
		"design.md §4a: times are time.Time",
		func(_ nodeCall, r *request) {
			if at, err := time.Parse(time.RFC3339, r.Query.Get("modified_after")); err == nil {
				r.Query.Set("modified_after", at.Format(time.RFC3339Nano))
			}
		},
	},
	{
		"metadata for a list of connections",
		"design.md §4 SetMetadata / MergeMetadata(…, connectionIDs []string, …)",
		func(_ nodeCall, r *request) {
			body, _ := r.Body.(map[string]any)
			if id, ok := body["connection_id"].(string); ok && r.Path == "/connections/metadata" {
				body["connection_id"] = []any{id}
			}
		},
	},
	{
		"a sync's variant in its name",
		"node-sdk.md §4 syncStatus: name::variant; design.md §4 SyncRef",
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
		"node-sdk.md §8 row 23: the octet-stream passthrough, which leaves a body as it is",
		func(_ nodeCall, r *request) {
			if contentType := r.Header["content-type"]; contentType != "" && strings.HasPrefix(r.Path, "/proxy/") {
				r.Header["nango-proxy-content-type"] = contentType
				r.Header["content-type"] = "application/octet-stream"
			}
		},
	},
}
