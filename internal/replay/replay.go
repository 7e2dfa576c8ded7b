// Package replay reads what was recorded of a real server, which judges this module in its tests.
package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/nango-go/sdk/test/recordings"
)

// Exchange is one recorded request with its answer.
type Exchange struct {
	Name    string `json:"name"` // area/name
	Request struct {
		Method     string            `json:"method"`
		Target     string            `json:"target"` // path and query
		Header     map[string]string `json:"header"`
		Body       string            `json:"body"`
		BodyBase64 []byte            `json:"body_base64"`
	} `json:"request"`
	Response struct {
		Status     int               `json:"status"`
		Header     map[string]string `json:"header"`
		Body       string            `json:"body"`
		BodyBase64 []byte            `json:"body_base64"`
	} `json:"response"`
}

// Webhook is one recorded webhook.
type Webhook struct {
	Name       string            `json:"name"`
	SigningKey string            `json:"signing_key"`
	Header     map[string]string `json:"header"`
	Body       string            `json:"body"`
}

// Load reads a recording, such as "connections/get-oauth2".
func Load(name string) (*Exchange, error) {
	return load[Exchange](name)
}

// LoadWebhook reads a recorded webhook, such as "webhooks/0042-sync-fetch-items".
func LoadWebhook(name string) (*Webhook, error) {
	return load[Webhook](name)
}

func load[T any](name string) (*T, error) {
	data, err := recordings.FS.ReadFile(name + ".json")
	if err != nil {
		return nil, err
	}
	out := new(T)
	return out, json.Unmarshal(data, out)
}

// Names lists the recordings of an area.
func Names(area string) ([]string, error) {
	files, err := fs.Glob(recordings.FS, area+"/*.json")
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".json")
	}
	return files, err
}

// Recorded is one exchange, its messages unpacked.
type Recorded struct {
	Area, Name                    string // connections, connections/list-limit-0
	Method, Target                string
	RequestHeader, ResponseHeader http.Header
	RequestBody, ResponseBody     []byte
	Status                        int
}

// All reads every exchange in a folder, or of this repository where none is named. Webhooks are left out.
func All(folder string) ([]Recorded, error) {
	source := fs.FS(recordings.FS)
	if folder != "" {
		source = os.DirFS(folder)
	}
	files, err := fs.Glob(source, "*/*.json")
	if err != nil {
		return nil, err
	}
	var all []Recorded
	for _, file := range files {
		data, err := fs.ReadFile(source, file)
		if err != nil {
			return nil, err
		}
		var e Exchange
		if err := json.Unmarshal(data, &e); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if e.Request.Method == "" {
			continue
		}
		all = append(all, Recorded{
			Area: path.Dir(file), Name: strings.TrimSuffix(file, ".json"),
			Method: e.Request.Method, Target: e.Request.Target, Status: e.Response.Status,
			RequestHeader: HeaderOf(e.Request.Header), RequestBody: append([]byte(e.Request.Body), e.Request.BodyBase64...),
			ResponseHeader: HeaderOf(e.Response.Header), ResponseBody: append([]byte(e.Response.Body), e.Response.BodyBase64...),
		})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no recordings in %q", folder)
	}
	return all, nil
}

// HeaderOf turns recorded headers into HTTP's.
func HeaderOf(recorded map[string]string) http.Header {
	header := make(http.Header, len(recorded))
	for name, value := range recorded {
		header.Set(name, value)
	}
	return header
}

// Answer returns the recorded answer as the answer to req.
func (e *Exchange) Answer(req *http.Request) *http.Response {
	body := e.Response.BodyBase64
	if e.Response.Body != "" {
		body = []byte(e.Response.Body)
	}
	header := HeaderOf(e.Response.Header)
	header.Del("Transfer-Encoding")
	return &http.Response{
		Status: http.StatusText(e.Response.Status), StatusCode: e.Response.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}
}
