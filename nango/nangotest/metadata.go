package nangotest

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/nango-go/sdk/gen"
)

var metadataHandlers = map[gen.OperationID]handler{
	gen.OperationSetConnectionMetadata: setMetadata, gen.OperationSetConnectionMetadataDeprecated: setMetadata,
	gen.OperationMergeConnectionMetadata: mergeMetadata, gen.OperationMergeConnectionMetadataDeprecated: mergeMetadata,
	gen.OperationSetMetadataDeprecated: setMetadataOfOne, gen.OperationMergeMetadataDeprecated: mergeMetadataOfOne,
}

func setMetadata(c *call) *answer { return c.changeMetadata(http.StatusCreated, replaceMetadata) }

func mergeMetadata(c *call) *answer { return c.changeMetadata(http.StatusOK, patchMetadata) }

// changeMetadata changes the metadata of one connection or of several, of all or, where one does not exist, of none. It
// answers with the body.
func (c *call) changeMetadata(status int, change func(*connection, object)) *answer {
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
	return jsonAnswer(status, c.body)
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

// setMetadataOfOne falls over a list and over no body at all.
func setMetadataOfOne(c *call) *answer {
	return c.changeMetadataOfOne(http.StatusCreated, func(conn *connection) bool {
		metadata, isObject := c.body.(object)
		if isObject {
			replaceMetadata(conn, metadata)
		}
		return isObject
	})
}

// mergeMetadataOfOne takes a list for an object with its indices as keys.
func mergeMetadataOfOne(c *call) *answer {
	return c.changeMetadataOfOne(http.StatusOK, func(conn *connection) bool {
		patch, _ := c.body.(object)
		if list, isList := c.body.([]any); isList {
			patch = object{}
			for i, element := range list {
				patch[strconv.Itoa(i)] = element
			}
		}
		patchMetadata(conn, patch)
		return true
	})
}

// changeMetadataOfOne takes the integration from the query or from a header, and the body for the metadata.
func (c *call) changeMetadataOfOne(status int, change func(*connection) bool) *answer {
	integrationID, connectionID := c.text("provider_config_key"), c.path["connectionId"]
	if integrationID == "" {
		integrationID = c.r.Header.Get("Provider-Config-Key")
	}
	if integrationID == "" {
		return broken()
	}
	conn := c.env.find(integrationID, connectionID)
	if conn == nil {
		payload := object{"connectionId": connectionID, "providerConfigKey": integrationID}
		return failWithPayload(http.StatusNotFound, "unknown_connection", "No connection matching the provided params of "+
			"'connection_id' and 'provider_config_key'. Please make sure these values exist in the Nango dashboard", payload)
	}
	if !change(conn) {
		return broken()
	}
	if c.body == nil {
		return &answer{status: status}
	}
	return jsonAnswer(status, c.body)
}
