package altcha

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"time"

	"countersign/services/recovery/internal/captcha"
)

// What every challenge of this release says.
const (
	algorithm = "PBKDF2/SHA-256"
	cost      = 5000 // iterations of one derivation
	keyLength = 32   // bytes
)

// A challenge is what the widget is given, and gives back.
type challenge struct {
	Parameters parameters `json:"parameters"`
	Signature  string     `json:"signature"`
}

// parameters are signed as JSON with sorted names: the fields stand in that order.
type parameters struct {
	Algorithm    string `json:"algorithm"`
	Cost         int    `json:"cost"`
	Data         data   `json:"data"`
	ExpiresAt    int64  `json:"expiresAt"` // Unix seconds
	KeyLength    int    `json:"keyLength"`
	KeyPrefix    string `json:"keyPrefix"`    // the first half of the key to be derived, in hexadecimal like all that follows
	KeySignature string `json:"keySignature"` // of the whole key
	Nonce        string `json:"nonce"`
	Salt         string `json:"salt"`
}

type data struct {
	Binding string `json:"binding"`
}

func (p *Provider) challenge(b captcha.Binding) (challenge, error) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: the runtime stops instead
	nonce, salt := random[:16], random[16:]
	key, err := derive(nonce, salt, p.counter())
	if err != nil {
		return challenge{}, err
	}
	made := parameters{
		Algorithm: algorithm, Cost: cost, Data: data{b.Digest()}, ExpiresAt: p.now().Add(Life).Unix(), KeyLength: keyLength,
		KeyPrefix: hex.EncodeToString(key[:keyLength/2]), Nonce: hex.EncodeToString(nonce), Salt: hex.EncodeToString(salt),
	}
	made.KeySignature = p.signer.key(made.ExpiresAt, key)
	return challenge{made, p.signer.challenge(made)}, nil
}

// counter is in the upper two thirds of the work, so that nobody is lucky.
func (p *Provider) counter() uint32 {
	least := p.work / 3
	n, _ := rand.Int(rand.Reader, big.NewInt(int64(p.work-least))) // never fails either
	return uint32(least) + uint32(n.Int64())
}

func derive(nonce, salt []byte, counter uint32) ([]byte, error) {
	password := binary.BigEndian.AppendUint32(bytes.Clone(nonce), counter)
	return pbkdf2.Key(sha256.New, string(password), salt, cost, keyLength)
}

// A signer signs with secrets of the hour in which a challenge was made.
type signer struct {
	shared func(use string, period int64) []byte
}

const period = int64(time.Hour / time.Second)

func (s signer) sign(use string, expiresAt int64, content []byte) string {
	made := expiresAt - int64(Life/time.Second)
	mac := hmac.New(sha256.New, s.shared(use, made/period))
	mac.Write(content)
	return hex.EncodeToString(mac.Sum(nil))
}

func (s signer) key(expiresAt int64, key []byte) string {
	return s.sign("captcha/altcha/key", expiresAt, key)
}

func (s signer) challenge(p parameters) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(p) // strings and numbers alone
	return s.sign("captcha/altcha/challenge", p.ExpiresAt, bytes.TrimSpace(text.Bytes()))
}
