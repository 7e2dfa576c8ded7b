package nango

import (
	"net/url"
	"strings"

	"github.com/nango-go/sdk/internal/dotpath"
	"github.com/nango-go/sdk/internal/percent"
)

// destination is where Nango sends a request.
type destination struct {
	override string // the base URL that Nango is told; empty for that of the definition
	path     string // the escaped path and query behind the base URL
}

// destination decides where a URL of the caller goes. It refuses hosts that must not get the customer's credential.
func (t *transport) destination(u *url.URL, api *definition) (destination, error) {
	path, err := escapedPath(u, api)
	if err != nil {
		return destination{}, err
	}
	where, base := origin(u), t.base
	if base == nil {
		base = api.base
	}
	switch {
	case t.extra[where]:
		return destination{where, path}, nil
	case base == nil:
		return destination{}, &ArgumentError{Name: "ProviderURL", Reason: "is missing, since the provider's definition " + api.noBase}
	case where != origin(base):
		return destination{}, &ArgumentError{Name: "request URL", Reason: "is not on " + origin(base) +
			", where the provider's API is, and its scheme and host are neither in ExtraHosts nor in DirectHosts"}
	}
	rest, below := strings.CutPrefix(path, base.EscapedPath())
	switch {
	// Nango joins the base URL and the path with exactly one slash. So what adds nothing to the base URL, or a slash
	// alone, arrives unchanged only behind an override without a path.
	case base.Path != "" && (!below || len(rest) < 2 || rest[0] != '/' || rest[1] == '/'):
		return destination{where, path}, nil
	case api.base == nil || base.String() != api.base.String():
		return destination{base.String(), rest}, nil
	}
	return destination{"", rest}, nil
}

// escapedPath returns the path and the query of a URL in a form in which they reach the provider unchanged.
func escapedPath(u *url.URL, api *definition) (string, error) {
	refuse := func(reason string) (string, error) { return "", &ArgumentError{Name: "request URL", Reason: reason} }
	path := u.EscapedPath()
	switch {
	case dotpath.Has(path):
		return refuse(dotpath.Reason)
	case percent.Loose(path):
		return refuse("has a path that " + notUTF8)
	case strings.HasPrefix(path, "//"):
		return refuse(`has a path that begins with "//", of which Nango makes one slash`)
	case (api.headed || api.fillsQuery) && !api.guessed && percent.Loose(u.RawQuery):
		return refuse("has a query that " + notUTF8)
	}
	path = "/" + escapeUnsafe(strings.TrimPrefix(path, "/"), "$") // without braces it begins no placeholder
	if u.RawQuery != "" {
		path += "?" + escapeUnsafe(u.RawQuery, "$?")
	}
	return path, nil
}
