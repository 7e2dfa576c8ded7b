package doctor

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/nango-go/sdk/nango"
)

// baseURL looks at the text of the base URL.
func (r *run) baseURL(context.Context) finding {
	base, err := url.Parse(r.client.Generated().Server)
	if err != nil { // the client has parsed it already
		return finding{Fail, "the base URL is not a URL", "set it with nango.WithBaseURL"}
	}
	host, path := strings.ToLower(base.Hostname()), strings.Trim(base.Path, "/")
	switch {
	case host == "app.nango.dev" || host == "connect.nango.dev" || host == "nango.dev" || host == "www.nango.dev" || host == "docs.nango.dev":
		return finding{Fail, "the host of the base URL is " + host + ", which has pages for people and not the API", "use https://api.nango.dev"}
	case host == "api.nango.dev" && base.Scheme == "http":
		return finding{Fail, "the base URL of Nango Cloud begins with http://, so the key would travel unencrypted", "use https://api.nango.dev"}
	case host == "api.nango.dev" && path != "":
		return finding{Fail, "the base URL of Nango Cloud has a path, but the paths of its API have no prefix", "use https://api.nango.dev"}
	case path == "api/v1" || strings.HasSuffix(path, "/api/v1"):
		return finding{Fail, "the base URL ends with /api/v1, which is the API of the dashboard", "remove /api/v1 from the base URL"}
	case path == "proxy" || strings.HasSuffix(path, "/proxy"):
		return finding{Fail, "the base URL ends with /proxy, which the client adds itself", "remove /proxy from the base URL"}
	case base.Scheme == "http" && isPublic(host):
		return finding{Warn, "the base URL begins with http://, so the key travels unencrypted to " + host, "use https:// if the way to the server is not private"}
	case base.Port() == "3009":
		return finding{Warn, "the port of the base URL is 3009, where a server of your own has its connect UI by default", "use the port of the API, which is 3003 by default"}
	}
	return finding{Pass, "the base URL leads to " + base.Host, ""}
}

// isPublic reports whether a host can be reached from everywhere, as far as its name says.
func isPublic(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return !address.IsLoopback() && !address.IsPrivate() && !address.IsLinkLocalUnicast()
	}
	for _, private := range []string{".localhost", ".test", ".internal", ".local", ".lan", ".svc", ".home.arpa"} {
		if strings.HasSuffix(host, private) {
			return false
		}
	}
	return strings.Contains(host, ".") // a name of one word is one of the local network
}

var (
	keyFormat = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

	errCaptured = errors.New("doctor: the request was not sent")
)

const sessionPrefix = "nango_connect_session_"

// keyForm looks at the text of the key. The client does not show its key, so it is taken from a request that goes nowhere.
func (r *run) keyForm(ctx context.Context) finding {
	client, err := r.quiet(roundTripper(func(req *http.Request) (*http.Response, error) {
		r.key = nango.NewSecret(strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
		return nil, errCaptured
	}))
	if err == nil {
		_, _ = client.Integrations.List(ctx) // the error is errCaptured
	}
	switch key := r.key.Reveal(); {
	case key == "": // the context has ended
		return finding{Inconclusive, "the client made no request to take the key from", moreTime}
	case strings.HasPrefix(key, sessionPrefix):
		return finding{Fail, "the key is the token of a connect session, which is for a customer's browser", "use an API key of the environment's settings in the dashboard"}
	case !keyFormat.MatchString(key):
		return finding{Warn, "the key does not look like an API key, which is a UUID of version 4", "compare it with the environment's settings in the dashboard"}
	}
	return finding{Pass, "the key looks like an API key", ""}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// signingKey looks at the key that signs webhooks. Environments from before April 2026 sign with what was their API key then,
// until that is rotated.
func (r *run) signingKey(context.Context) finding {
	const where = "copy the webhook signing key from the environment's settings in the dashboard"
	key := r.params.SigningKey.Reveal()
	switch {
	case key == "" && r.params.WebhookURL != "":
		return finding{Fail, "there is a receiver of webhooks and no webhook signing key", where}
	case key == "":
		return finding{Skipped, "no webhook signing key was given", "give it with Params.SigningKey if your program receives webhooks"}
	case strings.TrimSpace(key) != key:
		return finding{Fail, "the webhook signing key begins or ends with white space, such as the line end of a file", "remove the white space"}
	case strings.EqualFold(key, r.key.Reveal()):
		return finding{Warn, "the webhook signing key is the API key, which is right only in an environment from before April 2026 whose signing key was never rotated", where}
	case !keyFormat.MatchString(key):
		return finding{Warn, "the webhook signing key does not look like one, which is a UUID of version 4", where}
	}
	return finding{Pass, "the webhook signing key is set and is not the API key", ""}
}
