package nango

import "fmt"

// addPage adds the keys of a page to seen. It returns an error if the page has no new key: the caller expects more
// pages, and a server that repeats itself would keep the loop running for ever.
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
