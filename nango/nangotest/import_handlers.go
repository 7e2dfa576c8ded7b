package nangotest

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/internal/credential"
	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/outbound"
	"github.com/nango-go/sdk/internal/reqschema"
)

// importBody is the body of an import. The credentials are of the form that the type of them has.
type importBody struct {
	IntegrationID string            `json:"provider_config_key"`
	ConnectionID  string            `json:"connection_id"`
	Credentials   object            `json:"credentials"`
	Metadata      json.RawMessage   `json:"metadata"`
	Config        object            `json:"connection_config"`
	Override      *string           `json:"webhook_url_override"`
	Tags          map[string]string `json:"tags"`
	EndUser       *endUser          `json:"end_user"`
}

func importConnection(c *call) *response {
	var body importBody
	c.into(&body)
	i := c.env.integration(body.IntegrationID)
	if i == nil {
		return fail(http.StatusNotFound, "not_found", "Integration does not exist")
	}
	kind := textOf(body.Credentials["type"])
	if kind != i.provider.authMode {
		return invalidBody(fmt.Sprintf("Provider %s does not support %s auth", i.provider.authMode, kind))
	}
	if account := body.Config["accountId"]; kind == "TBA" && (account == nil || account == "") {
		return invalidBody("Missing accountId in connection_config. This is required to create a TBA connection.")
	}
	credentials, a := c.imported(i, body.Credentials, body.Config)
	if a != nil {
		return a
	}
	if _, named := c.body.(object)["connection_id"]; !named {
		body.ConnectionID = uuid.NewString()
	}
	conn := c.env.storeImport(i, body, credentials)
	if body.EndUser != nil {
		conn.endUser = body.EndUser
	}
	view := conn.full(zulu, conn.credentials)
	return jsonResponse(http.StatusCreated, view)
}

// imported makes the credentials that are stored of those in an import.
func (c *call) imported(i *integration, given, config object) (object, *response) {
	credentials := clone(given)
	switch given["type"] {
	case "NONE":
		return object{}, nil
	case "APP", "CUSTOM":
		if !signs(textOf(i.app["private_key"])) {
			return nil, fail(http.StatusInternalServerError, "server_error", "Failed to create the app's token")
		}
		return installation(c.now, c.s.serial("installation")), nil
	case "OAUTH2", "OAUTH1", "OAUTH2_CC":
		if expires, given := credentials["expires_at"]; given {
			at, _ := js.Date(expires)
			credentials["expires_at"] = zulu(at)
		}
		credentials["raw"] = clone(credentials)
		return credentials, nil
	}
	if i.verify != nil {
		err := error(nil)
		c.s.outside(func() { err = i.verify(credential.Decode(credentials), clone(config)) })
		if err != nil {
			return nil, fail(http.StatusBadRequest, "connection_test_failed",
				"The given credentials were found to be invalid. Please check the credentials and try again.")
		}
	}
	return credentials, nil
}

// signs says that tokens can be signed with a key: PKCS#1, of 2048 bits at least.
func signs(key string) bool {
	block, _ := pem.Decode([]byte(key + "\n"))
	if block == nil {
		return false
	}
	parsed, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return err == nil && parsed.N.BitLen() >= 2048
}

// installation makes the credentials of an installed GitHub App.
func installation(now time.Time, number int64) object {
	token, expires := fmt.Sprintf("ghs_installation_%d", number), zulu(now.Add(tokenLifetime))
	return object{
		"type": "APP", "access_token": token, "expires_at": expires, "jwtToken": fmt.Sprintf("app-jwt-%d", number),
		"raw": object{
			"token": token, "expires_at": expires, "permissions": object{"contents": "read"}, "repository_selection": "all",
		},
	}
}

const webhookOverride = "webhook_url_override"

// notOutbound says that the outbound policy lets no webhook go to a URL.
func notOutbound(value any, path ...string) []reqschema.Item {
	u, err := url.Parse(strings.TrimSpace(textOf(value)))
	if err != nil {
		return nil // the schema's matter
	}
	if outbound.Local(u.Hostname()) {
		return []reqschema.Item{{Code: "custom", Message: "This webhook URL is not allowed.", Path: path}}
	}
	return nil
}

// checkWebhookURL says what is wrong with a webhook's URL that stands where no schema looks.
func checkWebhookURL(value any, path ...string) []reqschema.Item {
	items := reqschema.Lookup("updateConnection").CheckBody(object{webhookOverride: value}, true)
	for i := range items {
		items[i].Path = append(slices.Clone(path), items[i].Path[1:]...)
	}
	return append(items, notOutbound(value, path...)...)
}
