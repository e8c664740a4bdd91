package pskc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
)

type encryptionKey struct {
	DerivedKey *struct{} `xml:"DerivedKey"`
	X509       *struct{} `xml:"X509Data"`
}

type encrypted struct {
	Method struct {
		Algorithm string `xml:"Algorithm,attr"`
	} `xml:"EncryptionMethod"`
	Cipher string `xml:"CipherData>CipherValue"`
}

type macMethod struct {
	Algorithm string     `xml:"Algorithm,attr"`
	Key       *encrypted `xml:"MACKey"`
}

// ciphers are the sizes of the keys of AES in CBC mode, by name (XML Encryption 5.2.2).
var ciphers = map[string]int{
	"http://www.w3.org/2001/04/xmlenc#aes128-cbc": 16,
	"http://www.w3.org/2001/04/xmlenc#aes192-cbc": 24,
	"http://www.w3.org/2001/04/xmlenc#aes256-cbc": 32,
}

var macs = map[string]func() hash.Hash{
	"http://www.w3.org/2000/09/xmldsig#hmac-sha1":        sha1.New,
	"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": sha256.New,
}

const askMaker = "ask the maker for a container under a pre-shared AES key, or in clear"

// seed gives a key's seed, of either kind. What is encrypted must have a MAC: CBC alone can be altered.
func (c *container) seed(v value) (events.Secret, *importer.Fault) {
	switch {
	case v.Plain != nil && v.Encrypted != nil:
		return events.Secret{}, importer.Faultf(askMaker, "the seed stands there twice")
	case v.Plain != nil:
		return importer.Base64(*v.Plain)
	case v.Encrypted == nil:
		return events.Secret{}, importer.Faultf("ask the maker for its seed", "the key has no seed")
	case c.derived:
		return events.Secret{}, importer.Faultf(askMaker, "the container is under a password or a certificate")
	case c.key.IsZero():
		return events.Secret{}, importer.Faultf("give the pre-shared key", "the seed is encrypted")
	}
	return c.open(v)
}

func (c *container) open(v value) (events.Secret, *importer.Fault) {
	if f := c.authentic(v); f != nil {
		return events.Secret{}, f
	}
	seed, f := c.decrypt(*v.Encrypted)
	return events.NewSecret(string(seed)), f
}

// authentic checks the MAC of the ciphertext, initial vector included (RFC 6030 section 6.1).
func (c *container) authentic(v value) *importer.Fault {
	newHash := macs[c.mac.Algorithm]
	if newHash == nil || c.mac.Key == nil {
		return importer.Faultf(askMaker, "the container has no MAC by HMAC-SHA1 or HMAC-SHA256")
	}
	key, f := c.decrypt(*c.mac.Key)
	if f != nil {
		return f
	}
	box, ok := unbase64(v.Encrypted.Cipher)
	given, ok2 := unbase64(v.MAC)
	mac := hmac.New(newHash, key)
	mac.Write(box)
	if !ok || !ok2 || !hmac.Equal(mac.Sum(nil), given) {
		return importer.Faultf("check the pre-shared key and the file: one of them is not the right one", "the MAC of the seed does not fit")
	}
	return nil
}

func (c *container) decrypt(e encrypted) ([]byte, *importer.Fault) {
	size, known := ciphers[e.Method.Algorithm]
	if !known {
		return nil, importer.Faultf(askMaker, "the cipher is not AES in CBC mode")
	}
	key := []byte(c.key.Reveal())
	if len(key) != size {
		return nil, importer.Faultf("check the pre-shared key", "the cipher wants a key of %d bytes", size)
	}
	box, ok := unbase64(e.Cipher)
	if !ok || len(box) < 2*aes.BlockSize || len(box)%aes.BlockSize != 0 {
		return nil, importer.Faultf("ask the maker for the file anew", "a ciphertext is cut")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, importer.Faultf("check the pre-shared key", "it is no AES key")
	}
	plain := make([]byte, len(box)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, box[:aes.BlockSize]).CryptBlocks(plain, box[aes.BlockSize:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, importer.Faultf("check the pre-shared key", "a ciphertext does not open")
	}
	return plain[:len(plain)-padding], nil
}

func unbase64(text string) ([]byte, bool) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	return raw, err == nil
}
