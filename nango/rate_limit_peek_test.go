package nango

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// limited is a 400 with a code of a rate limit at its end.
func limited(size int) string {
	return `{"message":"` + strings.Repeat("x", size) + `","code":"rate_limited"}`
}

func badRequest(body io.Reader) *http.Response {
	return &http.Response{StatusCode: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body)}
}

// A body that arrives byte by byte costs no more than a few times its length.
func TestResponseRateLimitOfManyReads(t *testing.T) {
	text := limited(60 << 10)
	resp := badRequest(iotest.OneByteReader(strings.NewReader(text)))
	_, ok := ResponseRateLimit(resp)
	assert.True(t, ok, "it took more than 2 s")
	body, err := io.ReadAll(resp.Body)
	assert.NoError(t, err)
	assert.Equal(t, text, string(body))
}

// The time is limited even if data arrives again and again.
func TestResponseRateLimitEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := limited(100)
		reader, writer := io.Pipe()
		go func() {
			for _, c := range []byte(text) {
				time.Sleep(900 * time.Millisecond)
				_, _ = writer.Write([]byte{c})
			}
			writer.Close()
		}()
		start, resp := time.Now(), badRequest(reader)
		_, ok := ResponseRateLimit(resp)
		assert.False(t, ok)
		assert.Equal(t, 2*time.Second, time.Since(start))
		body, err := io.ReadAll(resp.Body)
		assert.NoError(t, err)
		assert.Equal(t, text, string(body))
	})
}

// A reader that returns nothing is not read for ever, and one that goes on in time is read.
func TestResponseRateLimitOfEmptyReads(t *testing.T) {
	reads := &emptyReads{left: 1000}
	_, ok := ResponseRateLimit(badRequest(reads))
	assert.False(t, ok)
	assert.GreaterOrEqual(t, reads.left, 900)
	text := limited(10)
	parts := []io.Reader{}
	for _, part := range []string{text[:5], text[5:20], text[20:]} {
		parts = append(parts, &emptyReads{left: 60}, strings.NewReader(part))
	}
	_, ok = ResponseRateLimit(badRequest(io.MultiReader(parts...)))
	assert.True(t, ok)
}

// emptyReads is a reader that returns nothing for a number of reads, and then ends.
type emptyReads struct{ left int }

func (e *emptyReads) Read([]byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	e.left--
	return 0, nil
}
