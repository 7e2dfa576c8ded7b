package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

// api looks at who responds under the base URL. The first call is one that every key of an environment may make.
func (r *run) api(ctx context.Context) finding {
	sent := time.Now()
	first, err := r.send(ctx, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetProvider(ctx, "github", nil)
	})
	if err != nil {
		return finding{Fail, "the server does not respond: " + reason(err), "check the host, the port and the network between here and there"}
	}
	r.first, r.skew = first, skewOf(first.header, sent, time.Now())
	switch {
	case first.status >= 300 && first.status < 400:
		return finding{Fail, fmt.Sprintf("the base URL redirects (%d)%s, and the client does not follow", first.status, hostOf(first.header)),
			"use the URL that it redirects to, or the API's own URL if that is a page to sign in"}
	case first.isPage():
		return pageFound(first)
	case first.code == "generic_error_support":
		return finding{Fail, fmt.Sprintf("the server failed (%d generic_error_support), as it does for a path that it does not have", first.status),
			"look at the path of the base URL, and then at the server's logs"}
	case firstCodes[first.code] || first.status == http.StatusOK && isProvider(first.body):
		return finding{Pass, fmt.Sprintf("Nango's API responds (%d)", first.status), ""}
	case first.status >= 500 && first.code == "":
		return finding{Fail, fmt.Sprintf("a gateway in front of Nango responds with %d", first.status), "look at the health of the server behind the gateway"}
	case first.status == http.StatusUnauthorized || first.status == http.StatusForbidden:
		return finding{Fail, fmt.Sprintf("something in front of Nango refuses the request (%d), and not Nango", first.status),
			"let the gateway pass requests that have an API key in the header Authorization"}
	case first.code != "":
		return finding{Warn, fmt.Sprintf("the response (%d %s) is none that Nango's API is known to send here", first.status, first.code),
			"check that the base URL leads to Nango"}
	}
	return finding{Fail, fmt.Sprintf("the response (%d) is not one of Nango's API", first.status), "check the host and the path of the base URL"}
}

// firstCodes are the codes with which Nango's API responds to the first call.
var firstCodes = map[string]bool{
	"missing_auth_header": true, "malformed_auth_header": true, "invalid_secret_key_format": true, "unknown_account": true,
	"forbidden": true, "unknown_provider": true, "not_found": true, "too_many_request": true, "server_error": true,
}

// pageFound tells the dashboard from a page to sign in.
func pageFound(first *response) finding {
	text := bytes.ToLower(first.body)
	has := func(parts ...string) bool {
		for _, part := range parts {
			if bytes.Contains(text, []byte(part)) {
				return true
			}
		}
		return false
	}
	switch {
	case has("<title>nango"):
		return finding{Fail, "the base URL leads to Nango's dashboard and not to the API", "use the URL of the API, which is https://api.nango.dev, or port 3003 of a server of your own"}
	case has(`type="password"`, `type='password'`, "sign in", "log in", "signin", "login"):
		return finding{Fail, fmt.Sprintf("the response (%d) is a page to sign in", first.status), "use a URL of the API that is not behind a sign-in, or let the gateway pass requests with an API key"}
	}
	return finding{Fail, fmt.Sprintf("the response (%d) is a page of HTML and not one of the API", first.status),
		"check the host and the path of the base URL: the API of Nango Cloud is https://api.nango.dev"}
}

// isProvider reports whether a body is that of GET /providers/{provider}.
func isProvider(body []byte) bool {
	var provider struct {
		Data struct {
			AuthMode string `json:"auth_mode"`
		} `json:"data"`
	}
	return json.Unmarshal(body, &provider) == nil && provider.Data.AuthMode != ""
}

// hostOf names the host that a redirect leads to. The rest of the URL may hold a token.
func hostOf(header http.Header) string {
	if to, err := url.Parse(header.Get("Location")); err == nil && to.Host != "" {
		return " to the host " + to.Host
	}
	return ""
}

