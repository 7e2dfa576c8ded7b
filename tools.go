//go:build tools

// This file pins the programs that go generate and make check run, so that go.mod holds their versions.
package sdk

import (
	_ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
	_ "honnef.co/go/tools/cmd/staticcheck"
)
