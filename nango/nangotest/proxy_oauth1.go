package nangotest

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// consumer is the app that signs for the connection. The one of a TBA connection is its own.
func (p *proxied) consumer() (id, secret string, ok bool) {
	if p.credentialType() != "TBA" {
		id, secret = textOf(p.integration.app["client_id"]), textOf(p.integration.app["client_secret"])
		return id, secret, id != "" && secret != ""
	}
	id, secret = textOf(p.conn.config["oauth_client_id"]), textOf(p.conn.config["oauth_client_secret"])
	if own, ok := p.conn.credentials["config_override"].(object); ok {
		if v := textOf(own["client_id"]); v != "" {
			id = v
		}
		if v := textOf(own["client_secret"]); v != "" {
			secret = v
		}
	}
	return id, secret, true
}

// oauth1 is the Authorization of OAuth 1.0a, RFC 5849 §3, for a request without form parameters.
func (p *proxied) oauth1(target *url.URL, consumer, consumerSecret string) string {
	of := func(key string) string { return textOf(p.conn.credentials[key]) }
	token, tokenSecret, method, hashed := of("oauth_token"), of("oauth_token_secret"), p.template.signatureMethod, sha1.New
	realm := ""
	if p.credentialType() == "TBA" {
		token, tokenSecret, method, hashed = of("token_id"), of("token_secret"), "HMAC-SHA256", sha256.New
		realm = `realm="` + strings.ToUpper(strings.Replace(textOf(p.conn.config["accountId"]), "-", "_", 1)) + `", `
	}
	parameters := map[string]string{
		"oauth_consumer_key": consumer, "oauth_nonce": strings.ReplaceAll(uuid.NewString(), "-", ""), "oauth_signature_method": method,
		"oauth_timestamp": strconv.FormatInt(p.s.clock.Now().Unix(), 10), "oauth_token": token, "oauth_version": "1.0",
	}
	parameters["oauth_signature"] = sign(hashed, consumerSecret, tokenSecret, p.r.Method, target, parameters)
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		parts = append(parts, key+`="`+percent(parameters[key])+`"`)
	}
	return "OAuth " + realm + strings.Join(parts, ", ")
}

func sign(hashed func() hash.Hash, consumerSecret, tokenSecret, method string, target *url.URL, parameters map[string]string) string {
	var pairs []string
	for key, value := range parameters {
		pairs = append(pairs, percent(key)+"="+percent(value))
	}
	if query := canonicalQuery(target.RawQuery); query != "" {
		pairs = append(pairs, strings.Split(query, "&")...)
	}
	slices.Sort(pairs)
	base := target.Scheme + "://" + target.Host + target.Opaque
	mac := hmac.New(hashed, []byte(percent(consumerSecret)+"&"+percent(tokenSecret)))
	mac.Write([]byte(method + "&" + percent(base) + "&" + percent(strings.Join(pairs, "&"))))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percent encodes all but letters, digits and -._~.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
