package nangotest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

var secret = nango.NewSecret

// sealed keeps JSON as credentials keep it.
func sealed(t *testing.T, text string) (s nango.SecretJSON) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	return s
}

// revealed is what credentials hold, all of it, so that they can be compared and a difference can be read.
func revealed(c nango.Credentials) any {
	switch c := c.(type) {
	case *nango.OAuth2Credentials:
		return []any{
			c.AccessToken.Reveal(), c.RefreshToken.Reveal(), c.ExpiresAt, string(c.Raw.Reveal()), override(c.ConfigOverride),
		}
	case *nango.OAuth1Credentials:
		return []any{c.Token.Reveal(), c.TokenSecret.Reveal(), string(c.Raw.Reveal())}
	case *nango.OAuth2CCCredentials:
		return []any{
			c.Token.Reveal(), c.ClientID, c.ClientSecret.Reveal(), c.ClientCertificate.Reveal(), c.ClientPrivateKey.Reveal(), c.ExpiresAt,
			string(c.Raw.Reveal()),
		}
	case *nango.BasicCredentials:
		return []any{c.Username.Reveal(), c.Password.Reveal()}
	case *nango.APIKeyCredentials:
		return []any{c.APIKey.Reveal()}
	case *nango.AppCredentials:
		return []any{c.AccessToken.Reveal(), c.ExpiresAt, c.JWT.Reveal(), string(c.Raw.Reveal())}
	case *nango.CustomCredentials:
		return []any{revealed(c.App), revealed(c.User), string(c.Raw.Reveal())}
	case *nango.TBACredentials:
		return []any{c.TokenID.Reveal(), c.TokenSecret.Reveal(), override(c.ConfigOverride)}
	case *nango.JWTCredentials:
		return []any{c.Token.Reveal(), c.ExpiresAt, without(c.Fields, "type", "token", "expires_at")}
	case *nango.BillCredentials:
		return []any{
			c.Username.Reveal(), c.Password.Reveal(), c.OrganizationID.Reveal(), c.DevKey.Reveal(), c.SessionID.Reveal(), c.UserID.Reveal(),
			c.ExpiresAt, string(c.Raw.Reveal()),
		}
	case *nango.TwoStepCredentials:
		return []any{
			c.Token.Reveal(), c.RefreshToken.Reveal(), c.ExpiresAt, string(c.Raw.Reveal()),
			without(c.Fields, "type", "token", "expires_at", "raw", "refresh_token"),
		}
	case *nango.SignatureCredentials:
		return []any{c.Username.Reveal(), c.Password.Reveal(), c.Token.Reveal(), c.ExpiresAt}
	case *nango.AWSSigV4Credentials:
		return []any{
			c.RoleARN.Reveal(), c.Region, c.Service, c.AccessKeyID.Reveal(), c.SecretAccessKey.Reveal(), c.SessionToken.Reveal(),
			c.ExternalID.Reveal(), c.ExpiresAt, string(c.Raw.Reveal()),
		}
	case *nango.UnknownCredentials:
		return []any{c.TypeName, string(c.Raw.Reveal())}
	}
	return nil
}

func override(o *nango.CredentialsOverride) any {
	if o == nil {
		return nil
	}
	return []any{o.ClientID, o.ClientSecret.Reveal()}
}

func without(fields nango.SecretJSON, keys ...string) any {
	var found map[string]any
	if json.Unmarshal(fields.Reveal(), &found) != nil {
		return nil
	}
	for _, key := range keys {
		delete(found, key)
	}
	return found
}

