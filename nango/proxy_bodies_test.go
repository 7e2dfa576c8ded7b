package nango_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// text is a body of the caller's with its type.
func text(method, contentType, body string) nango.ProxyRequest {
	return nango.ProxyRequest{Method: method, Path: "/echo", ContentType: contentType, Body: strings.NewReader(body)}
}

func verbatim(req nango.ProxyRequest) nango.ProxyRequest {
	req.Verbatim = true
	return req
}

const (
	formType = "application/x-www-form-urlencoded"
	sure     = `{"text":"100% sure"}`
	png      = "\x89PNG\r\n%x\xff"

	supportFailure = `{"error":{"code":"generic_error_support","message":"m","payload":"p"}}`
)

func allBytes() (all string) {
	for i := range 512 {
		all += string([]byte{byte(i)})
	}
	return all
}

func upload(fileName string) nango.ProxyRequest {
	return nango.ProxyRequest{Method: "POST", Path: "/echo", Form: &nango.Form{
		Fields: []nango.FormField{{Name: "title", Value: "100% sure"}},
		Files:  []nango.FormFile{{Name: "file", FileName: fileName, ContentType: "image/png", Content: strings.NewReader(allBytes())}},
	}}
}

// bodyRows are the rows of the table of bodies, each with the recordings that show what comes of it on a real server. The
// provider demo-none has no headers in its definition, api-bearer does.
var bodyRows = []struct {
	recording string
	req       func() nango.ProxyRequest
	arrives   string // the provider's body; JSON is compared as such
	refused   string // by Nango, for the percent sign: what is to be done
}{
	{"json-u0025", func() nango.ProxyRequest {
		return nango.ProxyRequest{Method: "POST", Path: "/echo", JSON: json.RawMessage(`{"text":"100% sure","id":9007199254740993}`)}
	}, `{"text":"100\u0025 sure","id":9007199254740993}`, ""},
	{"json-u0025", func() nango.ProxyRequest {
		return text("POST", "application/json", `{"text":"100% sure","id":9007199254740993}`)
	}, `{"text":"100\u0025 sure","id":9007199254740993}`, ""},
	{"envelope-json-big", func() nango.ProxyRequest {
		return text("POST", "application/json", `{"n":9007199254740993,"a":1, "a":2}`)
	}, `{"n":9007199254740993,"a":1, "a":2}`, ""},

	{"percent-api-bearer-json-percent", func() nango.ProxyRequest { return verbatim(text("POST", "application/json", sure)) }, "", "leave Verbatim out"},
	{"percent-api-bearer-json-percent-del", func() nango.ProxyRequest { return verbatim(text("DELETE", "application/json", sure)) }, sure, ""},
	{"percent-demo-none-json-percent", func() nango.ProxyRequest { return verbatim(text("POST", "application/json", sure)) }, sure, ""},
	{"percent-demo-none-json-percent-put", func() nango.ProxyRequest { return verbatim(text("PUT", "application/json", sure)) }, sure, ""},
	{"percent-demo-none-json-percent-del", func() nango.ProxyRequest { return verbatim(text("DELETE", "application/json", sure)) }, sure, ""},

	{"percent-api-bearer-json-percent-plain", func() nango.ProxyRequest {
		return nango.ProxyRequest{Method: "POST", Path: "/echo", JSON: json.RawMessage(sure), PlainJSON: true}
	}, sure, ""},
	{"plain-json", func() nango.ProxyRequest {
		return nango.ProxyRequest{Method: "POST", Path: "/echo", JSON: json.RawMessage(`{"n":9007199254740993}`), PlainJSON: true}
	}, `{"n":9007199254740992}`, ""},

	{"form-rebuilt-file", func() nango.ProxyRequest { return upload("a b.png") }, "", ""}, // see below
	{"form-octets-percent", func() nango.ProxyRequest { return verbatim(upload("a.png")) }, "", "leave Verbatim out"},

	{"urlencoded-utf8-octets", func() nango.ProxyRequest { return text("POST", formType, "a=%C3%A4&b=100%25+sure") }, "a=%C3%A4&b=100%25+sure", ""},
	{"percent-api-bearer-form-latin1", func() nango.ProxyRequest { return text("POST", formType, "a=%E4") }, "", "encode the form as UTF-8"},
	{"percent-demo-none-form-latin1", func() nango.ProxyRequest { return text("POST", formType, "a=%E4") }, "a=%E4", ""},
	{"percent-api-bearer-text-percent", func() nango.ProxyRequest { return text("POST", "text/plain", "100% sure") }, "", "call the provider directly"},
	{"percent-demo-none-text-percent", func() nango.ProxyRequest { return text("POST", "text/plain", "100% sure") }, "100% sure", ""},
	{"percent-api-bearer-png", func() nango.ProxyRequest { return text("POST", "image/png", png) }, "", "call the provider directly"},
	{"percent-demo-none-png", func() nango.ProxyRequest { return text("POST", "image/png", png) }, png, ""},
}

