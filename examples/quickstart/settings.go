package main

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/nango-go/sdk/internal/replay"
	"github.com/nango-go/sdk/nango"
)

// settings say what the steps work on; an empty one leaves its step out.
type settings struct {
	apiKey      string
	integration string
	proxyPath   string
	model       string
	action      string
	recordings  []string // what answers when there is no server
	webhook     string
}

// offline is the tour through recorded traffic.
var offline = settings{
	apiKey:      "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea",
	integration: "canvas",
	proxyPath:   "/echo/hello?a=1",
	model:       "Item",
	action:      "echo",
	recordings: []string{
		"connect/sessions-create-for-oauth",
		"connections/list-oauth-user",
		"connections/get-oauth-flow-created-metadata-null",
		"proxy/get-json",
		"records/list-limit-10", "records/list-cursor-page-2", "records/list-cursor-page-3-last",
		"action/trigger-sync-echo",
	},
	webhook: "webhooks/0042-sync-fetch-items",
}

func (s settings) options() ([]nango.Option, error) {
	transport, err := replay.NewTransport(s.recordings...)
	return []nango.Option{nango.WithHTTPClient(&http.Client{Transport: transport})}, err
}

// online reads the settings for a real server.
func online(getenv func(string) string) (settings, []nango.Option, error) {
	set := settings{
		apiKey:      getenv("NANGO_API_KEY"),
		integration: getenv("NANGO_INTEGRATION"),
		proxyPath:   getenv("NANGO_PROXY_PATH"),
		model:       getenv("NANGO_MODEL"),
		action:      getenv("NANGO_ACTION"),
	}
	if set.integration == "" {
		return set, nil, errors.New("set NANGO_INTEGRATION to the id of an integration of the environment")
	}
	return set, []nango.Option{nango.WithBaseURL(cmp.Or(getenv("NANGO_HOST"), "https://api.nango.dev"))}, nil
}
