package clients_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-github/v89/github"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

const gitHubURL = "https://api.github.com"

// gitHub returns go-github, with a token of its own that must not reach the provider.
func (s *setting) gitHub(params *nango.TransportParams) *github.Client {
	s.t.Helper()
	client, err := github.NewClient(github.WithHTTPClient(s.http(params)), github.WithAuthToken(placeholder))
	require.NoError(s.t, err)
	return client
}

// random bytes, the same in each run, with loose percent signs in them.
func binary(n int) string {
	var b strings.Builder
	for sum := sha256.Sum256(nil); b.Len() < n; sum = sha256.Sum256(sum[:]) {
		b.Write(sum[:])
		b.WriteString("%zz")
	}
	return b.String()[:n]
}

func TestGitHubIssue(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{
			line: "POST /repos/o/r/issues", body: s.arrives(`{"title":"100% sure %zz & a=b"}` + "\n"), status: 201, response: `{"number":7}`,
			header: jsonHeader("Location", gitHubURL+"/repos/o/r/issues/7"),
		})
		issue, resp, err := s.gitHub(nil).Issues.Create(t.Context(), "o", "r", &github.IssueRequest{Title: github.Ptr("100% sure %zz & a=b")})
		require.NoError(t, err)
		assert.Equal(t, 7, issue.GetNumber())
		if s.chunked {
			assert.Equal(t, 201, resp.StatusCode)
		} else {
			assert.Equal(t, 200, resp.StatusCode, "a loss that nobody can undo")
		}
		assert.Equal(t, s.keepsHeaders(), resp.Header.Get("Location") == gitHubURL+"/repos/o/r/issues/7")
	})
}

func TestGitHubFile(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		content := []byte(binary(5000))
		s.api.on(exchange{
			line: "PUT /repos/o/r/contents/dir/%C3%A4%20x.bin", status: 201, response: `{"content":{"name":"ä x.bin"}}`, header: jsonHeader(),
			check: func(t *testing.T, _ *http.Request, body string) {
				var got struct{ Message, Content string }
				require.NoError(t, json.Unmarshal([]byte(body), &got))
				assert.Equal(t, "add 100%", got.Message)
				assert.Equal(t, base64.StdEncoding.EncodeToString(content), got.Content)
			},
		})
		_, _, err := s.gitHub(nil).Repositories.CreateFile(t.Context(), "o", "r", "dir/ä x.bin", &github.RepositoryContentFileOptions{
			Message: github.Ptr("add 100%"), Content: content,
		})
		require.NoError(t, err)
	})
}

// Paging by Link ends after the first page, without an error, where the server does not forward the header.
func TestGitHubPages(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{line: "GET /repos/o/r/issues", response: `[{"number":1}]`, header: jsonHeader("Link", "<"+gitHubURL+`/repositories/1/issues?page=2>; rel="next"`)})
		s.api.on(exchange{line: "GET /repos/o/r/issues?page=2", response: `[{"number":2}]`, header: jsonHeader()})
		client := s.gitHub(nil)
		var numbers []int
		opts := &github.IssueListByRepoOptions{}
		for {
			issues, resp, err := client.Issues.ListByRepo(t.Context(), "o", "r", opts)
			require.NoError(t, err)
			for _, issue := range issues {
				numbers = append(numbers, issue.GetNumber())
			}
			if resp.NextPage == 0 {
				break
			}
			opts.ListOptions.Page = resp.NextPage
		}
		if s.keepsHeaders() {
			assert.Equal(t, []int{1, 2}, numbers)
		} else {
			assert.Equal(t, []int{1}, numbers)
		}
	})
}

// An upload goes to a second host, with the customer's token. Bytes cannot reach a provider with headers.
func TestGitHubUpload(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		name := filepath.Join(t.TempDir(), "a.bin")
		require.NoError(t, os.WriteFile(name, []byte(binary(100_000)), 0o600))
		file, err := os.Open(name)
		require.NoError(t, err)
		defer file.Close()
		uploads := s.host("uploads.github.com", false)
		uploads.on(exchange{line: "POST /repos/o/r/releases/1/assets?name=a.bin", body: binary(100_000), status: 201, response: `{"id":3}`, header: jsonHeader()})

		_, _, err = s.gitHub(nil).Repositories.UploadReleaseAsset(t.Context(), "o", "r", 1, &github.UploadOptions{Name: "a.bin"}, file)
		refused, ok := errors.AsType[*nango.ArgumentError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "request URL", refused.Name)
		assert.Zero(t, uploads.requests())

		_, err = file.Seek(0, io.SeekStart)
		if err != nil { // the refused request has closed it, as every RoundTripper does
			file, err = os.Open(name)
			require.NoError(t, err)
			defer file.Close()
		}
		params := &nango.TransportParams{ExtraHosts: []string{"uploads.github.com"}}
		asset, _, err := s.gitHub(params).Repositories.UploadReleaseAsset(t.Context(), "o", "r", 1, &github.UploadOptions{Name: "a.bin"}, file)
		if s.headed {
			requireLoosePercent(t, err)
			assert.Zero(t, uploads.requests())
			return
		}
		require.NoError(t, err)
		assert.EqualValues(t, 3, asset.GetID())
	})
}

