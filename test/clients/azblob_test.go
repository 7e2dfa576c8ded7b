package clients_test

import (
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

const azureURL = "https://account.blob.core.windows.net"

// azure returns azblob without retries of its own, which would repeat failures of Nango.
func (s *setting) azure(params *nango.TransportParams) *azblob.Client {
	s.t.Helper()
	client, err := azblob.NewClientWithNoCredential(azureURL, &azblob.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: s.http(params), Retry: policy.RetryOptions{MaxRetries: -1},
	}})
	require.NoError(s.t, err)
	return client
}

// azblob insists on a 201. An upload of bytes cannot reach a provider with headers, which the real Azure is.
func TestAzureUpload(t *testing.T) {
	each(t, azureURL, func(t *testing.T, s *setting) {
		content := binary(2000)
		s.api.on(exchange{line: "PUT /c/b.bin", body: content, status: 201, header: http.Header{"Etag": {`"0x1"`}}})
		putCreated := &nango.TransportParams{ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode == http.StatusOK && resp.Request.Method == http.MethodPut {
				resp.StatusCode = http.StatusCreated
			}
			return nil
		}}
		for _, params := range []*nango.TransportParams{nil, putCreated} {
			_, err := s.azure(params).UploadBuffer(t.Context(), "c", "b.bin", []byte(content), nil)
			switch {
			case s.headed:
				requireLoosePercent(t, err)
			case params == nil && !s.chunked:
				require.ErrorContains(t, err, "RESPONSE 200", "though the blob is stored")
			default:
				require.NoError(t, err)
			}
		}
	})
}

// HEAD loses the length, which the client then does not know. It is not 0.
func TestAzureProperties(t *testing.T) {
	each(t, azureURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{line: "HEAD /c/b.bin", header: http.Header{"Content-Length": {"2000"}}})
		got, err := s.azure(nil).ServiceClient().NewContainerClient("c").NewBlobClient("b.bin").GetProperties(t.Context(), nil)
		require.NoError(t, err)
		assert.Nil(t, got.ContentLength)
	})
}

// The real Azure gives a length, without which azblob panics.
func TestAzureDownload(t *testing.T) {
	s := with(t, azureURL, true, false)
	content := binary(2000)
	s.api.on(exchange{
		line: "GET /c/b.bin", status: 206, response: content, header: http.Header{"Content-Range": {"bytes 0-1999/2000"}},
		check: func(t *testing.T, r *http.Request, _ string) {
			assert.Equal(t, "bytes=0-1999", r.Header.Get("X-Ms-Range"))
		},
	})
	got := make([]byte, len(content))
	_, err := s.azure(nil).DownloadBuffer(t.Context(), "c", "b.bin", got, &azblob.DownloadBufferOptions{Range: blob.HTTPRange{Count: 2000}})
	require.NoError(t, err)
	assert.Equal(t, content, string(got))
}
