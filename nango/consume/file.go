package consume

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// FileStore is a [Store] in a directory of this machine, with a small JSON file for each key. A crash leaves the old
// cursor or the new one, never a part.
//
// On Linux, macOS and the BSDs several processes can share the directory, if its file system has locks (flock): most
// local ones do, some network ones do not. On other systems only one process may use it.
type FileStore struct {
	dir  string
	turn chan struct{} // holds a token while a method of this store writes
}

// NewFileStore returns a store in the directory dir. It creates the directory if it does not exist. An empty dir is an
// [*nango.ArgumentError].
func NewFileStore(dir string) (*FileStore, error) {
	if dir == "" {
		return nil, argument("dir", "is empty")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("consume: create the directory of the cursors: %w", err)
	}
	return &FileStore{dir: dir, turn: make(chan struct{}, 1)}, nil
}

// cursorFile is the content of a file. It names the key for a person who looks at the directory.
type cursorFile struct {
	Key    Key       `json:"key"`
	Cursor string    `json:"cursor"`
	ReadAt time.Time `json:"read_at"`
}

// path returns the file of a key. Ids can hold characters that file names cannot, so the name is a hash.
func (s *FileStore) path(key Key) string {
	text, _ := json.Marshal(key) // five strings always encode
	sum := sha256.Sum256(text)
	return filepath.Join(s.dir, hex.EncodeToString(sum[:16])+".json")
}

// Load implements [Store]. A file that is not a cursor is an error that matches [ErrUnreadableCursor].
func (s *FileStore) Load(_ context.Context, key Key) (SavedCursor, bool, error) {
	text, err := os.ReadFile(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return SavedCursor{}, false, nil
	}
	if err != nil {
		return SavedCursor{}, false, fmt.Errorf("consume: read the cursor: %w", err)
	}
	var file cursorFile
	if err := json.Unmarshal(text, &file); err != nil {
		return SavedCursor{}, false, fmt.Errorf("%w: the file %s is not a cursor: %w", ErrUnreadableCursor, filepath.Base(s.path(key)), err)
	}
	if file.Key != key || file.Cursor == "" {
		return SavedCursor{}, false, fmt.Errorf("%w: the file %s is not the cursor of its key", ErrUnreadableCursor, filepath.Base(s.path(key)))
	}
	return SavedCursor{Value: file.Cursor, ReadAt: file.ReadAt}, true, nil
}

// Save implements [Store]. It waits until no other process writes, or ctx ends.
func (s *FileStore) Save(ctx context.Context, key Key, prev *SavedCursor, next SavedCursor) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	saved, ok, err := s.Load(ctx, key)
	if err != nil {
		return err
	}
	if !isAt(prev, saved, ok) {
		return ErrConflict
	}
	text, err := json.Marshal(cursorFile{Key: key, Cursor: next.Value, ReadAt: next.ReadAt.UTC()})
	if err != nil {
		return fmt.Errorf("consume: encode the cursor: %w", err)
	}
	if err := s.replace(s.path(key), text); err != nil {
		return fmt.Errorf("consume: write the cursor: %w", err)
	}
	return nil
}

// replace writes a file so that a crash leaves the old content or the new one. Only the holder of the lock calls it, so
// one name for the temporary file is enough, and what a crash leaves of it is removed.
func (s *FileStore) replace(path string, text []byte) error {
	temporary := filepath.Join(s.dir, "next.tmp")
	_ = os.Remove(temporary)
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // never through a link
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync() // else the name could reach the disk before the content
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// Delete implements [Store]. It waits as Save does.
func (s *FileStore) Delete(ctx context.Context, key Key) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	err = os.Remove(s.path(key))
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("consume: delete the cursor: %w", err)
	}
	return nil
}

// lock returns when no other method of this store, and no other process that knows flock, writes to the directory.
func (s *FileStore) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	file, err := lockFile(ctx, filepath.Join(s.dir, "lock"))
	if err != nil {
		<-s.turn
		return nil, fmt.Errorf("consume: lock the directory of the cursors: %w", err)
	}
	return func() {
		_ = file.Close() // which gives up the lock
		<-s.turn
	}, nil
}
