package ingest

import (
	"context"
	"encoding/json"

	"github.com/nango-go/sdk/nango/consume"
)

// read reads a slice of a key. Every page that it has written stays, whatever happens to the rest.
func (e *Engine) read(ctx context.Context, t *taken) (consume.Result, error) {
	params := consume.Params{
		Name: t.key.Name, Model: t.key.Model, Variant: t.key.Variant, Store: cursors{e.pool, t},
		PageSize: e.params.PageSize, MaxPages: e.params.MaxPages, MaxDuration: e.params.MaxDuration,
		NoReadAhead: true, // the other slots use the time, and the limit is known before the next request
	}
	connection := e.client.Connection(t.key.IntegrationID, t.key.ConnectionID)
	return consume.Run(ctx, connection, params, func(ctx context.Context, page *consume.Page[json.RawMessage]) error {
		if err := e.write(ctx, t, page); err != nil {
			return err
		}
		return e.limit.check() // the page is committed: the next slice begins behind it
	})
}
