package nango_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// A deletion whose first attempt broke off, and whose second finds nothing, has been done.
func TestDeletionsAreRepeated(t *testing.T) {
	variant := nango.SyncRef{Name: "fetch-items", Variant: "v-one"}
	byUUID := map[string]string{ // the recorded build had numbers
		"environment/delete-again-404": "/environments/" + environmentUUID,
		"api-keys/delete-again":        "/environments/" + environmentUUID + "/api-keys/" + keyUUID,
	}
	for gone, call := range map[string]func(context.Context, *nango.Client) error{
		"integrations/delete-again-404": func(ctx context.Context, c *nango.Client) error { return c.Integrations.Delete(ctx, "tw-renamed") },
		"environment/delete-again-404": func(ctx context.Context, c *nango.Client) error {
			return c.Account.DeleteEnvironment(ctx, environmentUUID)
		},
		"sync/variant-delete-again": func(ctx context.Context, c *nango.Client) error {
			return c.Connection("demo-none", "conn-none-1").DeleteSyncVariant(ctx, variant)
		},
		"api-keys/delete-again": func(ctx context.Context, c *nango.Client) error {
			return c.Account.DeleteAPIKey(ctx, accountKey)
		},
		"functions/delete-again": func(ctx context.Context, c *nango.Client) error {
			return c.Functions.Delete(ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "dep-fn", Type: nango.FunctionAction})
		},
	} {
		t.Run(gone, func(t *testing.T) {
			request := recorded(t, gone)
			if path := byUUID[gone]; path != "" {
				request = sent{Method: "DELETE", Path: path}
			}
			synctest.Test(t, func(t *testing.T) {
				for _, broken := range []bool{true, false} {
					_, server := serve(t, gone)
					server.responses = append([]*recordings.Exchange{exchange(503, ``)}, server.responses...)
					transport := transportFunc(func(req *http.Request) (*http.Response, error) {
						resp, err := server.RoundTrip(req)
						if broken && len(server.requests) == 1 {
							return nil, io.ErrUnexpectedEOF
						}
						return resp, err
					})
					client := server.client(nango.WithRetry(nango.RetryPolicy{}), nango.WithHTTPClient(&http.Client{Transport: transport}))
					require.NoError(t, call(t.Context(), client))
					server.requireSent(request, request)
				}
				client, server := serve(t, gone)
				err := call(t.Context(), client)
				assert.ErrorIs(t, err, nango.ErrNotFound, "nothing was found at once")
				server.requireSent(request)
			})
		})
	}
}

// What makes something is not repeated once it may have been done: a second one would be made, or the first refused as there.
func TestCreationsAreNotRepeated(t *testing.T) {
	sync := []nango.SyncRef{{Name: "s"}}
	for name, call := range map[string]func(context.Context, *nango.Client) error{
		"integration": func(ctx context.Context, c *nango.Client) error {
			return failed(c.Integrations.Create(ctx, nango.CreateIntegrationParams{Provider: "p", IntegrationID: "i"}))
		},
		"integration's change": func(ctx context.Context, c *nango.Client) error { return failed(c.Integrations.Update(ctx, "i", nil)) },
		"run":                  func(ctx context.Context, c *nango.Client) error { return c.Syncs.Trigger(ctx, "i", sync, nil) },
		"variant": func(ctx context.Context, c *nango.Client) error {
			return c.Connection("i", "c").CreateSyncVariant(ctx, nango.SyncRef{Name: "s", Variant: "v"})
		},
		"asynchronous action": func(ctx context.Context, c *nango.Client) error {
			return failed(c.Connection("i", "c").TriggerActionAsync(ctx, "a", nil, nil))
		},
		"dry run": func(ctx context.Context, c *nango.Client) error {
			return failed(c.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{IntegrationID: "i", ConnectionID: "c", Type: "sync", Code: "x"}))
		},
		"deployment": func(ctx context.Context, c *nango.Client) error {
			return failed(c.Functions.DeployTemplate(ctx, nango.DeployTemplateParams{IntegrationID: "i", Template: "t"}))
		},
		"signing key": func(ctx context.Context, c *nango.Client) error { return failed(c.Environment.RotateSigningKey(ctx)) },
		"environment": func(ctx context.Context, c *nango.Client) error {
			return failed(c.Account.CreateEnvironment(ctx, nango.CreateEnvironmentParams{Name: "n"}))
		},
		"API key": func(ctx context.Context, c *nango.Client) error {
			return failed(c.Account.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentUUID: environmentUUID, DisplayName: "n"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &server{t: t, responses: []*recordings.Exchange{exchange(503, ``)}}
				err := call(t.Context(), server.client(nango.WithRetry(nango.RetryPolicy{})))
				assert.ErrorIs(t, err, nango.ErrServer)
				assert.Len(t, server.requests, 1)
			})
		})
	}
}
