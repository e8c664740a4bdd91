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

// A suite is a way to encrypt by AES.
type suite struct {
	size int // of the key, in bytes
	open func(block cipher.Block, box []byte) ([]byte, bool)
	safe bool // what opens was not altered
}

// suites are those of XML Encryption, by name: CBC mode (5.2.2) and key wrap (5.7; 1.1: 5.6.2).
var suites = map[string]suite{
	"http://www.w3.org/2001/04/xmlenc#aes128-cbc":    {16, openCBC, false},
	"http://www.w3.org/2001/04/xmlenc#aes192-cbc":    {24, openCBC, false},
	"http://www.w3.org/2001/04/xmlenc#aes256-cbc":    {32, openCBC, false},
	"http://www.w3.org/2001/04/xmlenc#kw-aes128":     {16, openWrapped, true},
	"http://www.w3.org/2001/04/xmlenc#kw-aes192":     {24, openWrapped, true},
	"http://www.w3.org/2001/04/xmlenc#kw-aes256":     {32, openWrapped, true},
	"http://www.w3.org/2009/xmlenc11#kw-aes-128-pad": {16, openPadded, true},
	"http://www.w3.org/2009/xmlenc11#kw-aes-192-pad": {24, openPadded, true},
	"http://www.w3.org/2009/xmlenc11#kw-aes-256-pad": {32, openPadded, true},
}

func openWrapped(block cipher.Block, box []byte) ([]byte, bool) { return unwrap(block, box, false) }

func openPadded(block cipher.Block, box []byte) ([]byte, bool) { return unwrap(block, box, true) }

var macs = map[string]func() hash.Hash{
	"http://www.w3.org/2000/09/xmldsig#hmac-sha1":        sha1.New,
	"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": sha256.New,
}

const askMaker = "ask the maker for a container under a pre-shared AES key or a password, or in clear"

// seed gives a key's seed, of either kind.
func (c *container) seed(v value) (events.Secret, *importer.Fault) {
	switch {
	case v.Plain != nil && v.Encrypted != nil:
		return events.Secret{}, importer.Faultf(askMaker, "the seed stands there twice")
	case v.Plain != nil:
		return importer.Base64(*v.Plain)
	case v.Encrypted == nil:
		return events.Secret{}, importer.Faultf("ask the maker for its seed", "the key has no seed")
	case c.keyless != nil:
		return events.Secret{}, c.keyless
	case c.key.IsZero():
		return events.Secret{}, importer.Faultf("give the pre-shared key", "the seed is encrypted")
	}
	return c.open(v)
}

// open wants a MAC where the cipher alone would let a seed be altered; one that is there has to fit in any case.
func (c *container) open(v value) (events.Secret, *importer.Fault) {
	if !suites[v.Encrypted.Method.Algorithm].safe || v.MAC != "" {
		if f := c.authentic(v); f != nil {
			return events.Secret{}, f
		}
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
		return importer.Faultf("check the key or the password, and the file: one of them is not the right one", "the MAC of the seed does not fit")
	}
	return nil
}

func (c *container) decrypt(e encrypted) ([]byte, *importer.Fault) {
	by, known := suites[e.Method.Algorithm]
	if !known {
		return nil, importer.Faultf(askMaker, "the cipher is not AES in CBC mode, or its key wrap")
	}
	key := []byte(c.key.Reveal())
	if len(key) != by.size {
		return nil, importer.Faultf("check the pre-shared key, or ask the maker", "the cipher wants a key of %d bytes", by.size)
	}
	box, ok := unbase64(e.Cipher)
	if !ok || len(box) < aes.BlockSize {
		return nil, importer.Faultf("ask the maker for the file anew", "a ciphertext is cut")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, importer.Faultf("check the pre-shared key", "it is no AES key")
	}
	plain, ok := by.open(block, box)
	if !ok {
		return nil, importer.Faultf("check the key or the password, and whether the file is whole", "a ciphertext does not open")
	}
	return plain, nil
}

// openCBC takes the padding of XML Encryption away: its last byte says how long it is, the others are any.
func openCBC(block cipher.Block, box []byte) ([]byte, bool) {
	if len(box) < 2*aes.BlockSize || len(box)%aes.BlockSize != 0 {
		return nil, false
	}
	plain := make([]byte, len(box)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, box[:aes.BlockSize]).CryptBlocks(plain, box[aes.BlockSize:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, false
	}
	return plain[:len(plain)-padding], true
}

func unbase64(text string) ([]byte, bool) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	return raw, err == nil
}
