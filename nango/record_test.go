package nango_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

// invented is a page of one record that was not recorded: an identifier beyond 2^53 and a key that an untagged field takes.
const invented = `{"next_cursor":null,"records":[{"id":"7","number":9007199254740993,"Title":"t","_nango_metadata":{` +
	`"first_seen_at":"2026-11-22T13:30:15.728289+00:00","last_modified_at":"2026-11-22T13:33:51.507+00:00",` +
	`"last_action":"UPDATED","deleted_at":null,"pruned_at":null,"cursor":"c7"}}]}`

var inventedMetadata = nango.RecordMetadata{
	FirstSeenAt:    stamp("2026-11-22T13:30:15.728289+00:00"),
	LastModifiedAt: stamp("2026-11-22T13:33:51.507+00:00"),
	LastAction:     nango.RecordUpdated,
	Cursor:         "c7",
}

type issue struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
	Title  string
}

// reversed decodes itself.
type reversed struct{ text string }

func (r *reversed) UnmarshalJSON(data []byte) error {
	for _, b := range data {
		r.text = string(b) + r.text
	}
	return nil
}

// requireRecord reads the invented page as records of a type.
func requireRecord[T any](t *testing.T, want T) {
	t.Helper()
	client, _ := serveBodies(t, invented)
	page, err := nango.ListRecords[T](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue"})
	require.NoError(t, err)
	record := nango.Record[T]{ID: "7", Data: want, Metadata: inventedMetadata}
	assert.Equal(t, &nango.RecordPage[T]{Records: []nango.Record[T]{record}, Cursor: "c7"}, page)
}

func TestRecordsDecodeIntoWhatTheCallerChose(t *testing.T) {
	var whole struct{ Records []json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(invented), &whole))
	raw := whole.Records[0]
	tree := map[string]any{
		"id": "7", "number": json.Number("9007199254740993"), "Title": "t",
		"_nango_metadata": map[string]any{
			"first_seen_at": "2026-11-22T13:30:15.728289+00:00", "last_modified_at": "2026-11-22T13:33:51.507+00:00",
			"last_action": "UPDATED", "deleted_at": nil, "pruned_at": nil, "cursor": "c7",
		},
	}
	backwards := new(reversed)
	require.NoError(t, backwards.UnmarshalJSON(raw))

	requireRecord(t, issue{ID: "7", Number: 9007199254740993, Title: "t"})
	requireRecord(t, &issue{ID: "7", Number: 9007199254740993, Title: "t"})
	requireRecord(t, tree)
	requireRecord[any](t, tree)
	requireRecord(t, raw)
	requireRecord(t, *backwards)
	requireRecord(t, struct{}{})
}

func TestDeletedRecordsKeepTheirPayload(t *testing.T) {
	client, server := serve(t, "records/list-filter-deleted")
	page, err := nango.ListRecords[struct{ Title string }](t.Context(), recordsHandle(client, server.responses[0]),
		nango.ListRecordsParams{Model: "Item", Filter: []nango.RecordAction{nango.RecordDeleted}})
	require.NoError(t, err)
	require.Len(t, page.Records, 2)
	deleted := stamp("2026-11-22T13:33:51.507+00:00")
	assert.Equal(t, nango.Record[struct{ Title string }]{
		ID:   "item-024",
		Data: struct{ Title string }{"Item 24"},
		Metadata: nango.RecordMetadata{
			FirstSeenAt:    stamp("2026-11-22T13:30:15.728289+00:00"),
			LastModifiedAt: deleted,
			LastAction:     nango.RecordDeleted,
			DeletedAt:      deleted,
			Cursor:         page.Cursor,
		},
	}, page.Records[1])
}

