// Package sdk is the root of the module and holds no code: import github.com/nango-go/sdk/nango. The two lines below
// make everything in gen and the requests of internal/reqschema from the document in api.
package sdk

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config gen/config.yaml api/openapi.yaml
//go:generate go run ./internal/opgen
