package nangotest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

var metadataHandlers = map[string]handler{
	"setConnectionMetadata": setMetadata, "setConnectionMetadataDeprecated": setMetadata,
	"mergeConnectionMetadata": mergeMetadata, "mergeConnectionMetadataDeprecated": mergeMetadata,
	"setMetadataDeprecated": setMetadataOfOne, "mergeMetadataDeprecated": mergeMetadataOfOne,
}

func setMetadata(c *call) *answer { return c.changeMetadata(http.StatusCreated, replaceMetadata) }

func mergeMetadata(c *call) *answer { return c.changeMetadata(http.StatusOK, patchMetadata) }

// changeMetadata changes the metadata of one connection or of several, of all or, where one does not exist, of none. It
// answers with the body.
func (c *call) changeMetadata(status int, change func(*connection, json.RawMessage)) *answer {
	var body struct {
		ConnectionID  any             `json:"connection_id"`
		IntegrationID string          `json:"provider_config_key"`
		Metadata      json.RawMessage `json:"metadata"`
	}
	c.into(&body)
	ids, several := body.ConnectionID.([]any)
	if !several {
		ids = []any{body.ConnectionID}
	}
	var found []*connection
	for _, id := range ids {
		conn := c.env.find(body.IntegrationID, textOf(id))
		if conn == nil {
			message := fmt.Sprintf("Connection with connection id %s and provider config key %s not found. Please make sure the "+
				"connection exists in the Nango dashboard", id, body.IntegrationID)
			if len(ids) > 1 {
				message += ". No actions were taken on any of the connections as a result of this failure."
			}
			return fail(http.StatusNotFound, "unknown_connection", message)
		}
		found = append(found, conn)
	}
	for _, conn := range found {
		change(conn, body.Metadata)
	}
	return jsonAnswer(status, c.body)
}

func replaceMetadata(c *connection, metadata json.RawMessage) { c.metadata = metadata }

// patchMetadata merges at the top level alone; null is a value like any other.
func patchMetadata(c *connection, patch json.RawMessage) {
	merged := object{}
	if c.metadata != nil {
		merged = decodeObject(c.metadata)
	}
	maps.Copy(merged, decodeObject(patch))
	c.metadata = encode(merged)
}

func setMetadataOfOne(c *call) *answer {
	return c.changeMetadataOfOne(http.StatusCreated, replaceMetadata)
}

func mergeMetadataOfOne(c *call) *answer { return c.changeMetadataOfOne(http.StatusOK, patchMetadata) }

// changeMetadataOfOne takes the integration from the query or from a header, and the body for the metadata.
func (c *call) changeMetadataOfOne(status int, change func(*connection, json.RawMessage)) *answer {
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
	metadata := encode(c.body)
	if _, isObject := c.body.(object); !isObject {
		metadata = []byte("{}")
	}
	change(conn, metadata)
	return jsonAnswer(status, c.body)
}
