package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nango-go/sdk/internal/release"
)

// declared is what declared.mjs prints: what the types of one release say of the public API.
type declared struct {
	Release   string     `json:"release"`
	Endpoints []endpoint `json:"endpoints"`
	Webhooks  []webhook  `json:"webhooks"`
	Scopes    list       `json:"scopes"`
	AuthModes list       `json:"authModes"`
	Codes     list       `json:"codes"` // the errors of all endpoints
}

// endpoint is one declared operation. A part that it does not have is nil.
type endpoint struct {
	Method  string   `json:"method"`
	Path    string   `json:"path"` // with parameters as :name
	Name    string   `json:"name"`
	At      string   `json:"at"`
	Query   *shape   `json:"query"`
	Headers *shape   `json:"headers"`
	Body    *shape   `json:"body"`
	Success *shape   `json:"success"`
	Unknown []string `json:"unknown"` // parts that Endpoint does not take
	Codes   []string `json:"codes"`   // beside those of all endpoints
}

type webhook struct {
	Type     string `json:"type"`
	Unlisted bool   `json:"unlisted"` // a body has the type, WebhookTypes has not
	At       string `json:"at"`
	Body     *shape `json:"body"`
}

type list struct {
	At     string   `json:"at"`
	Values []string `json:"values"`
}

// shape is the shape of a text that has one of the values.
func (l list) shape() *shape {
	s := &shape{Kinds: []string{"string"}, At: l.At}
	for _, value := range l.Values {
		s.Enum = append(s.Enum, value)
	}
	return s
}

// readDeclared refuses declarations of which a part is empty: nothing would be compared, so nothing would differ.
func readDeclared(data []byte) (*declared, error) {
	read := &declared{}
	if err := json.Unmarshal(data, read); err != nil {
		return nil, fmt.Errorf("the declarations are no JSON of declared.mjs: %w", err)
	}
	routes := map[string]string{}
	for _, e := range read.Endpoints {
		at := route(e.Method, e.Path)
		if other := routes[at]; other != "" {
			return nil, fmt.Errorf("two declarations are of %s %s: %s and %s", e.Method, e.Path, other, e.Name)
		}
		routes[at] = e.Name
	}
	for part, length := range sorted(map[string]int{
		"public endpoints": len(read.Endpoints), "webhooks": len(read.Webhooks), "scopes": len(read.Scopes.Values),
		"auth modes": len(read.AuthModes.Values), "error codes": len(read.Codes.Values),
	}) {
		if length == 0 {
			return nil, fmt.Errorf("the declarations have no %s", part)
		}
	}
	if !release.Valid(read.Release) {
		return nil, fmt.Errorf("the declarations are of %q, which is no release", read.Release)
	}
	return read, nil
}

// parameters returns the names of the path's parameters.
func (e *endpoint) parameters() []string {
	var names []string
	for segment := range strings.SplitSeq(e.Path, "/") {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}
