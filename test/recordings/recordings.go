// Package recordings holds exchanges with a real server and webhooks that it sent, one JSON file each. They judge this module in
// its tests. The server was a build of 2026-08-21, which calls itself 0.71.4 and lies between the releases 0.71.4 and 0.71.5.
package recordings

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
)

// embedded holds the recordings as <area>/<name>.json.
//
//go:embed */*.json
var embedded embed.FS

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

// message is a request or a response in its file. A body that is no UTF-8 is in base64.
type message struct {
	Method     string `json:"method"`
	Target     string `json:"target"`
	Status     int    `json:"status"`
	Header     header `json:"header"`
	Body       string `json:"body"`
	BodyBase64 []byte `json:"body_base64"`
}

// header is HTTP's, of which a file has one value for each name.
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

// UnmarshalJSON reads the request in a file.
func (r *Request) UnmarshalJSON(data []byte) error {
	var m message
	err := json.Unmarshal(data, &m)
	*r = Request{m.Method, m.Target, http.Header(m.Header), m.Body + string(m.BodyBase64)}
	return err
}

// UnmarshalJSON reads the response in a file.
func (r *Response) UnmarshalJSON(data []byte) error {
	var m message
	err := json.Unmarshal(data, &m)
	*r = Response{m.Status, http.Header(m.Header), m.Body + string(m.BodyBase64)}
	return err
}

// Area is the folder of the recording.
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

// UnmarshalJSON reads the webhook in a file.
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
func Load(name string) (*Exchange, error) { return load[Exchange](embedded, name+".json") }

// LoadWebhook reads a recorded webhook, such as "webhooks/0042-sync-fetch-items".
func LoadWebhook(name string) (*Webhook, error) { return load[Webhook](embedded, name+".json") }

func load[T any](source fs.FS, file string) (*T, error) {
	data, err := fs.ReadFile(source, file)
	if err != nil {
		return nil, err
	}
	out := new(T)
	if err := json.Unmarshal(data, out); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return out, nil
}

// Names lists the recordings of an area.
func Names(area string) ([]string, error) {
	files, err := fs.Glob(embedded, area+"/*.json")
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".json")
	}
	return files, err
}

// All reads every exchange in a folder, or of this repository where none is named, in the order of their names. Webhooks are left out.
func All(folder string) ([]*Exchange, error) {
	source := fs.FS(embedded)
	if folder != "" {
		source = os.DirFS(folder)
	}
	files, err := fs.Glob(source, "*/*.json")
	if err != nil {
		return nil, err
	}
	var all []*Exchange
	for _, file := range files {
		e, err := load[Exchange](source, file)
		if err != nil {
			return nil, err
		}
		if e.Request.Method == "" {
			continue
		}
		e.Name = strings.TrimSuffix(file, ".json")
		all = append(all, e)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no recordings in %q", folder)
	}
	return all, nil
}
