package nangotest

import (
	"maps"
	"regexp"
	"strings"
)

// EndUser is the customer that a connection belongs to, as older integrations describe it.
type EndUser struct {
	// ID is the customer's id in the program under test.
	ID string
	// Email and DisplayName may be empty.
	Email, DisplayName string
	// Tags become tags of the connection, as does all the rest.
	Tags map[string]string
	// OrganizationID and OrganizationName are the customer's organization, if the id is not empty.
	OrganizationID, OrganizationName string
}

// endUser is the customer as older integrations describe it. A nil one is nobody.
type endUser struct {
	ID           string            `json:"id"`
	Email        string            `json:"email"`
	DisplayName  string            `json:"display_name"`
	Tags         map[string]string `json:"tags"`
	organization *organization
}

type organization struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
}

func newEndUser(seed *EndUser) *endUser {
	if seed == nil {
		return nil
	}
	u := &endUser{ID: seed.ID, Email: seed.Email, DisplayName: seed.DisplayName, Tags: maps.Clone(seed.Tags)}
	if seed.OrganizationID != "" {
		u.organization = &organization{seed.OrganizationID, seed.OrganizationName}
	}
	return u
}

func (u *endUser) view() any {
	if u == nil {
		return nil
	}
	view := object{"id": u.ID, "display_name": orNull(u.DisplayName), "email": orNull(u.Email), "tags": nil, "organization": nil}
	if u.Tags != nil {
		view["tags"] = u.Tags
	}
	if u.organization != nil {
		view["organization"] = object{"id": u.organization.ID, "display_name": orNull(u.organization.DisplayName)}
	}
	return view
}

const (
	maxTags     = 10
	maxTagKey   = 64
	maxTagValue = 255
)

var tagKey = regexp.MustCompile(`^[a-z][a-z0-9_\-./]*$`)

// derivedTags are the tags that the server makes of an end user. The user's own tags are left out as a whole where there would
// be more than ten.
func (u *endUser) derivedTags() map[string]string {
	tags := map[string]string{}
	if u == nil {
		return tags
	}
	base := map[string]string{"end_user_id": u.ID, "end_user_email": u.Email, "end_user_display_name": u.DisplayName}
	if u.organization != nil {
		base["organization_id"], base["organization_display_name"] = u.organization.ID, u.organization.DisplayName
	}
	for key, value := range base {
		if value != "" {
			tags[key] = truncated(value, maxTagValue)
		}
	}
	own := maps.Clone(tags)
	for key, value := range u.Tags {
		if key = truncated(strings.ToLower(key), maxTagKey); tagKey.MatchString(key) {
			own[key] = truncated(value, maxTagValue)
		}
	}
	if len(own) > maxTags {
		return tags
	}
	return own
}
