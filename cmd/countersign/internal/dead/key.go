package dead

import (
	"crypto/ecdh"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/events/seal"
)

// Key is the private half of COUNTERSIGN_DEAD_LETTER_KEY; runtime.Load fills it.
type Key struct {
	Text events.Secret `env:"COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY" about:"it is the private key that opens dead letters" remedy:"mount it and name it in COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY_FILE: what openssl genpkey -algorithm X25519 wrote"`
}

var errKey = errors.New("COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY is not what it should be: use what openssl genpkey -algorithm X25519 wrote, in PEM, or its 32 bytes in base64")

// Check says whether it can be read; none is none.
func (k Key) Check() error {
	if k.Text.IsZero() {
		return nil
	}
	_, err := k.Private()
	return err
}

// Private reads PEM (PKCS #8) or 32 bytes in base64. The error does not hold the text.
func (k Key) Private() (seal.PrivateKey, error) {
	text := strings.TrimSpace(k.Text.Reveal())
	raw, err := base64.StdEncoding.DecodeString(text)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		raw, err = fromPEM(block)
	}
	if err != nil {
		return seal.PrivateKey{}, errKey
	}
	key, err := seal.ParsePrivateKey(raw)
	if err != nil {
		return seal.PrivateKey{}, errKey
	}
	return key, nil
}

func fromPEM(block *pem.Block) ([]byte, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdh.PrivateKey)
	if !ok || key.Curve() != ecdh.X25519() {
		return nil, errKey
	}
	return key.Bytes(), nil
}
