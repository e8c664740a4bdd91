package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

const (
	keySize = 32
	version = "countersign/keyring/v1" // first part of every derivation and of all associated data
)

// A secretKey is a function because fmt prints what stands in unexported fields, also behind pointers, whatever methods it
// has; of a function it knows only the address.
type secretKey func() []byte

// hide panics unless there are keySize bytes: AES would take a shorter key without a word.
func hide(key []byte) secretKey {
	_ = [keySize]byte(key)
	return func() []byte { return key }
}

func newKey() secretKey {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: the runtime stops instead
	return hide(key)
}

// newID is 130 random bits in lower-case base32.
func newID() string { return strings.ToLower(rand.Text()) }

// parts joins texts so that no two lists give the same: each is preceded by its length as 4 bytes, most significant first.
func parts(texts ...string) string {
	size := lengthSize + len(version)
	for _, t := range texts {
		size += lengthSize + len(t)
	}
	var out strings.Builder
	out.Grow(size)
	addPart(&out, version)
	for _, t := range texts {
		addPart(&out, t)
	}
	return out.String()
}

const lengthSize = 4

func addPart(to *strings.Builder, text string) {
	var length [lengthSize]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(text)))
	to.Write(length[:])
	to.WriteString(text)
}

// derive gives size bytes that follow from key and the texts and from nothing else.
func derive(key secretKey, size int, texts ...string) []byte {
	out, err := hkdf.Key(sha256.New, key(), nil, parts(texts...), size)
	if err != nil {
		panic("derive key: " + err.Error()) // only for more than 8,160 bytes
	}
	return out
}

func subkey(key secretKey, texts ...string) secretKey {
	return hide(derive(key, keySize, texts...))
}

// wrap seals plain under key with a random nonce in front. Random nonces are good for 2^32 messages under one key.
func wrap(key secretKey, aad string, plain []byte) []byte {
	return aead(key).Seal(nil, nil, plain, []byte(aad))
}

func unwrap(key secretKey, aad string, box []byte) ([]byte, error) {
	return sealerOf(key).open(aad, box)
}

// A sealer is a key made ready, for keys that are used again and again; a function for the reason that secretKey is one.
type sealer func() cipher.AEAD

func sealerOf(key secretKey) sealer {
	ready := aead(key)
	return func() cipher.AEAD { return ready }
}

func (s sealer) open(aad string, box []byte) ([]byte, error) {
	plain, err := s().Open(nil, nil, box, []byte(aad))
	if err != nil {
		return nil, ErrForged
	}
	return plain, nil
}

func (s sealer) openKey(aad string, box []byte) (secretKey, error) {
	plain, err := s.open(aad, box)
	if err != nil || len(plain) != keySize {
		return nil, ErrForged
	}
	return hide(plain), nil
}

func aead(key secretKey) cipher.AEAD {
	block, err := aes.NewCipher(key())
	if err != nil {
		panic("make cipher: " + err.Error()) // only for another key size
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("make cipher: " + err.Error())
	}
	return gcm
}
