package jsonx

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/test/recordings"
)

// FuzzUnmarshalCaller holds arbitrary input against encoding/json, for untyped targets and a
// struct that touches most rules.
func FuzzUnmarshalCaller(f *testing.F) {
	for _, doc := range []string{`{"id":1,"map":{"a":[1e400,"\ud800"]},"num":"7","self":{"when":"2026-01-02T03:04:05Z"}}`, `{"ID":9007199254740993,"bytes":"aGk="}`,
		"{\"\xff\":-0}", `[[],{},null]`, `{"a":1,"a":2}`, ` 1 2`, `"\udc00`, `{"list":[1,null]}`} {
		f.Add([]byte(doc))
	}
	names := recordings.Names("webhooks")
	require.NotEmpty(f, names)
	for _, name := range names {
		recorded, err := recordings.LoadWebhook(name)
		require.NoError(f, err)
		f.Add([]byte(recorded.Body))
	}
	targets := []func() any{fresh[any], fresh[map[string]any], fresh[tagged], fresh[mixed], fresh[quotedAll]}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, target := range targets {
			want, got := target(), target()
			wantErr, gotErr := standard(doc, want), UnmarshalCaller(doc, got)
			require.Equal(t, wantErr == nil, gotErr == nil, "%T: encoding/json says %v, jsonx says %v", want, wantErr, gotErr)
			if wantErr == nil {
				require.Equal(t, want, got)
			}
		}
	})
}
