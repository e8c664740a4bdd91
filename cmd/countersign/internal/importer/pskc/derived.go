package pskc

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
)

// An encryptionKey says what the key of a container is: a name, a password's (RFC 6030 section 6.2), or a certificate's.
type encryptionKey struct {
	Derived *derivedKey `xml:"DerivedKey"`
	X509    *struct{}   `xml:"X509Data"`
}

type derivedKey struct {
	Method struct {
		Algorithm string `xml:"Algorithm,attr"`
		Params    struct {
			Salt   string `xml:"Salt>Specified"`
			Rounds string `xml:"IterationCount"`
			Length string `xml:"KeyLength"` // bytes
			PRF    struct {
				Algorithm string `xml:"Algorithm,attr"`
			} `xml:"PRF"`
		} `xml:"PBKDF2-params"`
	} `xml:"KeyDerivationMethod"`
}

// maxRounds bounds what a file can make us count: some seconds.
const maxRounds = 10_000_000

var derivations = map[string]bool{
	"http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2": true,
	"http://www.w3.org/2009/xmlenc11#pbkdf2":                            true,
}

var prfs = map[string]func() hash.Hash{
	"": sha1.New, // RFC 8018's default
	"http://www.w3.org/2000/09/xmldsig#hmac-sha1":        sha1.New,
	"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": sha256.New,
	"http://www.w3.org/2001/04/xmldsig-more#hmac-sha512": sha512.New,
}

// keyOf gives the key of what the container says of it. What is wrong is told of each seed under it: there may be others in clear.
func (k Keys) keyOf(e encryptionKey) (events.Secret, *importer.Fault) {
	switch {
	case e.X509 != nil:
		return events.Secret{}, importer.Faultf(askMaker, "the container is under a certificate")
	case e.Derived == nil:
		return k.PreShared, nil
	case k.Password.IsZero():
		return events.Secret{}, importer.Faultf("give the password", "the container is under a password")
	}
	return e.Derived.key(k.Password)
}

func (d *derivedKey) key(password events.Secret) (events.Secret, *importer.Fault) {
	p := d.Method.Params
	newHash := prfs[p.PRF.Algorithm]
	salt, ok := unbase64(p.Salt)
	rounds, size := bounded(p.Rounds, maxRounds), bounded(p.Length, 32)
	switch {
	case !derivations[d.Method.Algorithm]:
		return events.Secret{}, importer.Faultf(askMaker, "the key is made of the password by something else than PBKDF2")
	case newHash == nil:
		return events.Secret{}, importer.Faultf(askMaker, "the key is made of the password by a PBKDF2 without HMAC-SHA1, -SHA256 or -SHA512")
	case !ok || len(salt) == 0 || rounds == 0 || size == 0:
		return events.Secret{}, importer.Faultf("ask the maker for the file anew", "what PBKDF2 needs is not whole: a salt, 1 to %d rounds, a key of 1 to 32 bytes", maxRounds)
	}
	key, err := pbkdf2.Key(newHash, password.Reveal(), salt, rounds, size)
	if err != nil {
		return events.Secret{}, importer.Faultf(askMaker, "no key can be made of the password")
	}
	return events.NewSecret(string(key)), nil
}

// bounded is 0 for what is not 1 to most.
func bounded(text string, most int) int {
	n := 0
	for _, digit := range strings.TrimSpace(text) {
		if digit < '0' || digit > '9' || n > most {
			return 0
		}
		n = 10*n + int(digit-'0')
	}
	if n > most {
		return 0
	}
	return n
}
