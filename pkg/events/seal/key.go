package seal

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"fmt"
	"log/slog"

	"countersign/pkg/events"
)

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// A PrivateKey opens what is sealed to its public key; the zero value opens nothing. Every way of printing it gives events.Redacted.
type PrivateKey struct{ key hpke.PrivateKey }

// NewPrivateKey makes a key from the system's randomness.
func NewPrivateKey() (PrivateKey, error) {
	key, err := kem().GenerateKey()
	if err != nil {
		return PrivateKey{}, fmt.Errorf("make private key: %w", err)
	}
	return PrivateKey{key}, nil
}

// ParsePrivateKey reads the 32 bytes of Bytes.
func ParsePrivateKey(raw []byte) (PrivateKey, error) {
	key, err := kem().NewPrivateKey(raw)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("read private key: %w", err)
	}
	return PrivateKey{key}, nil
}

// Bytes returns the 32 secret bytes. Every call is a place to review.
func (k PrivateKey) Bytes() ([]byte, error) { return k.key.Bytes() }

// Public returns the 32 bytes to seal to.
func (k PrivateKey) Public() []byte { return k.key.PublicKey().Bytes() }

// Open gives the text that was sealed for the place. Whatever is wrong with it is ErrOpen.
func (k PrivateKey) Open(p Place, sealed string) (events.Secret, error) {
	aad, err := p.aad()
	if err != nil {
		return events.Secret{}, fmt.Errorf("open %s: %w", p.Field, err)
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return events.Secret{}, ErrOpen
	}
	text, err := k.open(infoField, aad, raw)
	if err != nil {
		return events.Secret{}, err
	}
	return events.NewSecret(string(text)), nil
}

// OpenBytes gives the dead letter that SealBytes hid under the same aad.
func (k PrivateKey) OpenBytes(aad, sealed []byte) ([]byte, error) {
	return k.open(infoDead, aad, sealed)
}

func (k PrivateKey) open(info string, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < overhead || k.key == nil {
		return nil, ErrOpen
	}
	r, err := hpke.NewRecipient(sealed[:encSize], k.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(info))
	if err != nil {
		return nil, ErrOpen
	}
	text, err := r.Open(aad, sealed[encSize:])
	if err != nil {
		return nil, ErrOpen
	}
	return text, nil
}

func (k PrivateKey) String() string               { return events.Redacted }
func (k PrivateKey) GoString() string             { return events.Redacted }
func (k PrivateKey) LogValue() slog.Value         { return slog.StringValue(events.Redacted) }
func (k PrivateKey) MarshalText() ([]byte, error) { return []byte(events.Redacted), nil }