// keyAccepted says of which kind the key is. No call names the environment of a key, so its integrations must do.
func (r *run) keyAccepted(ctx context.Context) finding {
	switch first := r.first; {
	case first.status == http.StatusUnauthorized:
		return finding{Fail, "the server refuses the key (401 " + first.code + ")", refusedKey(first.code)}
	case first.status == http.StatusForbidden:
		return r.accountKey(ctx)
	case first.status == http.StatusTooManyRequests:
		return finding{Inconclusive, "the account has made too many requests in this minute (429)", "run the checks again in a minute"}
	case first.status != http.StatusOK && first.status != http.StatusNotFound: // a catalogue of one's own may lack the provider
		return finding{Inconclusive, fmt.Sprintf("the server does not say whether it accepts the key (%d %s)", first.status, first.code),
			"run the checks again, and look at the server's logs if it stays"}
	}
	listed, err := r.client.Integrations.List(ctx)
	switch {
	case errors.Is(err, nango.ErrForbidden):
		return finding{Pass, "the server accepts the key, which belongs to one environment", ""}
	case err != nil:
		return finding{Inconclusive, "the integrations of the key's environment cannot be listed: " + failure(err), "look at the server's logs, and at what is in front of it"}
	}
	var ids []string
	for _, integration := range listed {
		ids = append(ids, integration.IntegrationID)
	}
	return finding{Pass, "the server accepts the key, which belongs to one environment: the one with " + count("integration", ids), ""}
}

// refusedKey says what to do about a 401.
func refusedKey(code string) string {
	switch code {
	case "unknown_account":
		return "take the key from the environment's settings in the dashboard of this very server: the key was deleted, or is one of another server"
	case "missing_auth_header":
		return "let the gateway in front of the server pass the header Authorization, which it removes"
	case "invalid_secret_key_format":
		return "use the whole API key, which is a UUID; the server refuses a token, a public key and a part of a key"
	}
	return "compare the key with the environment's settings in the dashboard"
}

// accountKey is what is left if the key is known and belongs to no single environment.
func (r *run) accountKey(ctx context.Context) finding {
	r.account = true
	seen := "the server accepts the key, which is one of the account and not of an environment"
	if listed, err := r.client.Account.ListEnvironments(ctx, nil); err == nil {
		var names []string
		for _, environment := range listed {
			names = append(names, environment.Name)
		}
		seen += "; the account has " + count("environment", names)
	}
	return finding{Warn, seen, "use a key of the environment for everything but client.Account"}
}

// count says how many things there are, and names the first of them.
func count(noun string, names []string) string {
	const shown = 5
	text := strconv.Itoa(len(names)) + " " + noun
	if len(names) != 1 {
		text += "s"
	}
	if len(names) == 0 {
		return text
	}
	more := ""
	if len(names) > shown {
		more = ", …"
	}
	return text + " (" + strings.Join(names[:min(len(names), shown)], ", ") + more + ")"
}

const tooMany = "find out which program makes so many requests, or ask for a higher limit, and run the checks again in a minute"

// rateLimit looks at the headers of the first response. It also decides whether there is room for many requests.
func (r *run) rateLimit(context.Context) finding {
	switch r.first.status {
	case http.StatusUnauthorized:
		return finding{Skipped, "the server refuses the key before it looks at the limit", "look at the check key first"}
	case http.StatusTooManyRequests:
		return finding{Fail, "the account has made more requests in this minute than it may (429)", tooMany}
	}
	limit, err := strconv.Atoi(r.first.header.Get("X-RateLimit-Limit"))
	left, err2 := strconv.Atoi(r.first.header.Get("X-RateLimit-Remaining"))
	if errors.Join(err, err2) != nil {
		return finding{Inconclusive, "the response has no headers of a rate limit, as on a server without one, or behind a gateway that removes them",
			"nothing, if the server is your own and has no limit"}
	}
	seen := fmt.Sprintf("%d of %d requests are left to the account in this minute", left, limit)
	needed := len(r.wanted()) + 4
	if left < needed {
		r.scarce = fmt.Sprintf("%s, and it needs a part of about %d", seen, needed)
		return finding{Warn, seen, tooMany}
	}
	r.room = left - needed
	if left < limit/5 {
		return finding{Warn, seen, "find out which program makes so many requests: the account shares one limit among its keys and environments"}
	}
	return finding{Pass, seen, ""}
}
