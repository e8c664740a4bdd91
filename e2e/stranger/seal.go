package stranger

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"fmt"
	"strings"
)

// A Place is where a sealed field stands.
type Place struct {
	Platform, User string
	Fact           string // attempt.submitted
	ID             string // challenge_id, enrollment_id, else ce-id
	Field          string
}

// Seal hides text for one place from all but the workers: HPKE in base mode, as the contract has it. publicKey is base64, of keys.public.
func Seal(publicKey string, at Place, text string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(publicKey)
	if err != nil {
		return "", fmt.Errorf("read public key: %w", err)
	}
	key, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(raw)
	if err != nil {
		return "", fmt.Errorf("read public key: %w", err)
	}
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte("countersign/v1"))
	if err != nil {
		return "", err
	}
	aad := strings.Join([]string{at.Platform, at.User, "countersign." + at.Fact + ".v1", at.ID, at.Field}, "\x00")
	hidden, err := sender.Seal([]byte(aad), []byte(text))
	return base64.StdEncoding.EncodeToString(append(enc, hidden...)), err
}