var boundary = regexp.MustCompile(`boundary123|-{26}[0-9a-f]{24}|[0-9a-f]{60}`)

// The request of each row is the one that was recorded, so that what the recording says of the provider holds for it.
func TestRecordedBodies(t *testing.T) {
	for _, row := range bodyRows {
		t.Run(row.recording, func(t *testing.T) {
			client, server := serve(t, "proxy/"+row.recording)
			e := server.responses[0]
			req := row.req()
			req.BaseURLOverride = e.Request.Header.Get("Base-Url-Override")
			resp, err := proxyHandle(client, e).Proxy(t.Context(), req)

			want := recorded(t, "proxy/"+row.recording)
			require.Len(t, server.requests, 1)
			for _, sent := range []*sent{&want, &server.requests[0]} {
				sent.Body = boundary.ReplaceAllString(sent.Body, "BOUNDARY")
				for name, values := range sent.Header {
					sent.Header.Set(name, boundary.ReplaceAllString(values[0], "BOUNDARY"))
				}
			}
			server.requireSent(want)
			assert.Equal(t, want.Body, server.requests[0].Body)

			if row.refused != "" {
				requireLoose(t, err, row.refused)
				return
			}
			require.NoError(t, err)
			var echoed struct {
				Base64 []byte
				Header http.Header
			}
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&echoed))
			if req.Form != nil {
				assert.Equal(t, readForm(t, want.Header.Get("Content-Type"), want.Body),
					readForm(t, "multipart/form-data; boundary=BOUNDARY", boundary.ReplaceAllString(string(echoed.Base64), "BOUNDARY")))
				return
			}
			assert.Equal(t, row.arrives, string(echoed.Base64))
			contentType := req.ContentType
			if contentType == "" {
				contentType = "application/json"
			}
			assert.Equal(t, []string{contentType}, echoed.Header["Content-Type"])
		})
	}
}

// requireLoose checks that a failure says what Nango stopped on and what to do, beside what Nango says.
func requireLoose(t *testing.T, err error, remedy string) {
	t.Helper()
	failure, ok := errors.AsType[*nango.Error](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "generic_error_support", failure.Code)
	assert.NotEmpty(t, failure.SupportID)
	assert.ErrorIs(t, err, nango.ErrLoosePercent)
	assert.ErrorIs(t, err, nango.ErrServer)
	assert.ErrorContains(t, err, "(a percent sign in the body begins no escape of UTF-8 text, on which Nango stops for providers whose definition has headers: "+remedy)
	logged, marshalErr := json.Marshal(failure)
	require.NoError(t, marshalErr)
	assert.Contains(t, string(logged), `"hint":"a percent sign`)
}

// What to do depends on how the body was given.
func TestRemediesOfLoosePercentSigns(t *testing.T) {
	form := func(name string) nango.ProxyRequest {
		return nango.ProxyRequest{Method: "POST", Form: &nango.Form{Fields: []nango.FormField{{Name: "a"}, {Name: name, Value: "100%"}}}}
	}
	for remedy, req := range map[string]nango.ProxyRequest{
		"Form.Fields[1].Name comes twice, so that the form goes byte for byte":               form("a"),
		"Form.Fields[1].Name holds brackets, so that":                                        form("tags[]"),
		"Form.Fields[1].Name is a number, so that":                                           form("7"),
		"Retries is set, for which Nango would have to send the form a second time, so that": {Method: "POST", Retries: 1, Form: &nango.Form{Fields: []nango.FormField{{Name: "a", Value: "%"}}}},
		"leave Verbatim out":                       {Method: "POST", JSON: "%", Verbatim: true},
		"the body is not JSON":                     text("POST", "application/json", `{"a":5%}`),
		"send the form as ProxyRequest.Form":       text("POST", "multipart/form-data; boundary=b", "100% sure"),
		"encode the form as UTF-8":                 text("POST", formType, "a=%E4"),
		"write it as &#37;, which means the same":  text("POST", "text/xml", "<a>100% sure</a>"),
		"write it as &#37;":                        text("REPORT", "application/x+xml; charset=utf-8", "<a>100% sure</a>"),
		"call the provider directly with the conn": text("POST", "text/plain", "100% sure"),
	} {
		server := &server{t: t, responses: []*recordings.Exchange{exchange(500, supportFailure)}}
		_, err := server.client().Connection("github", "conn").Proxy(t.Context(), req)
		requireLoose(t, err, remedy)
	}
}

