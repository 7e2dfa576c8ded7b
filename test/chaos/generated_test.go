package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/nango-go/sdk/gen"
)

// generated are the operations that only the generated client calls: deprecated ones, and those of Nango's command line.
var generated = map[string]call{
	"listConnectionsDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().ListConnectionsDeprecated(ctx, nil)
	}),
	"importConnectionDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		body := fmt.Sprintf(`{"provider_config_key":"crm","connection_id":%q,"access_token":%q,"no_expiration":true}`,
			w.unique("legacy"), secretOf("legacy"))
		return w.Generated().ImportConnectionDeprecated(ctx, json.RawMessage(body))
	}),
	"setConnectionMetadataDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().SetConnectionMetadataDeprecated(ctx, w.metadata())
	}),
	"mergeConnectionMetadataDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().MergeConnectionMetadataDeprecated(ctx, w.metadata())
	}),
	"getConnectionDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().GetConnectionDeprecated(ctx, gen.PathID(w.h.ConnectionID()),
			&gen.GetConnectionDeprecatedParams{ProviderConfigKey: "crm"})
	}),
	"deleteConnectionDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().DeleteConnectionDeprecated(ctx, gen.PathID(w.unique("none")),
			&gen.DeleteConnectionDeprecatedParams{ProviderConfigKey: "crm"})
	}),
	"setMetadataDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		crm := "crm"
		return w.Generated().SetMetadataDeprecated(ctx, gen.PathID(w.h.ConnectionID()),
			&gen.SetMetadataDeprecatedParams{ProviderConfigKey: &crm}, json.RawMessage(`{"a":1}`))
	}),
	"mergeMetadataDeprecated": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		crm := "crm"
		return w.Generated().MergeMetadataDeprecated(ctx, gen.PathID(w.h.ConnectionID()),
			&gen.MergeMetadataDeprecatedParams{ProviderConfigKey: &crm}, json.RawMessage(`{"b":1}`))
	}),
	"previewBundle": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().PreviewBundle(ctx, emptyBundle)
	}),
	"deployBundle": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().DeployBundle(ctx, emptyBundle)
	}),
	"invokeFunction": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().InvokeFunction(ctx, gen.InvokeFunctionRequest{
			IntegrationID: "crm", ConnectionID: w.h.ConnectionID(), Name: "count", InvocationType: "wait",
		})
	}),
	"getInvocation": raw(func(ctx context.Context, w *worker) (*http.Response, error) {
		return w.Generated().GetInvocation(ctx, gen.PathID("91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3"))
	}),
}

// emptyBundle is for an integration without functions, so that deploying it deletes nothing.
var emptyBundle = gen.BundleRequest{
	Functions: []gen.BundleFunction{}, ReconciliationScope: json.RawMessage(`{"kind":"integration","integrationId":"bare"}`),
}

// raw reads the response of a generated call to its end. Any response is a result: the caller looks at its status.
func raw(send func(context.Context, *worker) (*http.Response, error)) call {
	return func(ctx context.Context, w *worker) (any, error) {
		resp, err := send(ctx, w)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, err
	}
}

func (w *worker) metadata() gen.MetadataRequest {
	return gen.MetadataRequest{
		ProviderConfigKey: "crm", ConnectionID: []string{w.h.ConnectionID()}, Metadata: json.RawMessage(`{"legacy":1}`),
	}
}
