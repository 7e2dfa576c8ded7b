package nangotest

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/credential"
)

var connectionHandlers = map[gen.OperationID]handler{
	gen.OperationListConnections:  listConnections,
	gen.OperationImportConnection: importConnection,
	gen.OperationGetConnection:    getConnection,
	gen.OperationUpdateConnection: updateConnection,
	gen.OperationDeleteConnection: deleteConnection,
}

const defaultConnections = 10000

// listConnections shows the newest first. A limit that is no integer is cut, but the offset is reckoned with the fraction.
func listConnections(c *call) *response {
	found := []*connection{}
	for _, conn := range c.env.connections {
		if c.matches(conn) {
			found = append(found, conn)
		}
	}
	slices.SortFunc(found, func(a, b *connection) int {
		return cmp.Or(b.created.Compare(a.created), cmp.Compare(b.id, a.id))
	})
	limit, page := c.number("limit", defaultConnections), c.number("page", 0)
	if page*limit > math.MaxInt64 { // too much for the database
		return serverError()
	}
	found = found[int(min(page*limit, float64(len(found)))):]
	views := []object{}
	for _, conn := range found[:min(int(limit), len(found))] {
		views = append(views, conn.summary())
	}
	return ok(object{"connections": views})
}

// matches says that all filters of the query let a connection through.
func (c *call) matches(conn *connection) bool {
	if id := c.text("connectionId"); id != "" && id != conn.connectionID {
		return false
	}
	if list := c.text("integrationId"); list != "" && !slices.ContainsFunc(strings.Split(list, ","), func(id string) bool {
		return strings.TrimSpace(id) == conn.integration.key
	}) {
		return false
	}
	user := conn.endUser
	if id := c.text("endUserId"); id != "" && (user == nil || user.ID != id) {
		return false
	}
	if id := c.text("endUserOrganizationId"); id != "" && (user == nil || user.organization == nil || user.organization.ID != id) {
		return false
	}
	if search := c.text("search"); search != "" {
		if !containsFold(conn.connectionID, search) && (user == nil || !containsFold(user.DisplayName, search) && !containsFold(user.Email, search)) {
			return false
		}
	}
	tags, _ := c.query["tags"].(object)
	for key, value := range tags {
		if has, tagged := conn.tags[strings.ToLower(key)]; !tagged || has != value {
			return false
		}
	}
	return true
}

// containsFold reports whether a text has a part that a search finds: upper and lower case are the same to it.
func containsFold(text, search string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(search))
}

// connectionOf returns the connection that path and query name, or the response that there is none. It tells an unknown
// integration from an unknown connection.
func (c *call) connectionOf() (*connection, *response) {
	key := c.text("provider_config_key")
	if c.env.integration(key) == nil {
		return nil, fail(http.StatusBadRequest, "unknown_provider_config", "Provider does not exists")
	}
	if conn := c.env.find(key, c.path["connectionId"]); conn != nil {
		return conn, nil
	}
	return nil, fail(http.StatusNotFound, "not_found", "Failed to find connection")
}

// getConnection refreshes the credentials, if the key may read them, and counts as having fetched them.
func getConnection(c *call) *response {
	mayRead := c.granted("environment:connections:read_credentials")
	force, withRefreshToken, jwt := c.flag("force_refresh"), c.flag("refresh_token"), c.flag("refresh_github_app_jwt_token")
	if !mayRead && (force || withRefreshToken || jwt) {
		return forbidden("Credential and refresh options require the environment:connections:read_credentials scope")
	}
	conn, a := c.connectionOf()
	if a != nil {
		return a
	}
	if !mayRead {
		return ok(conn.shown(false, object{}))
	}
	if failure := conn.ensureFresh(c.fault, force, jwt); failure != nil {
		return failWithPayload(failure.status, "invalid_credentials", failure.message,
			object{"connection": conn.shown(false, object{})})
	}
	return ok(conn.shown(withRefreshToken, conn.credentials))
}

// shown is the connection as a read shows it, with or without its refresh tokens.
func (c *connection) shown(withRefreshToken bool, credentials object) object {
	view := c.full(offset, credentials)
	if !withRefreshToken {
		view["credentials"], view["connection_config"] = credential.WithoutRefreshTokens(credentials), credential.WithoutRefreshTokens(c.config)
	}
	return view
}

// updateConnection replaces the tags as a whole where tags or an end user are given.
func updateConnection(c *call) *response {
	conn, a := c.connectionOf()
	if a != nil {
		return a
	}
	var body struct {
		Tags     map[string]string `json:"tags"`
		EndUser  *endUser          `json:"end_user"`
		Override *string           `json:"webhook_url_override"`
	}
	c.into(&body)
	tags := merge(body.EndUser.derivedTags(), lowerKeys(body.Tags))
	if body.EndUser != nil {
		conn.endUser = body.EndUser
	}
	if body.EndUser != nil || body.Tags != nil {
		if len(tags) > maxTags {
			return invalidBody("Tags cannot contain more than 10 keys")
		}
		conn.tags = tags
	}
	if body.Override != nil {
		conn.webhookOverride = strings.TrimSpace(*body.Override)
	}
	return ok(object{"success": true})
}

func deleteConnection(c *call) *response {
	conn := c.env.find(c.text("provider_config_key"), c.path["connectionId"])
	if conn == nil {
		return fail(http.StatusBadRequest, "unknown_connection", "")
	}
	conn.delete()
	return ok(object{"success": true})
}
