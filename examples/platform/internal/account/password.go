package account

import (
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
)

// Argon2id as OWASP has it: each hash takes 19 MiB for as long as it runs.
const (
	passes   = 2
	memory   = 19 << 10 // KiB
	lanes    = 1
	keySize  = 32
	saltSize = 16
	atOnce   = 2 // hashes; more wait, so that strangers cannot fill the memory
)

// A hash is what is kept of a password.
type hash struct{ salt, key []byte }

func hashed(password string) hash {
	h := hash{salt: make([]byte, saltSize)}
	_, _ = rand.Read(h.salt) // never fails
	h.key = h.derive(password)
	return h
}

func (h hash) derive(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, passes, memory, lanes, keySize)
}

func (h hash) fits(password string) bool {
	return subtle.ConstantTimeCompare(h.key, h.derive(password)) == 1
}
