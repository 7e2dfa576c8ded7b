// Package contract holds api/openapi.yaml against exchanges recorded from a real server, and against its own rules.
//
//	go test ./test/contract -v                                judges test/recordings and prints the figures
//	go test ./test/contract -v -args -recordings <folder>     judges another folder
//	NANGO_RECORDINGS=<folder> go test ./...                   the same, with all other tests
//
// A relative folder is seen from test/contract.
package contract

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/test/recordings"
)

var recordingsFlag = flag.String("recordings", os.Getenv("NANGO_RECORDINGS"),
	"folder of recorded exchanges; the variable NANGO_RECORDINGS serves as well (default: those of test/recordings)")

// recordingsFolder returns the folder to judge, and whether it is this repository's own.
func recordingsFolder() (folder string, own bool) {
	return *recordingsFlag, *recordingsFlag == ""
}

// The areas that hold no API exchanges to judge: responses of the transport, responses of providers passed through, and webhooks.
var otherAreas = map[string]bool{"generic": true, "proxy": true, "webhooks": true}

// recording is one exchange with a real server.
type recording struct{ *recordings.Exchange }

// loadRecordings reads every exchange in the folder, but for the areas that are not judged.
func loadRecordings(t *testing.T, folder string) []recording {
	t.Helper()
	all, err := recordings.All(folder)
	require.NoError(t, err)
	var judged []recording
	for _, recorded := range all {
		if !otherAreas[recorded.Area()] {
			judged = append(judged, recording{recorded})
		}
	}
	return judged
}

// taken says that the server did what the request asked for.
func (r recording) taken() bool { return r.Response.Status >= 200 && r.Response.Status < 300 }

// hasJSON says that the response has a JSON body.
func (r recording) hasJSON() bool {
	return len([]byte(r.Response.Body)) > 0 && strings.HasPrefix(r.Response.Header.Get("Content-Type"), "application/json")
}

// validationCodes are the codes of a request that failed a schema of the server.
var validationCodes = map[string]bool{
	"invalid_query_params": true, "invalid_body": true, "invalid_uri_params": true, "invalid_headers": true,
}

// failedValidation says that the server refused the request with validation errors: one of the four codes, and the list
// of what is wrong. The same codes without a list are rules of business, such as "Provider NONE does not support API_KEY
// auth", which come after the schemas and hang on the server's data.
func (r recording) failedValidation() bool {
	var body struct {
		Error struct {
			Code   string
			Errors []json.RawMessage
		}
	}
	return r.Response.Status >= 400 && r.Response.Status < 500 && json.Unmarshal([]byte(r.Response.Body), &body) == nil &&
		validationCodes[body.Error.Code] && len(body.Error.Errors) > 0
}
