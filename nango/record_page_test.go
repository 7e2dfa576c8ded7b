package nango

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/test/recordings"
)

// tagged has a field for the metadata, under a name that differs in case.
type tagged struct {
	ID       string
	Metadata map[string]any `json:"_NANGO_metadata"`
}

// untagged ignores the metadata, and embeds a struct.
type untagged struct {
	embedded
	ID    string
	Title any
	Count *json.Number
}

type embedded struct {
	Tags []string `json:"tags"`
	When time.Time
}

// own decodes itself.
type own struct{ text string }

func (o *own) UnmarshalJSON(data []byte) error {
	o.text += string(data)
	return nil
}

// quoted is a type that encoding/json decodes.
type quoted struct {
	Count int `json:"count,string"`
}

// ambiguous has two fields for one name: encoding/json takes the first, and the fast way refuses.
type ambiguous struct {
	Own   own    `json:"title"`
	Lower string `json:"foo"`
	Upper string `json:"FOO"`
}

// requireScanned checks that the scan of a page has the same result as the decoder of all pages, for several types. It
// reports whether the page was scanned at all.
func requireScanned(t *testing.T, body string) (scanned bool) {
	t.Helper()
	scanned = requireScannedInto[map[string]any](t, body)
	requireScannedInto[any](t, body)
	requireScannedInto[json.RawMessage](t, body)
	requireScannedInto[struct{}](t, body)
	requireScannedInto[tagged](t, body)
	requireScannedInto[*tagged](t, body)
	requireScannedInto[untagged](t, body)
	requireScannedInto[**untagged](t, body)
	requireScannedInto[own](t, body)
	requireScannedInto[*own](t, body)
	requireScannedInto[quoted](t, body)
	requireScannedInto[ambiguous](t, body)
	return scanned
}

func requireScannedInto[T any](t *testing.T, body string) bool {
	t.Helper()
	scanned, next := scanPage[T]([]byte(body))
	if scanned == nil {
		return false
	}
	client := testClient(t, always(200, body))
	resp, err := send(t.Context(), client, "GET", "/records?model=M", "")
	page, wireNext, err := decodePage[T](resp, err)
	require.NoError(t, err, body)
	require.Equal(t, page, scanned, body)
	cursor, err := nextCursor(next)
	require.NoError(t, err, body)
	wireCursor, err := nextCursor(wireNext)
	require.NoError(t, err, body)
	require.Equal(t, wireCursor, cursor, body)
	return true
}

const (
	usualMetadata = `"_nango_metadata":{"first_seen_at":"2026-11-22T13:30:15.728289+00:00","last_modified_at":"2026-11-22T13:30:15.728289+00:00",` +
		`"last_action":"ADDED","deleted_at":null,"pruned_at":null,"cursor":"c/1=="}`
	usualRecord = `{"id":"1","title":"t","tags":["a"],"count":5,` + usualMetadata + `}`
)

// usualPages have the form of the servers, or are so near to it that they are scanned.
var usualPages = []string{
	`{"next_cursor":"n","records":[` + usualRecord + `]}`,
	`{"records":[],"next_cursor":null}`,
	"\ufeff {\n \"next_cursor\" : null , \"records\" : [ " + usualRecord + " ,\t" + usualRecord + " ] , \"new\" : {\"a\":[1]} }\r\n",
	`{"records":[{"id":"1"},{` + usualMetadata + `,"id":"2"},{"id":"3",` + usualMetadata + `,"Title":{"é\"}":"\\\"]"}},{"id":"4",` + usualMetadata + `,` + usualMetadata + `}]}`,
	`{"records":[{"id":1,"Title":-1.5e3},{"id":null},{"id":true,` + usualMetadata + `},{"id":{"a":1}},{"id":"\u0031"},{"id":"é"},{"id":"1","id":2,"id":"3"}]}`,
	`{"records":[{"id":"1","_nango_metadata":{}},{"id":"1","_nango_metadata":{"new":[{"a":"}"}],"cursor":null,"last_action":"MOVED"}}]}`,
	`{"records":[{"id":"1","_nango_metadata":{"deleted_at":"2026-01-02T03:04:05Z","deleted_at":null,"first_seen_at":"","last_action":5}}]}`,
	`{"records":[{"id":"1","_nango_metadata":{"deleted_at":"2026-01-02T03:04:05Z","deleted_at":null}},{"id":"1","title":"t","Foo":"f"}]}`,
	`{"records":[{"id":"1","_nango_metadata":{"last_action":"deleted","first_seen_at":"2026-01-02T03:04:05Z","last_modified_at":"x"}}]}`,
	`{"records":[{"id":"1","_nango_metadata":{"first_seen_at":"2026-01-02T3:04:05Z","last_modified_at":"2026-01-02T03:04:05,5Z","pruned_at":"2026-01-02T03:04:05+24:00"}}]}`,
	`{"records":[{"id":"1","_nango_metadata":{"first_seen_at":"2026-01-02T03:04:05.5+02:00","deleted_at":"2026-01-02T03:04:05.5+02:00"}}]}`,
	`{"records":[{"id":"1","_nango_metadata":{"cur\u0073or":"c","\u00e9":1,"cursor":"\u00e9"}},{"id":"1","\u0069d":"2","_nango_m\u0065tadata":{"cursor":"d"}}]}`,
	`{"records":[{"id":"1","WHEN":"2026-01-02T03:04:05Z","count":"5","Count":"7"}]}`,
	`{"records":[{"id":"1"}],"records":[{"id":"2"},{"id":"3"}],"next_cursor":"a","next_cursor":"b"}`,
}

