package nangotest

import "time"

// Delays are how long the server takes for what it does in the background. A server begins with the zero value, which means no
// time: a connection has its syncs at once, and an asynchronous action starts when the one before it has ended.
//
// A program that relies on that passes its tests and fails in production. Run its tests with [LiveDelays] too.
type Delays struct {
	// Syncs is how long a connection that is new has no syncs: one that the program imports, or that a customer makes
	// ([Environment.Authorize]). Until then commands to them fail with 400 no_syncs_found, and their status is an empty list, though
	// the webhook about the connection is sent already. What [Environment.AddConnection] adds has its syncs at once.
	Syncs time.Duration
	// AsyncActions is how long each attempt of an asynchronous action waits before it starts, besides waiting for those before it.
	AsyncActions time.Duration
}

// LiveDelays returns the longest delays that were measured on a real server: 0.95 seconds for the syncs of a new connection (the
// shortest was 0.1 seconds), and 10 seconds for the start of an asynchronous action (ten actions of 0.5 seconds took 82 seconds).
func LiveDelays() Delays {
	return Delays{Syncs: 950 * time.Millisecond, AsyncActions: 10 * time.Second}
}

// SetDelays sets how slow the server is from now on, by its clock. The zero value means no delays. It panics for negative delays.
func (s *Server) SetDelays(d Delays) {
	notNegative("SetDelays: Syncs", d.Syncs)
	notNegative("SetDelays: AsyncActions", d.AsyncActions)
	s.locked(func() { s.delays = d })
}
