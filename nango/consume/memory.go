package consume

import (
	"context"
	"sync"
)

// MemoryStore is a [Store] in memory, for tests. After a restart of the program every key begins at the oldest record.
// The zero value is ready to use.
type MemoryStore struct {
	mu      sync.Mutex
	cursors map[Key]SavedCursor
}

// Load implements [Store]. It never fails.
func (s *MemoryStore) Load(_ context.Context, key Key) (SavedCursor, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved, ok := s.cursors[key]
	return saved, ok, nil
}

// Save implements [Store]. The only error is [ErrConflict].
func (s *MemoryStore) Save(_ context.Context, key Key, prev *SavedCursor, next SavedCursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved, ok := s.cursors[key]
	if !isAt(prev, saved, ok) {
		return ErrConflict
	}
	if s.cursors == nil {
		s.cursors = map[Key]SavedCursor{}
	}
	s.cursors[key] = next
	return nil
}

// isAt reports whether the stored cursor is the one that a run expects. ok reports whether there is one.
func isAt(prev *SavedCursor, saved SavedCursor, ok bool) bool {
	if prev == nil || !ok {
		return prev == nil && !ok
	}
	return saved.Value == prev.Value
}

// Delete implements [Store]. It never fails.
func (s *MemoryStore) Delete(_ context.Context, key Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cursors, key)
	return nil
}
