// Package gen is api/openapi.yaml as Go: models, a client that builds and sends each request, and the table of
// operations with what OpenAPI alone cannot say (scopes, retry class, time class, kind of key).
//
// The files *.gen.go are made by "go generate ./..." and never edited. This file, operation.go (the types of the table),
// open_sets.go (types of values that may grow) and path.go (ids in paths) are written by hand.
//
// Package nango is what a program normally imports; it builds its requests with [Client] and reads [Operations].
// [ClientWithResponses] is the escape hatch for the rare call that nango does not cover. Made like this, it keeps
// authentication, retries and time limits:
//
//	responses := &gen.ClientWithResponses{ClientInterface: client.Generated()}
//
// Only the types that package nango aliases follow semantic versioning. All else here follows the document and may
// change in any release.
package gen
