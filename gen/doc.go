// Package gen is api/openapi.yaml as Go: models, a client that builds and sends each request, and the table of
// operations with what OpenAPI alone cannot say (scopes, retry class, time class, kind of key).
//
// The files *.gen.go are made by "go generate ./..." and never edited. This file, operation.go (the types of the table) and
// path.go (ids in paths) are written by hand.
//
// Package nango is what a program normally imports; it builds its requests with [Client] and reads [Operations].
// [ClientWithResponses] is the escape hatch for the rare call that nango does not cover, reached through its Generated
// method so that authentication, retries and time limits still apply.
//
// Only the types that package nango aliases follow semantic versioning. All else here follows the document and may
// change in any release.
package gen
