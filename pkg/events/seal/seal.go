// Package seal hides single fields on their way to a worker, and whole messages on their way to an operator.
//
// It is HPKE in base mode (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305. What is sealed for one place (platform, user,
// event, field) opens at that place only. Anybody who has the public key can seal: sealing hides, it does not say who wrote.
// testdata/seal.json of the module holds a vector with fixed keys.
package seal

import (
	"crypto/hpke"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"countersign/pkg/events"
)

const (
	// Suite is what keys.public calls the algorithms.
	Suite = "DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305"

	infoField = "countersign/v1"
	infoDead  = "countersign/dead/v1"

	encSize  = 32 // encapsulated X25519 key
	overhead = encSize + 16
)

// ErrOpen says that something does not open: it was sealed to another key or for another place, or it was changed.
var ErrOpen = errors.New("sealed text does not open: seal it to this key, for this platform, user, type, id and field")

// A Place is where a sealed field stands. No part holds a NUL.
type Place struct {
	Platform string // DNS label
	User     string
	Type     string // ce-type
	ID       string // challenge_id, enrollment_id, else ce-id
	Field    string // the clear field's name: "code", "email", "phone"
}

func (p Place) aad() ([]byte, error) {
	parts := []string{p.Platform, p.User, p.Type, p.ID, p.Field}
	for _, part := range parts {
		if part == "" || strings.ContainsRune(part, 0) {
			return nil, errors.New("a part of the place is empty or holds a NUL")
		}
	}
	return []byte(strings.Join(parts, "\x00")), nil
}

// Seal hides text for one place: base64 of enc and ciphertext. pub is a 32-byte public key of keys.public.
func Seal(pub []byte, p Place, text events.Secret) (string, error) {
	aad, err := p.aad()
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", p.Field, err)
	}
	sealed, err := seal(pub, infoField, aad, []byte(text.Reveal()))
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", p.Field, err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// SealBytes hides a dead letter: enc and ciphertext. aad says where it stands.
func SealBytes(pub, aad, text []byte) ([]byte, error) {
	sealed, err := seal(pub, infoDead, aad, text)
	if err != nil {
		return nil, fmt.Errorf("seal dead letter: %w", err)
	}
	return sealed, nil
}

func seal(pub []byte, info string, aad, text []byte) ([]byte, error) {
	key, err := kem().NewPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(info))
	if err != nil {
		return nil, err
	}
	text, err = sender.Seal(aad, text)
	return append(enc, text...), err
}
