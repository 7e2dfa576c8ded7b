package nangotest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/nango/nangotest"
)

// An API key that no client takes is refused where it is given, and not shown.
func TestKeysAreChecked(t *testing.T) {
	srv := nangotest.Start(t)
	for _, secret := range []string{"s3cr3t\n", " s3cr3t", "s3cr3t\t", "\ufeffs3cr3t", "s3cr3t\x00"} {
		const want = "nangotest: a key that no client takes: nango: API key holds white space, a control character or a character beyond ASCII"
		assert.PanicsWithValue(t, want, func() { srv.AddKey(nangotest.Key{Secret: secret}) }, "%q", secret)
		assert.PanicsWithValue(t, want, func() { srv.AddAccountKey(nangotest.Key{Secret: secret}) }, "%q", secret)
	}
	assert.Equal(t, "k1", srv.AddKey(nangotest.Key{Secret: "k1"}).Secret, "which still works")
}
