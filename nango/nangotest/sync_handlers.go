package nangotest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/frequency"
	"github.com/nango-go/sdk/internal/recordstore"
)

var syncHandlers = map[gen.OperationID]handler{
	gen.OperationTriggerSync: triggerSync, gen.OperationStartSync: startSync, gen.OperationPauseSync: pauseSync, gen.OperationGetSyncStatus: getSyncStatus,
	gen.OperationSetSyncFrequency: setSyncFrequency, gen.OperationCreateSyncVariant: createSyncVariant, gen.OperationDeleteSyncVariant: deleteSyncVariant,
}

// syncRef names a sync's variant. As a text it is "name" or "name::variant".
type syncRef struct{ Name, Variant string }

// UnmarshalJSON implements [json.Unmarshaler].
func (r *syncRef) UnmarshalJSON(data []byte) error {
	var name string
	if json.Unmarshal(data, &name) == nil {
		*r = syncRefOf(name)
		return nil
	}
	var parts map[string]any // those of other names, which may differ in case alone, are passed over
	err := json.Unmarshal(data, &parts)
	*r = syncRef{textOf(parts["name"]), textOf(parts["variant"])}
	return err
}

// syncRefOf leaves out what follows a second "::", as the server does.
func syncRefOf(text string) syncRef {
	parts := append(strings.Split(text, "::"), recordstore.BaseVariant)
	return syncRef{parts[0], parts[1]}
}

// syncCommand is the body of a command to syncs.
type syncCommand struct {
	Syncs         []syncRef
	IntegrationID string         `json:"provider_config_key"`
	ConnectionID  string         `json:"connection_id"`
	Opts          map[string]any // what the server does not know is passed over
	Mode          string         `json:"sync_mode"`
	FullResync    *bool          `json:"full_resync"`
}

func triggerSync(c *call) *response {
	var cmd syncCommand
	c.into(&cmd)
	cmd.IntegrationID = cmp.Or(cmd.IntegrationID, c.r.Header.Get("Provider-Config-Key"))
	cmd.ConnectionID = cmp.Or(cmd.ConnectionID, c.r.Header.Get("Connection-Id"))
	if cmd.IntegrationID == "" {
		return fail(http.StatusBadRequest, "missing_provider_config_key", "Missing provider_config_key. Provide it in the body or headers.")
	}
	reset := cmd.FullResync != nil && *cmd.FullResync
	if cmd.Mode != "" {
		reset = cmd.Mode != "incremental"
	}
	emptyCache := cmd.Mode == "full_refresh_and_clear_cache"
	if cmd.Opts != nil {
		if cmd.Mode != "" || cmd.FullResync != nil {
			return fail(http.StatusBadRequest, "invalid_body", "Cannot use opts with deprecated sync_mode/full_resync parameters")
		}
		reset, emptyCache = cmd.Opts["reset"] == true, cmd.Opts["emptyCache"] == true
	}
	return c.command(cmd, func(i *syncInstance) {
		if reset {
			i.reset()
		}
		i.trigger(reset && emptyCache)
	})
}

func startSync(c *call) *response {
	var cmd syncCommand
	c.into(&cmd)
	return c.command(cmd, (*syncInstance).start)
}

func pauseSync(c *call) *response {
	var cmd syncCommand
	c.into(&cmd)
	return c.command(cmd, (*syncInstance).pause)
}

// command does something with the syncs that are named, or with all. Of one connection, an unknown name ends it, after those
// before it; of all connections, names that none has are passed over.
func (c *call) command(cmd syncCommand, do func(*syncInstance)) *response {
	i := c.env.integration(cmd.IntegrationID)
	if i == nil {
		return failWithPayload(http.StatusBadRequest, "unknown_provider_config",
			"There is no Provider Configuration matching this key. Please make sure this value exists in the Nango dashboard {}", object{})
	}
	if cmd.ConnectionID != "" {
		return c.commandOne(cmd, do)
	}
	found := c.env.syncsOf(i.key, cmd.Syncs)
	if len(found) == 0 {
		return i.noSyncs(cmd.Syncs...)
	}
	for _, instance := range found {
		do(instance)
	}
	return ok(object{"success": true})
}

func (c *call) commandOne(cmd syncCommand, do func(*syncInstance)) *response {
	conn := c.env.find(cmd.IntegrationID, cmd.ConnectionID)
	if conn == nil {
		payload := object{"connectionId": cmd.ConnectionID, "providerConfigKey": cmd.IntegrationID}
		text, _ := json.MarshalIndent(payload, "", "  ")
		return failWithPayload(http.StatusNotFound, "unknown_connection",
			"No connection matching the provided params of 'connection_id' and 'provider_config_key'. "+
				"Please make sure these values exist in the Nango dashboard "+string(text), payload)
	}
	if len(cmd.Syncs) == 0 {
		for _, instance := range conn.syncs {
			do(instance)
		}
	}
	for _, ref := range cmd.Syncs {
		instance := conn.sync(ref.Name, ref.Variant)
		if instance == nil {
			return conn.integration.noSyncs(ref)
		}
		do(instance)
	}
	return ok(object{"success": true})
}

func (i *integration) noSyncs(named ...syncRef) *response {
	message := "No syncs found given the inputs."
	for _, ref := range named {
		message += i.missingFunction("sync", ref.Name, "AddSync")
	}
	return failWithPayload(http.StatusBadRequest, "no_syncs_found", message, object{})
}

