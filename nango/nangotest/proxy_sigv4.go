package nangotest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// sigV4 signs a request to AWS with all its headers, which it adds to: AWS Signature Version 4. A multipart body is not hashed.
func (p *proxied) sigV4(target *url.URL, headers map[string]string, body []byte) {
	of := func(key string) string { return textOf(p.conn.credentials[key]) }
	now := p.s.clock.Now().Format("20060102T150405Z")
	hash := digest(body)
	if p.body != nil && strings.HasPrefix(p.body.contentType, multipartType) {
		if hash = digest(nil); of("service") == "s3" {
			hash = "UNSIGNED-PAYLOAD"
		}
	}
	maps.Copy(headers, map[string]string{"host": target.Host, "x-amz-date": now, "x-amz-content-sha256": hash})
	if token := of("session_token"); token != "" {
		headers["x-amz-security-token"] = token
	}
	delete(headers, "authorization")

	names := slices.Sorted(maps.Keys(headers))
	var canonical strings.Builder
	for _, name := range names {
		canonical.WriteString(name + ":" + strings.Join(strings.Fields(headers[name]), " ") + "\n")
	}
	path := target.Opaque
	if of("service") != "s3" {
		path = strings.ReplaceAll(percent(path), "%2F", "/") // encoded twice, but for S3
	}
	signed := strings.Join(names, ";")
	request := strings.Join([]string{p.r.Method, path, canonicalQuery(target.RawQuery), canonical.String(), signed, hash}, "\n")
	scope := now[:8] + "/" + of("region") + "/" + of("service") + "/aws4_request"
	key := []byte("AWS4" + of("secret_access_key"))
	for part := range strings.SplitSeq(scope, "/") {
		key = keyed(key, part)
	}
	signature := keyed(key, "AWS4-HMAC-SHA256\n"+now+"\n"+scope+"\n"+digest([]byte(request)))
	headers["authorization"] = "AWS4-HMAC-SHA256 Credential=" + of("access_key_id") + "/" + scope + ", SignedHeaders=" + signed +
		", Signature=" + hex.EncodeToString(signature)
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// canonicalQuery is a query encoded anew and sorted.
func canonicalQuery(raw string) string {
	var pairs []string
	for part := range strings.SplitSeq(raw, "&") {
		if key, value, _ := strings.Cut(part, "="); part != "" {
			pairs = append(pairs, percent(unescape(key))+"="+percent(unescape(value)))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}
