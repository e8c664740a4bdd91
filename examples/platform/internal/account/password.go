package account

import (
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
)

// A Cost is what one look at a password takes.
type Cost struct {
	Passes uint32
	Memory uint32 // KiB, for as long as it runs
}

// OWASP is what people who list such costs advise for Argon2id.
func OWASP() Cost { return Cost{Passes: 2, Memory: 19 << 10} }

const (
	lanes    = 1
	keySize  = 32
	saltSize = 16
	atOnce   = 2 // hashes; more wait, so that strangers cannot fill the memory
)

// A hash is what is kept of a password.
type hash struct {
	cost      Cost
	salt, key []byte
}

func (c Cost) hashed(password string) hash {
	h := hash{cost: c, salt: make([]byte, saltSize)}
	_, _ = rand.Read(h.salt) // never fails
	h.key = h.derive(password)
	return h
}

func (h hash) derive(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.cost.Passes, h.cost.Memory, lanes, keySize)
}

func (h hash) fits(password string) bool {
	return subtle.ConstantTimeCompare(h.key, h.derive(password)) == 1
}
