package nango

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
)

// redacted stands wherever a secret would have been printed.
const redacted = "[redacted]"

// sealer encrypts what secrets hold, under keys that live as long as the process and that no value leads to. It is no guard
// against those who read the memory: it keeps secrets from what finds its way through values by reflection.
type sealer struct {
	block   cipher.Block
	hashKey [sha256.Size]byte
}

var sealing = sync.OnceValue(func() *sealer {
	s, key := &sealer{}, make([]byte, aes.BlockSize)
	_, _ = rand.Read(key) // which never fails
	_, _ = rand.Read(s.hashKey[:])
	s.block, _ = aes.NewCipher(key) // nor does this, with a key of this length
	return s
})

// seal returns the encrypted value. Equal values are equal when they are sealed, and no others, because reflect.DeepEqual has
// to tell them apart: the initialization vector is a hash of the value.
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

// unseal returns the value in bytes of its own; nil where there is none.
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
