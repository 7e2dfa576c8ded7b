// Package proxying makes the requests that Nango's proxy sends to a provider, as functions of values: of the provider's definition,
// the connection, and the caller's request.
package proxying

import (
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/js"
)

// Template is what a provider's definition says of its API.
type Template struct {
	BaseURL                  string         `json:"base_url"`
	Headers                  map[string]any `json:"headers"`
	Query                    map[string]any `json:"query"`
	Body                     map[string]any `json:"body"`
	ForwardHeadersOnRedirect bool           `json:"forward_headers_on_redirect"`
	Retry                    Retry          `json:"retry"`
	AuthMode                 string         `json:"-"`
}

// MakesURL reports whether the base URL can be one once it is filled in, or is left to others.
func (t Template) MakesURL() bool {
	return t.BaseURL == "" || strings.HasPrefix(t.BaseURL, "${") || js.ParseURL(placeholder.ReplaceAllString(t.BaseURL, "x")) != nil
}

// Retry says which failures of the provider are worth another attempt, and where it says when.
type Retry struct {
	At        Texts  `json:"at"`
	After     Texts  `json:"after"`
	Remaining string `json:"remaining"`
	ErrorCode Texts  `json:"error_code"`
}

// Texts are those that the definitions also write as a single one.
type Texts []string

func (o *Texts) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		*o = []string{""}
		return json.Unmarshal(text, &(*o)[0])
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// Applies reports whether a failure of the provider is worth another attempt. Also are statuses that the caller adds.
func (r Retry) Applies(resp *http.Response, also []string) bool {
	again := resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusUnauthorized
	if r.ErrorCode != nil {
		again = slices.ContainsFunc(r.ErrorCode, func(code string) bool { return means(resp.StatusCode, code) })
	}
	return again || slices.Contains(also, strconv.Itoa(resp.StatusCode)) || r.Remaining != "" && resp.Header.Get(r.Remaining) == "0"
}

var (
	statusClass = regexp.MustCompile(`(?i)^(\d)xx$`)
	statusRange = regexp.MustCompile(`^(\d{3})-(\d{3})$`)
)

// means reports whether a status is what a definition means by a code such as 403, 5xx or 500-502.
func means(status int, code string) bool {
	if m := statusClass.FindStringSubmatch(code); m != nil {
		return strconv.Itoa(status/100) == m[1]
	}
	if m := statusRange.FindStringSubmatch(code); m != nil {
		return m[1] <= strconv.Itoa(status) && strconv.Itoa(status) <= m[2]
	}
	return strconv.Itoa(status) == code
}

// Wait is the longest wait that the provider's headers ask for, 0 if they ask for none.
func (r Retry) Wait(header http.Header, now time.Time) (wait time.Duration) {
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