// GitHub's 202 says that it is still at work.
func TestGitHubAccepted(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{line: "GET /repos/o/r/stats/contributors", status: 202, response: `{}`, header: jsonHeader()})
		accepted := &nango.TransportParams{ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode == http.StatusOK && resp.ContentLength == 2 && strings.Contains(resp.Request.URL.Path, "/stats/") {
				resp.StatusCode = http.StatusAccepted
			}
			return nil
		}}
		for _, params := range []*nango.TransportParams{nil, accepted} {
			_, _, err := s.gitHub(params).Repositories.ListContributorsStats(t.Context(), "o", "r")
			_, ok := errors.AsType[*github.AcceptedError](err)
			if params == nil && !s.chunked {
				assert.False(t, ok)
				assert.ErrorContains(t, err, "cannot unmarshal object", "a 200 with the body of a 202")
			} else {
				assert.True(t, ok, "%v", err)
			}
		}
	})
}

// What a file's download URL serves needs no token, so the request goes past Nango.
func TestGitHubDownload(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		raw := s.host("raw.githubusercontent.com", true)
		raw.on(exchange{line: "GET /o/r/main/dir/file.bin", response: binary(2000), header: http.Header{"Etag": {`"raw"`}}})
		s.api.on(exchange{
			line: "GET /repos/o/r/contents/dir/file.bin", header: jsonHeader(),
			response: `{"name":"file.bin","type":"file","download_url":"https://raw.githubusercontent.com/o/r/main/dir/file.bin"}`,
		})
		params := &nango.TransportParams{DirectHosts: []string{"raw.githubusercontent.com"}}
		content, resp, err := s.gitHub(params).Repositories.DownloadContents(t.Context(), "o", "r", "dir/file.bin", nil)
		require.NoError(t, err)
		defer content.Close()
		got, err := io.ReadAll(content)
		require.NoError(t, err)
		assert.Equal(t, binary(2000), string(got))
		assert.Equal(t, `"raw"`, resp.Header.Get("Etag"), "no header is lost on the direct way")
	})
}

// Nango follows redirects itself, so that a client that wants the Location gets the archive in its place.
func TestGitHubArchiveLinkCannotWork(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{line: "GET /repos/o/r/tarball", status: 302, header: http.Header{"Location": {gitHubURL + "/archive"}}})
		s.api.on(exchange{line: "GET /archive", response: "the archive", header: http.Header{"Content-Disposition": {"attachment; filename=r.tgz"}}})
		link, _, err := s.gitHub(nil).Repositories.GetArchiveLink(t.Context(), "o", "r", github.Tarball, nil, 0)
		require.NoError(t, err)
		assert.Empty(t, link.String())
	})
}

// A conditional request reaches the provider, and its 304 the client.
func TestGitHubConditional(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{
			line: "GET /repos/o/r", status: 304, header: http.Header{"Etag": {`W/"v1"`}},
			check: func(t *testing.T, r *http.Request, _ string) {
				assert.Equal(t, `W/"v1"`, r.Header.Get("If-None-Match"))
			},
		})
		client := s.gitHub(nil)
		req, err := client.NewRequest(t.Context(), "GET", "repos/o/r", nil)
		require.NoError(t, err)
		req.Header.Set("If-None-Match", `W/"v1"`)
		resp, err := client.BareDo(req)
		require.Error(t, err, "go-github takes a 304 for an error")
		assert.Equal(t, http.StatusNotModified, resp.StatusCode)
		assert.Equal(t, `W/"v1"`, resp.Header.Get("Etag"))
	})
}

// The provider's rate limit is go-github's error; Nango's is Nango's, and no client blocks itself on it.
func TestGitHubRateLimits(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		s.srv.SetRateLimit(6) // two for the definition, four for the proxy
		limited := jsonHeader("X-RateLimit-Limit", "5000", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1999999999")
		s.api.on(exchange{line: "GET /repos/o/limited", status: 403, response: `{"message":"API rate limit exceeded"}`, header: limited})
		s.api.on(exchange{line: "GET /repos/o/r", response: `{"id":1}`, header: jsonHeader()})
		s.api.on(exchange{line: "GET /repos/o/gone", status: 404, response: `{"message":"Not Found"}`, header: jsonHeader()})

		client := s.gitHub(nil)
		for range 2 {
			_, resp, err := client.Repositories.Get(t.Context(), "o", "r")
			require.NoError(t, err)
			assert.Zero(t, resp.Rate.Limit, "Nango's limit is not GitHub's")
		}
		_, resp, err := client.Repositories.Get(t.Context(), "o", "gone")
		require.ErrorAs(t, err, new(*github.ErrorResponse))
		assert.Zero(t, resp.Rate.Limit)
		_, _, err = client.Repositories.Get(t.Context(), "o", "limited")
		require.ErrorAs(t, err, new(*github.RateLimitError))

		fresh := s.gitHub(nil) // one that does not remember GitHub's limit
		_, _, err = fresh.Repositories.Get(t.Context(), "o", "r")
		require.ErrorIs(t, err, nango.ErrRateLimited)
		_, remembers := errors.AsType[*github.RateLimitError](err)
		assert.False(t, remembers)
		assert.Equal(t, 4, s.api.requests())
	})
}

// A failure of Nango's is found through go-github, once.
func TestGitHubFailureOfNango(t *testing.T) {
	s := with(t, gitHubURL, false, false)
	client, err := github.NewClient(github.WithHTTPClient(s.client.Connection("c", "nobody").HTTPClient(nil)))
	require.NoError(t, err)
	_, _, err = client.Repositories.Get(t.Context(), "o", "r")
	require.ErrorIs(t, err, nango.ErrNotFound)
	assert.Len(t, s.srv.Requests("proxyGet"), 1)
}
