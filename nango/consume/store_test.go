package consume_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/cursortest"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

func fileStore(t *testing.T, dir string) *consume.FileStore {
	t.Helper()
	store, err := consume.NewFileStore(dir)
	require.NoError(t, err)
	return store
}

func TestMemoryStore(t *testing.T) {
	cursortest.TestStore(t, new(consume.MemoryStore))
	shared := new(consume.MemoryStore)
	cursortest.TestRaces(t, func() consume.Store { return shared })
}

func TestFileStore(t *testing.T) {
	cursortest.TestStore(t, fileStore(t, filepath.Join(t.TempDir(), "not", "there", "yet")))
	dir := t.TempDir()
	shared := fileStore(t, dir)
	cursortest.TestRaces(t, func() consume.Store { return shared })
}

func TestFileStoreOutlivesTheProcess(t *testing.T) {
	dir, key := t.TempDir(), cursortest.Key()
	want := consume.SavedCursor{Value: "a", ReadAt: time.Date(2026, 6, 1, 12, 0, 0, 1, time.UTC)}
	require.NoError(t, fileStore(t, dir).Save(t.Context(), key, nil, want))
	got, ok, err := fileStore(t, dir).Load(t.Context(), key)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, want, got)
}

// A process that is killed can leave a lock that nobody holds, and a part of a file that has no name yet.
func TestFileStoreAfterACrash(t *testing.T) {
	dir, key := t.TempDir(), cursortest.Key()
	store := fileStore(t, dir)
	first, second := consume.SavedCursor{Value: "a"}, consume.SavedCursor{Value: "b"}
	require.NoError(t, store.Save(t.Context(), key, nil, first))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "next.tmp"), []byte(`{"cursor":"half a cursor and much more than a whole one would be, `+
		`so that it shows if it is not cut","key":`), 0o600))
	got, _, err := store.Load(t.Context(), key)
	require.NoError(t, err)
	assert.Equal(t, "a", got.Value)
	require.NoError(t, store.Save(t.Context(), key, &first, second))
	got, _, err = store.Load(t.Context(), key)
	require.NoError(t, err)
	assert.Equal(t, "b", got.Value)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	assert.Len(t, files, 2, "the cursor and the lock: %v", files)
}

// Somebody else's link in the directory is not followed.
func TestFileStoreFollowsNoLink(t *testing.T) {
	dir, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
	require.NoError(t, os.WriteFile(victim, []byte("precious"), 0o600))
	require.NoError(t, os.Symlink(victim, filepath.Join(dir, "next.tmp")))
	require.NoError(t, fileStore(t, dir).Save(t.Context(), cursortest.Key(), nil, consume.SavedCursor{Value: "a"}))
	text, err := os.ReadFile(victim)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))
}

// What is not a cursor must not be taken for "no cursor", which would read everything again.
func TestFileStoreRefusesOtherContent(t *testing.T) {
	dir, key := t.TempDir(), cursortest.Key()
	store := fileStore(t, dir)
	require.NoError(t, store.Save(t.Context(), key, nil, consume.SavedCursor{Value: "a"}))
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	for _, content := range []string{"", "{", "null", `{"cursor":"a"}`} {
		require.NoError(t, os.WriteFile(files[0], []byte(content), 0o600))
		_, _, err := store.Load(t.Context(), key)
		assert.ErrorIs(t, err, consume.ErrUnreadableCursor, content)
		assert.Error(t, store.Save(t.Context(), key, nil, consume.SavedCursor{Value: "b"}), content)
	}
	require.NoError(t, store.Delete(t.Context(), key))
	_, ok, err := store.Load(t.Context(), key)
	assert.NoError(t, err)
	assert.False(t, ok)
}

func TestFileStoreWithoutDirectory(t *testing.T) {
	_, err := consume.NewFileStore("")
	assert.Equal(t, &nango.ArgumentError{Name: "dir", Reason: "is empty"}, err)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = consume.NewFileStore(file)
	assert.Error(t, err)
}
