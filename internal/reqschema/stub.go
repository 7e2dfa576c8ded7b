// Package reqschema is what the server's request validation says.
package reqschema

import (
	"net/http"
	"net/url"
	"time"
)

// Item is one thing that is wrong.
type Item struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Path    []string `json:"path"`
}

// Operation is what one operation takes.
type Operation struct{}

// Lookup returns an operation.
func Lookup(string) *Operation { return &Operation{} }

// CheckQuery checks and decodes.
func (o *Operation) CheckQuery(raw string, now time.Time) (map[string]any, []Item) {
	values := map[string]any{}
	sent, _ := url.ParseQuery(raw)
	for k, v := range sent {
		values[k] = v[0]
	}
	return values, nil
}

// CheckHeader checks.
func (o *Operation) CheckHeader(http.Header) []Item { return nil }

// CheckPath checks.
func (o *Operation) CheckPath(map[string]string) []Item { return nil }

// CheckBody checks.
func (o *Operation) CheckBody(body any, present bool) []Item { return nil }