func TestCredentialsOfEveryKind(t *testing.T) {
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	raw := sealed(t, `{"scope":"a"}`)
	app := &nango.AppCredentials{AccessToken: secret("a"), ExpiresAt: expires, JWT: secret("j"), Raw: raw}
	own := &nango.CredentialsOverride{ClientID: "id", ClientSecret: secret("s")}
	for mode, credentials := range map[string]nango.Credentials{
		"OAUTH2":             &nango.OAuth2Credentials{AccessToken: secret("a"), RefreshToken: secret("r"), ExpiresAt: expires, ConfigOverride: own, Raw: raw},
		"MCP_OAUTH2":         &nango.OAuth2Credentials{AccessToken: secret("a"), Raw: raw},
		"MCP_OAUTH2_GENERIC": &nango.OAuth2Credentials{AccessToken: secret("b"), Raw: raw},
		"OAUTH1":             &nango.OAuth1Credentials{Token: secret("t"), TokenSecret: secret("s"), Raw: raw},
		"OAUTH2_CC": &nango.OAuth2CCCredentials{
			Token: secret("t"), ClientID: "id", ClientSecret: secret("s"), ClientCertificate: secret("c"), ClientPrivateKey: secret("k"),
			ExpiresAt: expires, Raw: raw,
		},
		"BASIC":          &nango.BasicCredentials{Username: secret("u"), Password: secret("p")},
		"INSTALL_PLUGIN": &nango.BasicCredentials{Username: secret("u")},
		"API_KEY":        &nango.APIKeyCredentials{APIKey: secret("k")},
		"APP":            app,
		"CUSTOM":         &nango.CustomCredentials{App: app, User: &nango.OAuth2Credentials{AccessToken: secret("u"), ExpiresAt: expires, Raw: raw}, Raw: raw},
		"TBA":            &nango.TBACredentials{TokenID: secret("i"), TokenSecret: secret("s"), ConfigOverride: own},
		"JWT":            &nango.JWTCredentials{Token: secret("t"), ExpiresAt: expires, Fields: sealed(t, `{"privateKey":{"id":"1"}}`)},
		"BILL": &nango.BillCredentials{
			Username: secret("u"), Password: secret("p"), OrganizationID: secret("o"), DevKey: secret("d"), SessionID: secret("s"),
			UserID: secret("1"), ExpiresAt: expires, Raw: raw,
		},
		"TWO_STEP": &nango.TwoStepCredentials{
			Token: secret("t"), RefreshToken: secret("r"), ExpiresAt: expires, Raw: raw, Fields: sealed(t, `{"tenant":"x"}`),
		},
		"SIGNATURE": &nango.SignatureCredentials{Username: secret("u"), Password: secret("p"), Token: secret("t"), ExpiresAt: expires},
		"AWS_SIGV4": &nango.AWSSigV4Credentials{
			RoleARN: secret("arn"), Region: "r", Service: "s3", AccessKeyID: secret("k"), SecretAccessKey: secret("s"),
			SessionToken: secret("t"), ExternalID: secret("e"), ExpiresAt: expires, Raw: raw,
		},
		"NONE": nil,
	} {
		t.Run(mode, func(t *testing.T) {
			srv := nangotest.Start(t)
			srv.AddProvider(nangotest.Provider{Name: "acme", AuthMode: mode})
			srv.AddIntegration(nangotest.Integration{ID: "acme", Provider: "acme"})
			seeded := srv.AddConnection(nangotest.Connection{IntegrationID: "acme", ConnectionID: "c", Credentials: credentials})
			assert.Equal(t, revealed(credentials), revealed(seeded.Credentials()))

			conn, err := srv.Client().Connection("acme", "c").Get(t.Context(), &nango.GetConnectionParams{IncludeRefreshToken: true})
			require.NoError(t, err)
			assert.IsType(t, credentials, conn.Credentials)
			assert.Equal(t, revealed(credentials), revealed(conn.Credentials))
		})
	}
}

func TestCredentialsOfATypeToCome(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "i"})
	text := `{"type":"PASSKEY","raw":{"refreshToken":"x","kept":[{"refresh_token":1,"a":2}]}}`
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "i", ConnectionID: "c", Credentials: &nango.UnknownCredentials{TypeName: "PASSKEY", Raw: sealed(t, text)},
	})
	for ask, want := range map[*nango.GetConnectionParams]string{
		nil:                         `{"type":"PASSKEY","raw":{"kept":[{"a":2}]}}`,
		{IncludeRefreshToken: true}: text,
	} {
		conn, err := srv.Client().Connection("i", "c").Get(t.Context(), ask)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(conn.Credentials.(*nango.UnknownCredentials).Raw.Reveal()))
	}
}

// Credentials that nobody cares about are made up, of the kind that the auth mode asks for.
func TestCredentialsMadeUp(t *testing.T) {
	srv := nangotest.Start(t)
	for provider, want := range map[string]string{
		"github": "OAUTH2", "github-app": "APP", "github-app-oauth": "APP", "twitter": "OAUTH1", "halo-psa": "OAUTH2_CC",
		"private-api-basic": "BASIC", "private-api-bearer": "API_KEY", "netsuite-tba": "TBA", "ghost-admin": "JWT", "bill": "BILL",
		"drupal": "TWO_STEP", "emarsys": "SIGNATURE", "aws-sigv4": "AWS_SIGV4", "notion-mcp": "OAUTH2", "mcp-generic": "OAUTH2",
		"crisp-plugin-install": "BASIC",
	} {
		srv.AddIntegration(nangotest.Integration{Provider: provider})
		made := srv.AddConnection(nangotest.Connection{IntegrationID: provider})
		conn, err := srv.Client().Connection(provider, made.ConnectionID()).Get(t.Context(), nil)
		require.NoError(t, err, provider)
		assert.Equal(t, want, conn.Credentials.Type(), provider)
	}
}
