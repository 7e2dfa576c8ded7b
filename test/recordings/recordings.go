// Package recordings holds exchanges with a real server and webhooks that it sent, one JSON file for each area. They judge this module
// in its tests. The server was a build of 2026-08-21, which calls itself 0.71.4 and lies between the releases 0.71.4 and 0.71.5.
package recordings

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// areas holds the recordings of each area as a list in <area>.json.
//
//go:embed *.json
var areas embed.FS

// own holds the recordings by their names.
var own = sync.OnceValue(func() map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	files, err := fs.Glob(areas, "*.json")
	for _, file := range files {
		var list []json.RawMessage
		var data []byte
		data, err = areas.ReadFile(file)
		err = errors.Join(err, json.Unmarshal(data, &list))
		for _, recording := range list {
			var named struct{ Name string }
			err = errors.Join(err, json.Unmarshal(recording, &named))
			found[named.Name] = recording
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		panic(err) // the files are part of the program
	}
	return found
})

// Exchange is one recorded request with its response.
type Exchange struct {
	Name     string   `json:"name"` // area/name
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is a recorded request.
type Request struct {
	Method string
	Target string // path and query
	Header http.Header
	Body   string // the bytes as they are
}

// Response is a recorded response.
type Response struct {
	Status int
	Header http.Header
	Body   string // the bytes as they are
}

// message is a request or a response as it is recorded. A body that is no UTF-8 is in base64.
type message struct {
	Method     string `json:"method"`
	Target     string `json:"target"`
	Status     int    `json:"status"`
	Header     header `json:"header"`
	Body       string `json:"body"`
	BodyBase64 []byte `json:"body_base64"`
}

// header is HTTP's, of which a recording has one value for each name.
type header http.Header

func (h *header) UnmarshalJSON(data []byte) error {
	var values map[string]string
	err := json.Unmarshal(data, &values)
	*h = header{}
	for name, value := range values {
		http.Header(*h).Set(name, value)
	}
	return err
}

// UnmarshalJSON reads a recorded request.
func (r *Request) UnmarshalJSON(data []byte) error {
	var m message
	err := json.Unmarshal(data, &m)
	*r = Request{m.Method, m.Target, http.Header(m.Header), m.Body + string(m.BodyBase64)}
	return err
}

// UnmarshalJSON reads a recorded response.
func (r *Response) UnmarshalJSON(data []byte) error {
	var m message
	err := json.Unmarshal(data, &m)
	*r = Response{m.Status, http.Header(m.Header), m.Body + string(m.BodyBase64)}
	return err
}

// Area is the first part of the name.
func (e *Exchange) Area() string { return path.Dir(e.Name) }

// Respond returns the recorded response as the response to req.
func (e *Exchange) Respond(req *http.Request) *http.Response {
	header := e.Response.Header.Clone()
	header.Del("Transfer-Encoding")
	return &http.Response{
		Status: http.StatusText(e.Response.Status), StatusCode: e.Response.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(e.Response.Body)), Body: io.NopCloser(strings.NewReader(e.Response.Body)), Request: req,
	}
}

// Webhook is one recorded webhook.
type Webhook struct {
	Name       string
	SigningKey string
	Header     http.Header
	Body       string
}

// UnmarshalJSON reads a recorded webhook.
func (w *Webhook) UnmarshalJSON(data []byte) error {
	var file struct {
		message
		Name       string `json:"name"`
		SigningKey string `json:"signing_key"`
	}
	err := json.Unmarshal(data, &file)
	*w = Webhook{file.Name, file.SigningKey, http.Header(file.Header), file.Body}
	return err
}

// Load reads a recording, such as "connections/get-oauth2".
func Load(name string) (*Exchange, error) { return load[Exchange](own(), name) }

// LoadWebhook reads a recorded webhook, such as "webhooks/0042-sync-fetch-items".
func LoadWebhook(name string) (*Webhook, error) { return load[Webhook](own(), name) }

func load[T any](recorded map[string]json.RawMessage, name string) (*T, error) {
	data, ok := recorded[name]
	if !ok {
		return nil, fmt.Errorf("no recording %q", name)
	}
	out := new(T)
	if err := json.Unmarshal(data, out); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// Names lists the recordings of an area.
func Names(area string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(own())) {
		if path.Dir(name) == area {
			names = append(names, name)
		}
	}
	return names
}

// All reads every exchange of this repository in the order of their names, or of a folder with one in each file, <area>/<name>.json.
// Webhooks are left out.
func All(folder string) ([]*Exchange, error) {
	recorded := own()
	if folder != "" {
		var err error
		if recorded, err = read(os.DirFS(folder)); err != nil {
			return nil, err
		}
	}
	var all []*Exchange
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		e, err := load[Exchange](recorded, name)
		if err != nil {
			return nil, err
		}
		if e.Request.Method == "" {
			continue
		}
		e.Name = name
		all = append(all, e)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no recordings in %q", folder)
	}
	return all, nil
}

// read reads the files of a folder.
func read(folder fs.FS) (map[string]json.RawMessage, error) {
	found := map[string]json.RawMessage{}
	files, err := fs.Glob(folder, "*/*.json")
	for _, file := range files {
		data, readErr := fs.ReadFile(folder, file)
		found[strings.TrimSuffix(file, ".json")], err = data, errors.Join(err, readErr)
	}
	return found, err
}
