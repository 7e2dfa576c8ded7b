package nangotest

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/internal/js"
)

// importConnectionDeprecated takes the credentials at the top level of the body, whatever else is there, and answers with the
// whole body.
func importConnectionDeprecated(c *call) *answer {
	if c.body == nil {
		return broken()
	}
	given, _ := c.body.(object)
	integrationID := textOf(given["provider_config_key"])
	if integrationID == "" {
		return failWithPayload(http.StatusBadRequest, "missing_provider_config", "Missing param 'provider_config_key'.", object{})
	}
	if value, overridden := given[webhookOverride]; overridden {
		if items := checkWebhookURL(value); len(items) > 0 {
			return invalid("invalid_body", items)
		}
	}
	i := c.env.integration(integrationID)
	if i == nil {
		return failWithPayload(http.StatusBadRequest, "unknown_provider_config", "There is no Provider Configuration matching "+
			"this key. Please make sure this value exists in the Nango dashboard",
			object{"providerConfigKey": integrationID, "environmentName": c.env.name})
	}
	body := importBody{ConnectionID: textOf(given["connection_id"])}
	if metadata, isObject := given["metadata"].(object); isObject {
		body.Metadata = encode(metadata)
	}
	if body.Config, _ = given["connection_config"].(object); body.Config == nil {
		body.Config = object{}
	}
	override := textOf(given[webhookOverride])
	body.Override = &override
	credentials, a := c.importedDeprecated(i, given, body.Config)
	if a != nil {
		return a
	}
	if body.ConnectionID == "" {
		body.ConnectionID = uuid.NewString()
	}
	before := c.env.find(i.key, body.ConnectionID)
	if before != nil && body.Metadata == nil && !directModes[i.provider.authMode] {
		body.Metadata = before.metadata // other modes lose it
	}
	conn := c.store(i, body, credentials)
	if body.Metadata == nil && i.provider.authMode != "NONE" {
		conn.metadata = nil
	}
	echo := maps.Clone(given)
	echo["connection_id"] = body.ConnectionID
	return jsonAnswer(http.StatusCreated, echo)
}

// legacyField is a credential at the top level of the body, where it goes and the error where it is missing, if it has to be
// there.
type legacyField struct{ from, to, missing string }

// unforeseen is in place of an error's code where the server falls over what is missing.
const unforeseen = "unforeseen"

var legacyFields = map[string][]legacyField{
	"OAUTH2": {{"access_token", "access_token", unforeseen}, {"refresh_token", "refresh_token", ""}},
	"OAUTH2_CC": {
		{"access_token", "token", "missing_access_token"}, {"oauth_client_id_override", "client_id", ""},
		{"oauth_client_secret_override", "client_secret", ""},
	},
	"OAUTH1": {
		{"oauth_token", "oauth_token", "unhandled_missing_oauth_token"},
		{"oauth_token_secret", "oauth_token_secret", "unhandled_missing_oauth_token_secret"},
	},
	"BASIC":   {{"username", "username", "missing_basic_username"}, {"password", "password", ""}},
	"API_KEY": {{"api_key", "apiKey", "missing_api_key"}},
	"APP":     {{"app_id", "app_id", "missing_app_id"}, {"installation_id", "installation_id", "missing_installation_id"}},
	"TBA":     {{"token_id", "token_id", ""}, {"token_secret", "token_secret", ""}},
	"NONE":    {},
}

// importedDeprecated reads the credentials of the deprecated import. It can change the config.
func (c *call) importedDeprecated(i *integration, given, config object) (object, *answer) {
	mode := i.provider.authMode
	fields, importable := legacyFields[mode]
	if !importable {
		return nil, missing("unhandled_unknown_oauth_type", "")
	}
	credentials := object{"type": mode}
	for _, key := range always[mode] {
		credentials[key] = ""
	}
	for _, field := range fields {
		if value := given[field.from]; value != nil && value != "" {
			credentials[field.to] = value
		} else if field.missing == unforeseen {
			return nil, broken()
		} else if field.missing != "" {
			return nil, missing(field.missing, field.from)
		}
	}
	switch mode {
	case "NONE":
		return object{}, nil
	case "APP":
		clear(config)
		config["app_id"], config["installation_id"] = given["app_id"], given["installation_id"]
		return c.imported(i, credentials, config)
	case "TBA":
		credentials["config_override"] = legacyOverride(given)
		if given["connection_config"] == nil {
			return nil, broken()
		}
		if account := config["accountId"]; account == nil || account == "" {
			return nil, fail(http.StatusBadRequest, "missing_account_id",
				"Missing accountId in connection_config. This is required to create a TBA connection.")
		}
	case "OAUTH2", "OAUTH2_CC":
		expires, a := legacyExpiry(mode, given, c.now)
		if a != nil {
			return nil, a
		}
		if !expires.IsZero() {
			credentials["expires_at"] = zulu(expires)
		}
		if override := legacyOverride(given); mode == "OAUTH2" && len(override) > 0 {
			credentials["config_override"] = override
		}
		if scopes, isText := config["oauth_scopes_override"].(string); isText {
			config["oauth_scopes_override"] = toJSON(strings.Split(scopes, ","))
		}
	}
	if withRaw[mode] {
		raw, isObject := given["raw"].(object)
		if !isObject {
			raw = given
		}
		credentials["raw"] = clone(raw)
	}
	return credentials, nil
}

// missing answers that a parameter is missing. What the server's list of errors does not know becomes a 500.
func missing(code, name string) *answer {
	status := http.StatusBadRequest
	if strings.HasPrefix(code, "unhandled_") {
		status = http.StatusInternalServerError
	}
	return failWithPayload(status, code, "Missing param '"+name+"'.", object{})
}

func legacyOverride(given object) object {
	override := object{}
	if id := given["oauth_client_id_override"]; id != nil {
		override["client_id"] = id
	}
	if secret := given["oauth_client_secret_override"]; secret != nil {
		override["client_secret"] = secret
	}
	return override
}

// legacyExpiry reads when an OAuth2 token expires, which has to be said.
func legacyExpiry(mode string, given object, now time.Time) (time.Time, *answer) {
	at, in := given["expires_at"], given["expires_in"]
	if at == nil && (in == nil || mode == "OAUTH2_CC") {
		if mode == "OAUTH2" && given["no_expiration"] != true {
			return time.Time{}, failWithPayload(http.StatusBadRequest, "missing_expires_at", "Importing an OAuth2 token requires the "+
				"'expires_at' parameter. If the token doesn't expire pass in the 'no_expiration' parameter", object{})
		}
		return time.Time{}, nil
	}
	if at != nil {
		if expires, isDate := js.Date(at); isDate {
			return expires, nil
		}
	} else if ms, isNumber := js.Date(in); isNumber {
		return now.Add(time.Duration(ms.UnixMilli()) * time.Second), nil
	}
	return time.Time{}, failWithPayload(http.StatusBadRequest, "invalid_expires_at",
		"The provided 'expires_at' parameter is invalid. It should be a valid date", object{})
}
