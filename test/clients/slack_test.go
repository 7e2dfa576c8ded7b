package clients_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

const slackURL = "https://slack.com/api"

// withoutToken takes the token out of a form. slack-go sends it there, beside the header.
func withoutToken(_, out *http.Request) error {
	if out.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return nil
	}
	text, err := io.ReadAll(out.Body)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return err
	}
	form.Del("token")
	out.Body = io.NopCloser(strings.NewReader(form.Encode()))
	return nil
}

func (s *setting) slack() *slack.Client {
	params := &nango.TransportParams{Rewrite: withoutToken, DirectHosts: []string{"files.slack.com"}}
	return slack.New(placeholder, slack.OptionHTTPClient(s.http(params)))
}

// formFile is a form with one file, as the provider reads it.
func formFile(field, name, content string) func(*testing.T, *http.Request, string) {
	return func(t *testing.T, r *http.Request, body string) {
		_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		require.NoError(t, err)
		form := multipart.NewReader(strings.NewReader(body), parameters["boundary"])
		part, err := form.NextPart()
		require.NoError(t, err)
		assert.Equal(t, field, part.FormName())
		assert.Equal(t, name, part.FileName())
		got, err := io.ReadAll(part)
		require.NoError(t, err)
		assert.Equal(t, content, string(got))
		_, err = form.NextPart()
		assert.Equal(t, io.EOF, err)
	}
}

func TestSlackMessage(t *testing.T) {
	each(t, slackURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{
			line: "POST /api/chat.postMessage", header: jsonHeader(), response: `{"ok":true,"channel":"C1","ts":"1.2"}`,
			check: func(t *testing.T, r *http.Request, body string) {
				assert.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
				form, err := url.ParseQuery(body)
				require.NoError(t, err)
				assert.Equal(t, url.Values{"channel": {"C1"}, "text": {"100% sure &amp; ä"}}, form)
			},
		})
		_, at, err := s.slack().PostMessageContext(t.Context(), "C1", slack.MsgOptionText("100% sure & ä", true))
		require.NoError(t, err)
		assert.Equal(t, "1.2", at)
	})
}

func TestSlackPhoto(t *testing.T) {
	each(t, slackURL, func(t *testing.T, s *setting) {
		name := filepath.Join(t.TempDir(), "ä photo.png")
		require.NoError(t, os.WriteFile(name, []byte(binary(70_000)), 0o600))
		s.api.on(exchange{line: "POST /api/users.setPhoto", check: formFile("image", "ä photo.png", binary(70_000)), header: jsonHeader(), response: `{"ok":true}`})
		require.NoError(t, s.slack().SetUserPhotoContext(t.Context(), name, slack.NewUserSetPhotoParams()))
	})
}

// An upload takes three calls. The second one goes to a host that knows it by its URL.
func TestSlackUpload(t *testing.T) {
	each(t, slackURL, func(t *testing.T, s *setting) {
		files := s.host("files.slack.com", true)
		files.on(exchange{line: "POST /upload/v1/ABC", check: formFile("file", "a.bin", binary(5000)), header: jsonHeader(), response: `{"ok":true}`})
		s.api.on(exchange{
			line: "POST /api/files.getUploadURLExternal", header: jsonHeader(), check: func(*testing.T, *http.Request, string) {},
			response: `{"ok":true,"upload_url":"https://files.slack.com/upload/v1/ABC","file_id":"F1"}`,
		})
		s.api.on(exchange{
			line: "POST /api/files.completeUploadExternal", header: jsonHeader(), response: `{"ok":true,"files":[{"id":"F1","title":"t"}]}`,
			check: func(t *testing.T, _ *http.Request, body string) {
				form, err := url.ParseQuery(body)
				require.NoError(t, err)
				assert.Equal(t, "C1", form.Get("channel_id"))
				assert.JSONEq(t, `[{"id":"F1","title":"100%"}]`, form.Get("files"))
			},
		})
		file, err := s.slack().UploadFileContext(t.Context(), slack.UploadFileParameters{
			Reader: strings.NewReader(binary(5000)), FileSize: 5000, Filename: "a.bin", Title: "100%", Channel: "C1",
		})
		require.NoError(t, err)
		assert.Equal(t, "F1", file.ID)
	})
}