// syncsOf returns the syncs of all connections of an integration, or those that are named.
func (e *environment) syncsOf(integrationID string, refs []syncRef) (found []*syncInstance) {
	for _, conn := range e.connections {
		for _, i := range conn.syncs {
			if conn.integration.key == integrationID && (len(refs) == 0 || slices.Contains(refs, syncRef{i.name, i.variant})) {
				found = append(found, i)
			}
		}
	}
	return found
}

func getSyncStatus(c *call) *response {
	var refs []syncRef
	if names := c.text("syncs"); names != "*" {
		for name := range strings.SplitSeq(names, ",") {
			refs = append(refs, syncRefOf(name))
		}
	}
	integrationID, connectionID := c.text("provider_config_key"), c.text("connection_id")
	if connectionID != "" && c.env.find(integrationID, connectionID) == nil {
		return fail(http.StatusBadRequest, "invalid_body", "Connection not found")
	}
	shown := []object{}
	for _, i := range c.env.syncsOf(integrationID, refs) {
		if connectionID == "" || i.conn.connectionID == connectionID {
			shown = append(shown, i.show())
		}
	}
	return ok(object{"syncs": shown})
}

// show returns the sync's status as the API does. The counts are of the base variant's records, whatever the variant.
func (i *syncInstance) show() object {
	counts := object{}
	if f := i.function(); f != nil {
		for _, model := range f.sync.Models {
			counts[model] = i.conn.store(recordstore.Key{Model: model, Variant: recordstore.BaseVariant}).Count()
		}
	}
	shown := object{
		"id": i.id, "connection_id": i.conn.connectionID, "name": i.name, "variant": i.variant, "status": i.status(),
		"type": "INITIAL", "frequency": orNull(i.runs()), "nextScheduledSyncAt": nil, "recordCount": counts, "checkpoint": i.checkpoint,
	}
	if i.started {
		shown["nextScheduledSyncAt"] = zulu(i.next)
	}
	if i.run == nil {
		return shown
	}
	shown["latestExecutionStatus"] = i.run.status
	if i.run.function.sync.Type == "incremental" {
		shown["type"] = i.run.kind
	}
	if i.run.results != nil {
		shown["latestResult"] = i.run.results
	}
	if !i.running() {
		shown["finishedAt"] = zulu(i.run.finished)
	}
	return shown
}

func (i *syncInstance) status() string {
	switch {
	case i.running():
		return "RUNNING"
	case !i.started:
		return "PAUSED"
	case i.run != nil && i.run.status == "STOPPED":
		return "ERROR"
	}
	return "SUCCESS"
}

func setSyncFrequency(c *call) *response {
	var body struct {
		Name          string `json:"sync_name"`
		Variant       string `json:"sync_variant"`
		IntegrationID string `json:"provider_config_key"`
		ConnectionID  string `json:"connection_id"`
		Frequency     string
	}
	c.into(&body)
	conn := c.env.find(body.IntegrationID, body.ConnectionID)
	if conn == nil {
		return fail(http.StatusBadRequest, "unknown_connection", "")
	}
	i := conn.sync(body.Name, cmp.Or(body.Variant, recordstore.BaseVariant))
	if i == nil || body.Frequency == "" && i.function() == nil {
		return fail(http.StatusBadRequest, "unknown_sync", "")
	}
	shown, _, valid := frequency.Parse(body.Frequency)
	if body.Frequency == "" {
		shown = i.function().sync.Runs
	} else if !valid {
		return fail(http.StatusBadRequest, "invalid_body", "Sync interval is invalid")
	}
	i.frequency = body.Frequency
	i.reschedule()
	return ok(object{"frequency": shown})
}

// maxVariants is how many variants a sync may have at a connection, the base one included.
const maxVariants = 100

func createSyncVariant(c *call) *response {
	conn, refused := c.variantConnection("Variant name \"%s\" is protected.")
	if refused != nil {
		return refused
	}
	name, variant := c.path["name"], c.path["variant"]
	variants := 0
	for _, i := range conn.syncs {
		if i.name == name {
			variants++
		}
	}
	f := conn.integration.function("sync", name)
	switch {
	case variants >= maxVariants:
		return fail(http.StatusBadRequest, "resource_capped", fmt.Sprintf("Maximum number of variants per sync (%d) reached", maxVariants))
	case conn.sync(name, variant) != nil:
		return fail(http.StatusBadRequest, "sync_variant_already_exists", "")
	case f == nil, f.details.Disabled:
		return fail(http.StatusBadRequest, "unknown_sync", "")
	}
	return ok(object{"id": conn.addSync(f, variant).id, "name": name, "variant": variant})
}

func deleteSyncVariant(c *call) *response {
	conn, refused := c.variantConnection("Cannot delete protected variant \"%s\".")
	if refused != nil {
		return refused
	}
	i := conn.sync(c.path["name"], c.path["variant"])
	if i == nil {
		return fail(http.StatusNotFound, "not_found", "")
	}
	i.pause()
	conn.syncs = slices.DeleteFunc(conn.syncs, func(other *syncInstance) bool { return other == i })
	return ok(object{"success": true})
}

// variantConnection returns the connection whose variants a request changes, or the response to one that may not be changed.
func (c *call) variantConnection(protected string) (*connection, *response) {
	var body syncCommand
	c.into(&body)
	if variant := c.path["variant"]; strings.EqualFold(variant, recordstore.BaseVariant) {
		return nil, fail(http.StatusBadRequest, "invalid_variant", fmt.Sprintf(protected, variant))
	}
	conn := c.env.find(body.IntegrationID, body.ConnectionID)
	if conn == nil {
		return nil, fail(http.StatusBadRequest, "unknown_connection", "")
	}
	return conn, nil
}
