package nango

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A file is handed on as it comes: its beginning does not wait for its end.
func TestFormCopierStreams(t *testing.T) {
	const head = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
	begun := head + strings.Repeat("x", 20_000)
	copier := newFormCopier(io.MultiReader(strings.NewReader(begun), unread{t}), "b")
	got := make([]byte, 10_000)
	_, err := io.ReadFull(copier, got)
	require.NoError(t, err)
	assert.Equal(t, begun[:10_000], string(got))
}

// unread is the end of a body that nobody may have asked for yet.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read ahead")
	return 0, io.EOF
}

// namedPart is what a provider reads of a part.
type namedPart struct{ name, fileName, content string }

func partsOf(body []byte) (parts []namedPart, err error) {
	for r := multipart.NewReader(bytes.NewReader(body), "b"); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return parts, nil
		}
		if err != nil {
			return parts, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return parts, err
		}
		_, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil {
			return parts, err
		}
		parts = append(parts, namedPart{parameters["name"], parameters["filename"], string(content)})
	}
}

// Whatever a form is, its copy has the same parts, or it is refused. How it is read makes no difference.
func FuzzFormCopier(f *testing.F) {
	for _, seed := range []string{
		"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\u00e4 x\"\r\nContent-Type: a/b\r\n\r\n\r\n--c\r\n--b--\r\n",
		"p\r\n--b\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''%C3%A4\r\nContent-Length: 1\r\n\r\n\r\n--b--",
		"--b--", "--b\r\n\r\n", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		copied, err := io.ReadAll(newFormCopier(bytes.NewReader(body), "b"))
		again, errAgain := io.ReadAll(newFormCopier(iotest.OneByteReader(bytes.NewReader(body)), "b"))
		require.Equal(t, err, errAgain)
		if err != nil {
			_, ok := errors.AsType[*ArgumentError](err)
			require.True(t, ok, "%v", err)
			return
		}
		require.Equal(t, string(copied), string(again))
		want, err := partsOf(body)
		require.NoError(t, err)
		got, err := partsOf(copied)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}
