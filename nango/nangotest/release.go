package nangotest

import (
	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/release"
	"github.com/nango-go/sdk/internal/route"
)

// RecordedRelease is the build of the server that this package was compared with: of 2026-08-21, between the releases 0.71.4 and
// 0.71.5.
const RecordedRelease = release.Recorded

// oldestRelease is the first release after the recorded build.
const oldestRelease = "0.71.5"

// SetRelease makes the server behave as a release of Nango: "0.71.5" to "0.71.10", or [RecordedRelease]. A new server is 0.71.10.
// The release decides
//
//   - which endpoints there are: from 0.71.6 on those of the account take UUIDs, before they take numbers,
//   - whether a success of the proxy keeps the provider's headers (from 0.71.7 on),
//   - whether PROPFIND and REPORT reach the provider with their bodies (from 0.71.10 on),
//   - whether the webhook about a deletion is sent (from 0.71.6 on, in environments that were added at such a release),
//   - whether functions can be invoked (from 0.71.5 on).
//
// The first call counts for the environments that are there. A later one is an upgrade, which leaves their settings as they are.
// docs/compatibility.md of this module has a table. SetRelease panics for any other release.
func (s *Server) SetRelease(version string) {
	known := release.Valid(version) && release.Compare(version, oldestRelease) >= 0 && release.Compare(version, gen.Release) <= 0
	if !known && version != RecordedRelease {
		misuse("SetRelease: %q is none of the releases %s to %s, and not RecordedRelease", version, oldestRelease, gen.Release)
	}
	var served []gen.Operation
	for _, op := range gen.Operations {
		// The proxy hands any method on.
		if op.Proxied || (release.Span{Since: op.Since, Until: op.Until, Declared: op.Declared}).Has(version) {
			served = append(served, op)
		}
	}
	routes := route.New(served)
	s.locked(func() {
		for _, e := range s.environments {
			if !s.released { // what New has added counts as added at this release
				e.webhooks.settings.NoAuthDeletion = release.Compare(version, deletionsSince) < 0
			}
		}
		s.released = len(s.environments) > 0
		s.release, s.routes = version, routes
	})
}

// deletionsSince is the first release that sends the webhook about a deletion.
const deletionsSince = "0.71.6"

// from reports whether the server is of a release or of a newer one. It is called with the state locked.
func (s *Server) from(version string) bool { return release.Compare(s.release, version) >= 0 }
