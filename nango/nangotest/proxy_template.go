package nangotest

import (
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
)

// template is what a provider's definition says of its API.
type template struct {
	BaseURL                  string         `json:"base_url"`
	Headers                  map[string]any `json:"headers"`
	Query                    map[string]any `json:"query"`
	Body                     map[string]any `json:"body"`
	ForwardHeadersOnRedirect bool           `json:"forward_headers_on_redirect"`
	Retry                    templateRetry  `json:"retry"`
	authMode                 string
}

// templateRetry says which failures of the provider are worth another attempt, and where it says when.
type templateRetry struct {
	At        oneOrMore `json:"at"`
	After     oneOrMore `json:"after"`
	Remaining string    `json:"remaining"`
	ErrorCode oneOrMore `json:"error_code"`
}

// oneOrMore are texts that the definitions also write as a single one.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		*o = []string{""}
		return json.Unmarshal(text, &(*o)[0])
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// definition is what the proxy needs of a provider.
type definition struct {
	Proxy             template                       `json:"proxy"`
	AuthMode          string                         `json:"auth_mode"`
	IntegrationConfig map[string]nango.ProviderField `json:"integration_config"`
}

func (p *provider) read() (d definition, err error) {
	err = json.Unmarshal(encode(p.definition), &d)
	return d, err
}

// template reads the integration's provider, and what integrations of providers with an integration_config say themselves.
func (i *integration) template() template {
	definition, err := i.provider.read()
	if err != nil {
		panic(err)
	}
	t := definition.Proxy
	t.authMode = definition.AuthMode
	if definition.IntegrationConfig == nil || i.setting("keyName") == "" {
		return t
	}
	if base := i.setting("baseUrl"); base != "" {
		t.BaseURL = base
	}
	value := i.setting("valueTemplate")
	if value == "" {
		value = "${apiKey}"
	}
	if t.Headers == nil {
		t.Headers = map[string]any{} // also where the key goes into the query
	}
	if i.setting("keyPlacement") == "query" {
		t.Query = with(t.Query, i.setting("keyName"), value)
	} else {
		t.Headers = with(t.Headers, strings.ToLower(i.setting("keyName")), value)
	}
	return t
}

// setting is what the integration says itself, in its config or, as older integrations do, among its custom fields.
func (i *integration) setting(name string) string {
	if value := i.config[name]; value != "" {
		return value
	}
	return i.custom[name]
}

func with(m map[string]any, key, value string) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[key] = value
	return m
}

var (
	statusClass = regexp.MustCompile(`(?i)^(\d)xx$`)
	statusRange = regexp.MustCompile(`^(\d{3})-(\d{3})$`)
)

// fits says that a status is what a definition means by a code such as 403, 5xx or 500-502.
func fits(status int, code string) bool {
	if m := statusClass.FindStringSubmatch(code); m != nil {
		return strconv.Itoa(status/100) == m[1]
	}
	if m := statusRange.FindStringSubmatch(code); m != nil {
		return m[1] <= strconv.Itoa(status) && strconv.Itoa(status) <= m[2]
	}
	return strconv.Itoa(status) == code
}

// hint is the longest wait that the provider's headers ask for, 0 if they ask for none.
func (r templateRetry) hint(header http.Header, now time.Time) (wait time.Duration) {
	if len(r.At) > 0 {
		for _, name := range r.At {
			wait = max(wait, untilEpoch(header.Get(name), now))
		}
		return wait
	}
	for _, name := range r.After {
		if seconds, err := strconv.ParseFloat(header.Get(name), 64); err == nil {
			wait = max(wait, time.Duration(seconds*float64(time.Second)))
		}
	}
	return wait
}

// epochMillis is the first number that counts as milliseconds of the epoch: 1972, if it were.
const epochMillis = 63_072_000_000

// untilEpoch is the time until a moment given as seconds or milliseconds of the epoch, or as a date.
func untilEpoch(value string, now time.Time) time.Duration {
	at, err := strconv.ParseFloat(value, 64)
	if err != nil {
		for _, layout := range []string{time.RFC3339, http.TimeFormat} {
			if t, err := time.Parse(layout, value); err == nil {
				return t.Truncate(time.Second).Sub(now.Truncate(time.Second))
			}
		}
		return 0
	}
	if at >= epochMillis {
		at = math.Floor(at / 1000)
	}
	return time.Duration(at-float64(now.Unix())) * time.Second
}

// decompressed is a body as its provider wrote it before compressing it.
func decompressed(resp *http.Response) (io.ReadCloser, error) {
	var inner io.Reader
	var err error
	switch strings.ToLower(resp.Header.Get("Content-Encoding")) {
	case "gzip", "x-gzip", "compress", "x-compress":
		inner, err = gzip.NewReader(resp.Body)
	case "deflate":
		inner, err = zlib.NewReader(resp.Body)
	default:
		return resp.Body, nil
	}
	if err != nil {
		return nil, err
	}
	resp.Header.Del("Content-Length")
	return struct {
		io.Reader
		io.Closer
	}{inner, resp.Body}, nil
}
