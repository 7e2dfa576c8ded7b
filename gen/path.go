package gen

import (
	"errors"

	"github.com/nango-go/sdk/internal/dotpath"
)

// PathID is an id that stands in the path of a request.
type PathID string

// ErrPathID is the error of a request whose path would hold an id that leads to another endpoint: an empty one, and one
// with a segment of dots, as it stands or once it is decoded.
var ErrPathID = errors.New("an id that is empty or holds a segment of dots would lead to another endpoint")

// MarshalText returns the id as it is, or ErrPathID.
func (id PathID) MarshalText() ([]byte, error) {
	if id == "" || dotpath.Has(string(id)) {
		return nil, ErrPathID
	}
	return []byte(id), nil
}