// oddPages are left to the decoder of all pages. Some of them are successes, too.
var oddPages = []string{
	``, `{`, `[]`, `null`, `{}`, `{"records":null}`, `{"records":{}}`, `{"records":[`, `{"records":[{`, `{"records":[{"id"`, `{"records":[{"id":`,
	`{"records":[{"id":"1"}`, `{"records":[{"id":"1"}]`, `{"records":[{"id":"1"}]} x`, `{"records":[{"id":"1"},]}`, `{"records":[,{"id":"1"}]}`,
	`{"records":[{"id":"1"} {"id":"2"}]}`, `{"records":[{"id":"1",}]}`, `{"records":[{"id":"1"}],}`, `{"records":[{"id":"1"]}]}`, `{"records":[{"id":"1",5:6}]}`,
	`{"records":[{"title":"t"}]}`, `{"records":[null]}`, `{"records":[[]]}`, `{"records":[{"id":"1","a":tru}]}`, `{"records":[{"id":"1","a":01}]}`,
	"{\"records\":[{\"id\":\"1\",\"a\":\"\x01\"}]}", `{"records":[{"id":"1","_nango_metadata":null}]}`, `{"records":[{"id":"1","_nango_metadata":"x"}]}`,
	`{"records":[],"next_cursor":5}`, `{"records":[],"next_cursor":"\u0061"}`, `{"records":[],"next_cursor":{}}`, `{"records":[],"a":tru}`,
	`{"r\u0065cords":[{"id":"1"}]}`, `{"records":[{"\u0069d":"1"}]}`, "{\"records\":[],\"\x01\":1}", `{"records":[{"id":"1","a":"\x"}]}`,
	`{"records":[{"id":"1",` + usualMetadata[:len(usualMetadata)-1] + `,"new":tru}}]}`, "{\"records\":[{\"id\":\"1\",\"_nango_metadata\":{\"\x01\":1}}]}",
	`{"error":{"code":"x"}}`,
}

func TestPagesAreScanned(t *testing.T) {
	for _, body := range usualPages {
		assert.True(t, requireScanned(t, body), body)
	}
	for _, body := range oddPages {
		assert.False(t, requireScanned(t, body), body)
	}
	exchanges, err := recordings.All("")
	require.NoError(t, err)
	scanned := 0
	for _, e := range exchanges {
		if e.Area() == "records" && e.Request.Method == "GET" && e.Response.Status == 200 {
			assert.True(t, requireScanned(t, e.Response.Body), e.Name)
			scanned++
		}
	}
	assert.Greater(t, scanned, 20)
}

// The scan has to be right about whatever it takes.
func FuzzRecordPage(f *testing.F) {
	for _, body := range append(usualPages, oddPages...) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		requireScanned(t, body)
		requireScanned(t, `{"next_cursor":"n","records":[`+strings.ReplaceAll(body, "META", usualMetadata)+`]}`)
	})
}

func TestCursorFinder(t *testing.T) {
	for text, want := range map[string]string{
		`{"next_cursor":"c/=","records":[`: "c/=", ` { "next_cursor" : "c" `: "c", `{"next_cursor":"c"}`: "c",
		`{"next_cursor":"","records":[`: "", `{"next_cursor":null,"records":[`: "", `{"next_cursor":5,"next_cursor":"c"`: "", `{"next_cursor":"\u0061",`: "",
		`{"other":"c","next_cursor":"d",`: "", `{"records":[],"next_cursor":"c"}`: "", `{"next_cursor":"c`: "", `{"next_cur`: "", `<html>`: "", ``: "",
		`{` + strings.Repeat(" ", maxBeginning) + `"next_cursor":"c"}`: "",
	} {
		for size := 1 + len(text)/100; size <= len(text)+1; size = 2*size + 1 {
			found := make(chan string, 1)
			f := &cursorFinder{found: found}
			for part := range slices.Chunk([]byte(text), size) {
				n, err := f.Write(part)
				require.NoError(t, err)
				require.Equal(t, len(part), n)
			}
			close(found)
			assert.Equal(t, want, <-found, "%.80s in parts of %d", text, size)
		}
	}
}