// What is deleted or pruned is told by the dates, also where they cannot be read.
func TestRecordIsDeletedOrPruned(t *testing.T) {
	for metadata, want := range map[string][2]bool{
		`"last_action":"ADDED","deleted_at":null,"pruned_at":null`:                              {false, false},
		`"last_action":"UPDATED"`:                                                               {false, false},
		`"last_action":"DELETED","deleted_at":"2026-11-22T13:33:51.507+00:00","pruned_at":null`: {true, false},
		`"last_action":"DELETED"`:                                                               {true, false},
		`"last_action":"deleted","deleted_at":null`:                                             {true, false},
		`"last_action":"ADDED","deleted_at":"yesterday","pruned_at":7`:                          {true, true},
		`"last_action":"UPDATED","pruned_at":"2026-12-24T00:00:00.5+00:00"`:                     {false, true},
	} {
		client, _ := serveBodies(t, `{"next_cursor":null,"records":[{"id":"7","_nango_metadata":{"cursor":"c7",`+metadata+`}}]}`)
		page, err := nango.ListRecords[issue](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue"})
		require.NoError(t, err)
		assert.Equal(t, want, [2]bool{page.Records[0].Deleted(), page.Records[0].Pruned()}, metadata)
	}
}

// titled takes no record without a title.
type titled struct{ Title string }

func (r *titled) UnmarshalJSON(data []byte) error {
	err := json.Unmarshal(data, (*struct{ Title string })(r))
	if err == nil && r.Title == "" {
		r.Title, err = "half", errors.New("no title")
	}
	return err
}

// What T demands of a record cannot stop the stream at one that was pruned.
func TestPrunedRecordsHaveNoPayload(t *testing.T) {
	const pruned = `{"next_cursor":null,"records":[{"id":"7","_nango_metadata":{` +
		`"first_seen_at":"2026-11-22T13:30:15.728289+00:00","last_modified_at":"2026-11-22T13:33:51.507+00:00",` +
		`"last_action":"UPDATED","deleted_at":null,"pruned_at":"2026-12-24T00:00:00.5+00:00","cursor":"c7"}}]}`
	metadata := inventedMetadata
	metadata.PrunedAt = stamp("2026-12-24T00:00:00.5+00:00")

	client, _ := serveBodies(t, pruned)
	page, err := nango.ListRecords[issue](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue"})
	require.NoError(t, err)
	assert.Equal(t, []nango.Record[issue]{{ID: "7", Data: issue{ID: "7"}, Metadata: metadata}}, page.Records)

	for _, body := range []string{pruned, strings.Replace(pruned, `"next_cursor"`, `"next\u005fcursor"`, 1)} { // in one pass, and not
		client, _ := serveBodies(t, body)
		page, err := nango.ListRecords[titled](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue"})
		require.NoError(t, err)
		assert.Equal(t, []nango.Record[titled]{{ID: "7", Metadata: metadata}}, page.Records)
	}
	client, _ = serveBodies(t, strings.Replace(pruned, `"2026-12-24T00:00:00.5+00:00"`, "null", 1))
	_, err = nango.ListRecords[titled](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue"})
	assert.ErrorContains(t, err, "records[0]", "what is not pruned has to fit")
}

// The error says where and of what kind the value is that does not fit, and shows nothing of any record.
func TestRecordThatDoesNotFit(t *testing.T) {
	const good = `{"id":"1","number":1,"_nango_metadata":{"cursor":"c1"}}`
	for bad, want := range map[string]string{
		`"s3cret"`:           "nango: GET /records: 200 OK: records[1] is a string, not an object: is the base URL right?",
		`null`:               "nango: GET /records: 200 OK: records[1] is null, not an object: is the base URL right?",
		`{"other":"s3cret"}`: "nango: GET /records: 200 OK: records[1] has no id: is the base URL right?",
		`{"id":"2","number":"s3cret","_nango_metadata":{"cursor":"c2"}}`: "nango: GET /records: 200 OK: records[1]: json: cannot decode JSON string into Go int64 at Number",
	} {
		client, _ := serveBodies(t, `{"next_cursor":null,"records":[`+good+`,`+bad+`]}`)
		page, err := nango.ListRecords[issue](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue"})
		assert.Nil(t, page)
		failure, ok := errors.AsType[*nango.Error](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, gen.OperationListRecords, failure.Operation)
		assert.Equal(t, 200, failure.StatusCode)
		assert.Contains(t, fmt.Sprintf("%+v", err), want)
		assert.NotContains(t, fmt.Sprintf("%+v %#v %s", err, err, err), "s3cret")
		for _, sentinel := range []error{nango.ErrInvalid, nango.ErrServer, nango.ErrNotFound} {
			assert.NotErrorIs(t, err, sentinel)
		}
	}
}

func TestRecordsThatAreNoPage(t *testing.T) {
	for body, want := range map[string]string{
		`[]`:                                   "the response is an array, not an object",
		`{"records":{}}`:                       "records is an object, not a list",
		`{"records":[{"i`:                      "the JSON document is cut short",
		`{"next_cursor":5`:                     "the JSON document is cut short",
		`{"records":[],"next_cursor":{"a":1}}`: "next_cursor is neither a string nor a number",
	} {
		client, _ := serveBodies(t, body)
		_, err := nango.ListRecords[issue](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue"})
		require.ErrorContains(t, err, want)
	}
}

// An id that is no text costs nothing but itself, and a number not even that, also where T wants a text.
func TestRecordIDsOfAnotherKind(t *testing.T) {
	type row struct {
		ID string `json:"id"`
		X  int    `json:"x"`
	}
	client, _ := serveBodies(t, `{"next_cursor":null,"records":[{"id":123,"x":1},{"id":null,"x":2},{"id":"3","x":3},{"id":12345678901234567890,"x":4}]}`)
	page, err := nango.ListRecords[row](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Mo"})
	require.NoError(t, err)
	var ids []string
	for _, record := range page.Records {
		assert.Equal(t, record.ID, record.Data.ID)
		ids = append(ids, record.ID)
	}
	assert.Equal(t, []string{"123", "", "3", "12345678901234567890"}, ids)

	client, _ = serveBodies(t, `{"next_cursor":null,"records":[{"id":"1","_nango_metadata":{"last_action":"DELETED","deleted_at":null,"last_modified_at":"2026-01-02T03:04:05Z"}}]}`)
	deleted, err := nango.ListRecords[row](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Mo"})
	require.NoError(t, err)
	assert.Equal(t, "2026-01-02T03:04:05Z", deleted.Records[0].Metadata.DeletedAt.Format(time.RFC3339), "what was deleted last is deleted")
}
