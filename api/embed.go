// Package api holds the OpenAPI document that this module is built from.
//
// Tests and tools read it from here. The SDK itself never imports this package, so that no program that uses the SDK
// carries the document.
package api

import _ "embed"

// Document is openapi.yaml, byte for byte: OpenAPI 3.0.3, every operation of the SDK, the proxy, and the payloads of the
// webhooks as schemas.
//
//go:embed openapi.yaml
var Document []byte
