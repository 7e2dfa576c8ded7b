package nangotest

import (
	"fmt"
	"maps"
	"net/http"

	"github.com/nango-go/sdk/gen"
)

var metadataHandlers = map[gen.OperationID]handler{
	gen.OperationSetConnectionMetadata:   setMetadata,
	gen.OperationMergeConnectionMetadata: mergeMetadata,
}

func setMetadata(c *call) *response { return c.changeMetadata(http.StatusCreated, replaceMetadata) }

func mergeMetadata(c *call) *response { return c.changeMetadata(http.StatusOK, patchMetadata) }

// changeMetadata changes the metadata of one connection or of several, of all or, where one does not exist, of none. It
// returns the body.
func (c *call) changeMetadata(status int, change func(*connection, object)) *response {
	body := c.body.(object)
	integrationID := textOf(body["provider_config_key"])
	ids, several := body["connection_id"].([]any)
	if !several {
		ids = []any{body["connection_id"]}
	}
	var found []*connection
	for _, id := range ids {
		conn := c.env.find(integrationID, textOf(id))
		if conn == nil {
			message := fmt.Sprintf("Connection with connection id %s and provider config key %s not found. Please make sure the "+
				"connection exists in the Nango dashboard", id, integrationID)
			if len(ids) > 1 {
				message += ". No actions were taken on any of the connections as a result of this failure."
			}
			return fail(http.StatusNotFound, "unknown_connection", message)
		}
		found = append(found, conn)
	}
	for _, conn := range found {
		change(conn, body["metadata"].(object))
	}
	return jsonResponse(status, c.body)
}

func replaceMetadata(c *connection, metadata object) { c.metadata = encode(metadata) }

// patchMetadata merges at the top level alone; null is a value like any other.
func patchMetadata(c *connection, patch object) {
	merged := object{}
	if c.metadata != nil {
		merged = decodeObject(c.metadata)
	}
	maps.Copy(merged, patch)
	c.metadata = encode(merged)
}
