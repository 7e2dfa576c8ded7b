package gen

import (
	"errors"

	"github.com/nango-go/sdk/internal/dotpath"
)

// PathID is an id that stands in the path of a request.
type PathID string

// String returns the id, or "…" for one that is refused: the runtime shows it in its error.
func (id PathID) String() string {
	if dotpath.IDFault(string(id)) != "" {
		return "…"
	}
	return string(id)
}

// ErrPathID is the error of a request whose path would hold an id that leads to another endpoint: an empty one, and
// one with a dot segment. Dots are resolved when the URL is built, and
// gateways that decode a path before they pass it on find those that are percent-encoded.
var ErrPathID = errors.New("an id is empty, or " + dotpath.Reason)

// MarshalText returns the id as it is, or ErrPathID.
func (id PathID) MarshalText() ([]byte, error) {
	if dotpath.IDFault(string(id)) != "" {
		return nil, ErrPathID
	}
	return []byte(id), nil
}
