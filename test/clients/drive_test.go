package clients_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/nango-go/sdk/nango"
)

const googleURL = "https://www.googleapis.com"

func (s *setting) drive(params *nango.TransportParams) *drive.Service {
	s.t.Helper()
	service, err := drive.NewService(s.t.Context(), option.WithHTTPClient(s.http(params)))
	require.NoError(s.t, err)
	return service
}

func TestDriveFile(t *testing.T) {
	each(t, googleURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{line: "PATCH /drive/v3/files/1?alt=json&prettyPrint=false", body: s.arrives(`{"name":"100%"}` + "\n"), response: `{"id":"1"}`, header: jsonHeader()})
		file, err := s.drive(nil).Files.Update("1", &drive.File{Name: "100%"}).Context(t.Context()).Do()
		require.NoError(t, err)
		assert.Equal(t, "1", file.Id)
	})
}

// An upload in one request is multipart/related, which Nango reads for no provider.
func TestDriveUpload(t *testing.T) {
	each(t, googleURL, func(t *testing.T, s *setting) {
		content := binary(5000)
		s.api.on(exchange{
			line: "POST /upload/drive/v3/files?alt=json&prettyPrint=false&uploadType=multipart", response: `{"id":"1"}`, header: jsonHeader(),
			check: func(t *testing.T, r *http.Request, body string) {
				kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
				require.NoError(t, err)
				assert.Equal(t, "multipart/related", kind)
				form := multipart.NewReader(strings.NewReader(body), parameters["boundary"])
				for _, want := range []string{`{"name":"100%"}` + "\n", content} {
					part, err := form.NextPart()
					require.NoError(t, err)
					got, err := io.ReadAll(part)
					require.NoError(t, err)
					assert.Equal(t, want, string(got))
				}
			},
		})
		_, err := s.drive(nil).Files.Create(&drive.File{Name: "100%"}).Media(strings.NewReader(content), googleapi.ContentType("image/png")).Context(t.Context()).Do()
		if s.headed {
			requireLoosePercent(t, err)
			assert.Zero(t, s.api.requests())
		} else {
			require.NoError(t, err)
		}
	})
}

// A resumable upload needs the Location of the first response, which is lost on an older server unless it is chunked.
func TestDriveResumableUpload(t *testing.T) {
	each(t, googleURL, func(t *testing.T, s *setting) {
		const chunk = googleapi.MinUploadChunkSize
		content := strings.ReplaceAll(binary(2*chunk+1000), "%", "&")
		session := "/upload/drive/v3/files?uploadType=resumable&upload_id=U1"
		s.api.on(exchange{
			line: "POST /upload/drive/v3/files?alt=json&prettyPrint=false&uploadType=resumable", body: `{"name":"n"}` + "\n",
			header: http.Header{"Location": {googleURL + session}},
		})
		for i, part := range []string{content[:chunk], content[chunk : 2*chunk], content[2*chunk:]} {
			e := exchange{line: "POST " + session, status: 200, body: part, header: http.Header{"X-Http-Status-Code-Override": {"308"}}}
			if i == 2 {
				e.header, e.response = jsonHeader(), `{"id":"1"}`
			}
			s.api.on(e)
		}
		file, err := s.drive(nil).Files.Create(&drive.File{Name: "n"}).
			Media(strings.NewReader(content), googleapi.ChunkSize(chunk), googleapi.ContentType("image/png")).Context(t.Context()).Do()
		if !s.keepsHeaders() {
			require.ErrorAs(t, err, new(*nango.ArgumentError), "there is no URL to go on with")
			assert.Equal(t, 1, s.api.requests())
			return
		}
		require.NoError(t, err)
		assert.Equal(t, "1", file.Id)
	})
}

func TestDriveDownload(t *testing.T) {
	each(t, googleURL, func(t *testing.T, s *setting) {
		content := binary(70_000)
		s.api.on(exchange{line: "GET /drive/v3/files/1?alt=media&prettyPrint=false", response: content, header: http.Header{"Content-Type": {"image/png"}}})
		resp, err := s.drive(nil).Files.Get("1").Context(t.Context()).Download()
		require.NoError(t, err)
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, content, string(got))
	})
}

// The bytes of a range arrive. Its status and place arrive if the response is chunked, or if the server forwards headers.
func TestDriveRange(t *testing.T) {
	each(t, googleURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{
			line: "GET /drive/v3/files/1?alt=media&prettyPrint=false", status: 206, response: "0123456789",
			header: http.Header{"Content-Range": {"bytes 10-19/2000"}},
			check: func(t *testing.T, r *http.Request, _ string) {
				assert.Equal(t, "bytes=10-19", r.Header.Get("Range"))
			},
		})
		call := s.drive(nil).Files.Get("1").Context(t.Context())
		call.Header().Set("Range", "bytes=10-19")
		resp, err := call.Download()
		require.NoError(t, err)
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, "0123456789", string(got))
		if s.keepsHeaders() {
			assert.Equal(t, 206, resp.StatusCode)
			assert.Equal(t, "bytes 10-19/2000", resp.Header.Get("Content-Range"))
		} else {
			assert.Equal(t, 200, resp.StatusCode)
		}
	})
}
