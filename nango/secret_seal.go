package nango

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
)

// redacted is printed in place of a secret.
const redacted = "[redacted]"

// sealer encrypts the values of secrets. Its keys exist only while the process runs, and no value refers to them. So
// code that reads values by reflection does not find the plain text. A sealer does not protect against an attacker who
// reads the memory.
type sealer struct {
	block   cipher.Block
	hashKey [sha256.Size]byte
}

var sealing = sync.OnceValue(func() *sealer {
	s, key := &sealer{}, make([]byte, aes.BlockSize)
	_, _ = rand.Read(key) // crypto/rand never fails
	_, _ = rand.Read(s.hashKey[:])
	s.block, _ = aes.NewCipher(key) // never fails with a key of this length
	return s
})

// seal returns the encrypted value. Two sealed values are equal exactly if the values are equal, since
// reflect.DeepEqual has to work. For this, the initialization vector is a hash of the value.
func seal(value string) *string {
	s := sealing()
	buffer := append(make([]byte, 0, sha256.Size+len(value)), s.hashKey[:]...)
	buffer = append(buffer, value...)
	hash := sha256.Sum256(buffer)
	sealed := buffer[sha256.Size-aes.BlockSize:]
	copy(sealed, hash[:aes.BlockSize])
	cipher.NewCTR(s.block, sealed[:aes.BlockSize]).XORKeyStream(sealed[aes.BlockSize:], sealed[aes.BlockSize:])
	return new(string(sealed))
}

// unseal returns a copy of the value, or nil if there is no value.
func unseal(sealed *string) []byte {
	if sealed == nil {
		return nil
	}
	vector, value := (*sealed)[:aes.BlockSize], []byte((*sealed)[aes.BlockSize:])
	cipher.NewCTR(sealing().block, []byte(vector)).XORKeyStream(value, value)
	return value
}

func equalSealed(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return subtle.ConstantTimeCompare([]byte(*a), []byte(*b)) == 1
}

func mask(sealed *string) string {
	if sealed == nil {
		return ""
	}
	return redacted
}
