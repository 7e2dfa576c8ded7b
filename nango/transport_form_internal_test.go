package nango

import (
	"io"
	"strings"
	"testing"

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
