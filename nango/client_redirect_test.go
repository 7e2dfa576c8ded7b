package nango

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOrigin(t *testing.T) {
	for input, want := range map[string]string{
		"https://a.test/x?y":    "https://a.test",
		"https://A.test:443":    "https://a.test",
		"http://a.test:80":      "http://a.test",
		"http://a.test:443":     "http://a.test:443",
		"https://a.test:8443/x": "https://a.test:8443",
		"http://[::1]:3003/x":   "http://[::1]:3003",
		"http://[::1]":          "http://[::1]",
		"https://u:p@a.test/":   "https://a.test",
	} {
		u, err := url.Parse(input)
		require.NoError(t, err)
		assert.Equal(t, want, origin(u), input)
	}
}

// redirecting responds to the first requests with redirects to target and counts all; every response after them is a success.
func redirecting(times int, target string, sent *[]string) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		*sent = append(*sent, req.URL.String()+" "+req.Header.Get("Authorization"))
		if len(*sent) <= times {
			return reply(307, `{"error":{"code":"not_found"}}`, "Location", target), nil
		}
		return reply(200, found), nil
	}
}

func TestRedirects(t *testing.T) {
	const key = " Bearer " + testKey
	once := WithRetry(RetryPolicy{MaxAttempts: 1})
	for _, target := range []string{
		"https://evil.test/connections/a?secret=hunter2-Secret", "http://nango.test/connections/a", "https://nango.test:8443/x", "//evil.test/x",
		"https://nango.test.evil.test/", "https://user:hunter2-Secret@evil.test/",
	} {
		t.Run("to another host, refused: "+target, func(t *testing.T) {
			var sent []string
			resp, err := send(t.Context(), testClient(t, redirecting(1, target, &sent)), "GET", "/connections/a", "")
			require.NoError(t, err)
			assert.Equal(t, 307, resp.StatusCode)
			err = checkResponse(resp, err)
			u, parseErr := url.Parse(target)
			require.NoError(t, parseErr)
			if u.Scheme == "" {
				u.Scheme = "https"
			}
			assert.EqualError(t, err, "nango: GET /connections/{connectionId}: 307 Temporary Redirect: a redirect to "+origin(u)+" was not followed: is the base URL right?")
			assertHidden(t, err.Error())
			assert.Equal(t, []string{testBase + "/connections/a" + key}, sent)
			assert.Empty(t, sentinelsOf(err))
		})
	}
	t.Run("to the same host, followed with the key", func(t *testing.T) {
		var sent []string
		err := checkResponse(send(t.Context(), testClient(t, redirecting(1, "/gw/connections/b", &sent)), "GET", "/connections/a", ""))
		assert.NoError(t, err)
		assert.Equal(t, []string{testBase + "/connections/a" + key, testBase + "/gw/connections/b" + key}, sent)
	})
	t.Run("a first to the same host, then to another", func(t *testing.T) {
		var sent []string
		server := redirecting(2, "/gw/second", &sent)
		client := testClient(t, func(req *http.Request) (*http.Response, error) {
			resp, err := server(req)
			if len(sent) == 2 {
				resp.Header.Set("Location", "https://evil.test/third")
			}
			return resp, err
		})
		err := checkResponse(send(t.Context(), client, "GET", "/connections/a", ""))
		assert.ErrorContains(t, err, "a redirect to https://evil.test was not followed")
		assert.Len(t, sent, 2)
	})
	t.Run("ten are followed", func(t *testing.T) {
		var sent []string
		assert.NoError(t, checkResponse(send(t.Context(), testClient(t, redirecting(10, "/gw/x", &sent)), "GET", "/connections/a", "")))
		assert.Len(t, sent, 11)
	})
	t.Run("eleven are not, and not tried again", func(t *testing.T) {
		var sent []string
		err := checkResponse(send(t.Context(), testClient(t, redirecting(100, "/gw/x?hunter2-Secret", &sent)), "GET", "/connections/a", ""))
		assert.EqualError(t, err, "nango: GET /connections/{connectionId}: 307 Temporary Redirect: a redirect to another path of https://nango.test was not followed, after 10 others: is the base URL right?")
		assert.Len(t, sent, 11)
	})
	t.Run("the proxy's are the provider's, even to the same host", func(t *testing.T) {
		for _, target := range []string{"/proxy/y", "https://evil.test/"} {
			var sent []string
			resp, err := send(t.Context(), testClient(t, redirecting(1, target, &sent)), "GET", "/proxy/x", "")
			require.NoError(t, err)
			assert.Equal(t, 307, resp.StatusCode)
			assert.Equal(t, target, resp.Header.Get("Location"))
			assert.Len(t, sent, 1)
		}
	})
	t.Run("a redirect that is no URL shows nothing", func(t *testing.T) {
		var sent []string
		err := checkResponse(send(t.Context(), testClient(t, redirecting(1, "/%zz hunter2-Secret", &sent), once), "GET", "/connections/a", ""))
		require.Error(t, err)
		assertHidden(t, err.Error())
	})
	t.Run("one without a target", func(t *testing.T) {
		err := checkResponse(send(t.Context(), testClient(t, always(302, ``)), "GET", "/connections/a", ""))
		assert.EqualError(t, err, "nango: GET /connections/{connectionId}: 302 Found: the response is empty")
	})
}

func TestRedirectCheckOfTheCaller(t *testing.T) {
	errTheirs := errors.New("not this one")
	for name, want := range map[string]error{"goes on": nil, "stops": http.ErrUseLastResponse, "fails": errTheirs} {
		t.Run(name, func(t *testing.T) {
			var sent, asked []string
			theirs := &http.Client{
				Transport: redirecting(1, "/next", &sent),
				CheckRedirect: func(req *http.Request, via []*http.Request) error {
					asked = append(asked, via[0].URL.Path+" "+req.URL.Path)
					return want
				},
			}
			client := testClient(t, nil, WithHTTPClient(theirs))
			resp, err := send(t.Context(), client, "GET", "/connections/a", "")
			assert.Equal(t, []string{"/connections/a /next"}, asked)
			switch want {
			case nil:
				require.NoError(t, err)
				assert.Equal(t, 200, resp.StatusCode)
			case errTheirs:
				assert.ErrorIs(t, err, errTheirs)
				assert.Len(t, sent, 1, "not repeated")
			default:
				require.NoError(t, err)
				assert.Equal(t, 307, resp.StatusCode)
			}
		})
	}
	t.Run("is not asked about another host", func(t *testing.T) {
		var sent []string
		theirs := &http.Client{
			Transport: redirecting(1, "https://evil.test", &sent),
			CheckRedirect: func(*http.Request, []*http.Request) error {
				t.Error("asked")
				return nil
			},
		}
		err := checkResponse(send(t.Context(), testClient(t, nil, WithHTTPClient(theirs)), "GET", "/connections/a", ""))
		assert.ErrorContains(t, err, "was not followed")
		assert.Len(t, sent, 1)
	})
	t.Run("their client is not changed", func(t *testing.T) {
		theirs := &http.Client{Transport: roundTrip(always(200, found))}
		require.NoError(t, checkResponse(get(t.Context(), testClient(t, nil, WithHTTPClient(theirs)))))
		assert.Nil(t, theirs.CheckRedirect)
		assert.True(t, strings.HasPrefix(testBase, "https"))
	})
}
