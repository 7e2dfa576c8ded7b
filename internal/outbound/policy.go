// Package outbound is how the server makes requests to hosts outside of Nango: where it may send them, how it follows redirects,
// and how it names what fails.
package outbound

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// ErrNotAllowed means that the policy does not allow a URL, or that the URL's host does not resolve: the server makes no
// difference.
var ErrNotAllowed = errors.New("this outbound URL is not allowed by server configuration")

var (
	sharedRange = netip.MustParsePrefix("100.64.0.0/10")
	thisNetwork = netip.MustParsePrefix("0.0.0.0/8")
)

// Local reports whether a host, which is a name or an address, is the server's own machine or on its link. Webhooks may not go there,
// and may go to private networks, as recorded.
func Local(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && isLocal(ip.Unmap())
}

func isLocal(ip netip.Addr) bool {
	return ip.IsLoopback() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()
}

// Forbidden reports whether proxied requests may not go to a host: a local one, or one in a private network.
func Forbidden(host string) bool {
	ip, err := netip.ParseAddr(strings.ToLower(host))
	if err != nil {
		return Local(host)
	}
	ip = ip.Unmap()
	return isLocal(ip) || ip.IsPrivate() || sharedRange.Contains(ip) || thisNetwork.Contains(ip)
}

// Address returns the host and port of a URL.
func Address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
