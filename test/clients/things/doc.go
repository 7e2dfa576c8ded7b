// Package things is a client that oapi-codegen has made of things.yaml, with its defaults.
package things

//go:generate go -C ../../.. run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config test/clients/things/config.yaml test/clients/things/things.yaml
