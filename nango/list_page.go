package nango

import "fmt"

// addPage notes what a page of an iterator shows, by keys. It fails where the page holds nothing new, though more is to come.
func addPage[E any](seen map[string]bool, operation string, page []E, key func(E) string) error {
	before := len(seen)
	for _, entry := range page {
		seen[key(entry)] = true
	}
	if len(seen) == before {
		return fmt.Errorf("nango: %s: the server returned a page that holds nothing new, which would go round for ever", operation)
	}
	return nil
}
