// Package recordings holds exchanges with a real Nango 0.71.4 server and webhooks that it sent, one JSON file each: the
// tests' judge.
package recordings

import "embed"

// FS holds the recordings as <area>/<name>.json.
//
//go:embed */*.json
var FS embed.FS