// The same failure for another reason says no more than Nango does.
func TestOtherSupportFailuresHaveNoHint(t *testing.T) {
	for _, req := range []nango.ProxyRequest{
		{Path: "/x"}, text("DELETE", "text/plain", "100% sure"), text("POST", "text/plain", "100%25 sure"), text("POST", "application/json", sure),
		{Method: "POST", JSON: "100%"}, {Method: "POST", JSON: []string{"%"}, PlainJSON: true}, upload("a.png"),
	} {
		server := &server{t: t, responses: []*recordings.Exchange{exchange(500, supportFailure)}}
		_, err := server.client().Connection("github", "conn").Proxy(t.Context(), req)
		failure, ok := errors.AsType[*nango.Error](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "m", failure.Message)
		assert.NotContains(t, err.Error(), "percent")
		assert.NotErrorIs(t, err, nango.ErrLoosePercent)
	}
}

// Nor does another failure of Nango's.
func TestOtherFailuresHaveNoHint(t *testing.T) {
	server := &server{t: t, responses: []*recordings.Exchange{exchange(400, `{"error":{"code":"failed_to_get_connection"}}`)}}
	_, err := server.client().Connection("github", "conn").Proxy(t.Context(), text("POST", "text/plain", "100% sure"))
	require.ErrorContains(t, err, "failed_to_get_connection")
	assert.NotContains(t, err.Error(), "percent")
}

// A stream is watched while it goes, over the ends of its pieces.
func TestLoosePercentSignsInStreams(t *testing.T) {
	for body, loose := range map[string]bool{"100%25": false, "100%2": true, "%C3%A4": false, "%C3": true, "a%zz" + strings.Repeat("x", 100<<10): true} {
		server := &server{t: t, responses: []*recordings.Exchange{exchange(500, supportFailure)}}
		_, err := server.client().Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{
			Method: "POST", ContentType: "text/plain", Body: iotest.OneByteReader(io.LimitReader(strings.NewReader(body), 1<<20)),
		})
		if loose {
			requireLoose(t, err, "call the provider directly")
		} else {
			assert.NotContains(t, err.Error(), "percent", body)
		}
	}
}

// A response that comes early, in the middle of an escape, says nothing of what follows.
func TestNoHintForHalfAnEscape(t *testing.T) {
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		_, err := io.ReadFull(req.Body, make([]byte, 4))
		require.NoError(t, err)
		return exchange(500, supportFailure).Respond(req), nil
	})}))
	require.NoError(t, err)
	_, err = client.Connection("github", "conn").Proxy(t.Context(), text("POST", "text/plain", "%C3%A4"))
	assert.ErrorIs(t, err, nango.ErrServer)
	assert.NotErrorIs(t, err, nango.ErrLoosePercent)
}

// Nango gives no reason either where a body is too long for it.
func TestHintForLongBodies(t *testing.T) {
	const limit = 75 << 20
	send := func(req nango.ProxyRequest) error {
		client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			_, err := io.Copy(io.Discard, req.Body)
			require.NoError(t, err)
			return exchange(500, supportFailure).Respond(req), nil
		})}))
		require.NoError(t, err)
		_, err = client.Connection("github", "conn").Proxy(t.Context(), req)
		return err
	}
	long := func(length int) nango.ProxyRequest {
		return nango.ProxyRequest{Method: "POST", ContentType: "image/png", Body: io.LimitReader(repeated('%'), int64(length))}
	}
	err := send(long(limit + 1))
	assert.ErrorContains(t, err, "(the body is longer than 75 MiB, which is as much as Nango takes unless it is set up otherwise)")
	assert.NotErrorIs(t, err, nango.ErrLoosePercent)
	requireLoose(t, send(long(limit)), "call the provider directly")
}

// repeated is a reader of one byte without an end.
type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}
