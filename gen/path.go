package gen

import "errors"

// PathID is an id that stands in the path of a request.
type PathID string

// ErrPathID is the error of a request whose path would hold an id of "", "." or "..": it would be a request to another
// endpoint, since dots are resolved when the URL is built.
var ErrPathID = errors.New(`an id of "", "." or ".." would lead to another endpoint`)

// MarshalText returns the id as it is, or ErrPathID.
func (id PathID) MarshalText() ([]byte, error) {
	switch id {
	case "", ".", "..":
		return nil, ErrPathID
	}
	return []byte(id), nil
}
