package pskc_test

import (
	"encoding/hex"
	"io"
	"iter"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/importer"
	"countersign/cmd/countersign/internal/importer/importertest"
	"countersign/cmd/countersign/internal/importer/pskc"
	"countersign/pkg/events"
)

const hello = "48656c6c6f21deadbeef" // SGVsbG8h3q2+7w==

func container(inside string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
` + inside + "\n</KeyContainer>\n"
}

// pack is one package; rest stands inside the key, behind the seed.
func pack(seed, rest string) string {
	return `<KeyPackage><DeviceInfo><Manufacturer>Maker</Manufacturer><SerialNo>987654321</SerialNo></DeviceInfo>
<Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Issuer>Acme</Issuer>` + rest + `<Data><Secret>` + seed + `</Secret></Data></Key></KeyPackage>`
}

const plain = "<PlainValue>SGVsbG8h3q2+7w==</PlainValue>"

func TestContainersInClear(t *testing.T) {
	full := `<AlgorithmParameters><Suite>HMAC-SHA256</Suite><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>
<UserId>dana</UserId><Data><Time><PlainValue>0</PlainValue></Time><TimeInterval><PlainValue>60</PlainValue></TimeInterval></Data>`
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"everything said", container(pack(plain, full)), []string{"3: dana of Acme: SHA256, 8 digits, 1m0s, " + hello}},
		{"the least", container(pack(plain, "")), []string{"3: 12345678 of Acme: SHA1, 6 digits, 30s, " + hello}},
		{"two", container(pack(plain, full) + "\n" + pack(plain, "")), []string{"3: dana", "6: 12345678"}},
		{"the device's user", container(strings.Replace(pack(plain, ""), "</DeviceInfo>", "<UserId>jan</UserId></DeviceInfo>", 1)), []string{"3: jan of"}},
		{"a use that is ours", container(pack(plain, "<Policy><KeyUsage>OTP</KeyUsage></Policy>")), []string{"3: 12345678"}},
		{"a use that is not", container(pack(plain, "<Policy><KeyUsage>CR</KeyUsage></Policy>") + "\n" + pack(plain, "")), []string{"line 3: its Policy demands what is not kept here", "5: 12345678"}},
		{"an end of its use", container(pack(plain, "<Policy><ExpiryDate>2030-01-01T00:00:00Z</ExpiryDate></Policy>")), []string{"line 3: its Policy demands"}},
		{"a counter", container(strings.Replace(pack(plain, ""), ":totp", ":hotp", 1)), []string{"line 3: the key is not time-based (totp); enroll the user anew"}},
		{"letters for digits", container(pack(plain, `<AlgorithmParameters><ResponseFormat Length="8" Encoding="ALPHANUMERIC"/></AlgorithmParameters>`)), []string{"line 3: its codes are not digits"}},
		{"no seed", container(pack("", "")), []string{"line 3: the key has no seed"}},
		{"a seed that is none", container(pack("<PlainValue>*</PlainValue>", "")), []string{"line 3: the seed is not base64"}},
		{"another suite", container(pack(plain, "<AlgorithmParameters><Suite>HMAC-MD5</Suite></AlgorithmParameters>")), []string{"line 3: the algorithm is not SHA1"}},
		{"no container", "<Keys/>", []string{"read container: line 1: it is no KeyContainer of RFC 6030"}},
		{"a container of another kind", `<KeyContainer xmlns="urn:other"/>`, []string{"read container: line 1: it is no KeyContainer"}},
		{"no XML", "hello", []string{"read container: there is nothing to read"}},
		{"cut", container(pack(plain, ""))[:400], []string{"read container: line"}},
		{"nothing", "", []string{"read container: there is nothing to read"}},
		{"empty", container(""), nil},
	} {
		importertest.Is(t, c.name, pskc.Parse(events.Secret{}), c.text, c.want...)
	}
}

const aes128 = `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><xenc:CipherData><xenc:CipherValue>`

// RFC 6030 section 6.1, figure 6, with totp for hotp: the pre-shared key, the MAC's key, and the seed 12345678901234567890.
const (
	method = `<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>
<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey>` + aes128 + `ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX</xenc:CipherValue></xenc:CipherData></MACKey></MACMethod>
`
	cipher = `AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv`
	mac    = `Su+NvtQfmvfJzF6bmQiJqoLRExc=`
)

func encrypted(cipher, mac string) string {
	return `<EncryptedValue>` + aes128 + cipher + `</xenc:CipherValue></xenc:CipherData></EncryptedValue><ValueMAC>` + mac + `</ValueMAC>`
}

func preShared(t *testing.T, text string) events.Secret {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return events.NewSecret(string(raw))
}

func TestContainersUnderAPreSharedKey(t *testing.T) {
	right := preShared(t, "12345678901234567890123456789012")
	seed := encrypted(cipher, mac)
	for _, c := range []struct {
		name string
		key  events.Secret
		text string
		want string
	}{
		{"the RFC's own", right, container(method + pack(seed, "")), "5: 12345678 of Acme: SHA1, 6 digits, 30s, " + hex.EncodeToString([]byte("12345678901234567890"))},
		{"no key", events.Secret{}, container(method + pack(seed, "")), "line 5: the seed is encrypted; give the pre-shared key"},
		{"another key", preShared(t, "22345678901234567890123456789012"), container(method + pack(seed, "")), "line 5: "},
		{"a key of another size", preShared(t, "1234567890123456789012345678901212345678"), container(method + pack(seed, "")), "line 5: the cipher wants a key of 16 bytes"},
		{"an altered seed", right, container(method + pack(encrypted("B"+cipher[1:], mac), "")), "line 5: the MAC of the seed does not fit"},
		{"a seed that is cut", right, container(method + pack(encrypted(cipher[:32], mac), "")), "line 5: the MAC of the seed does not fit"},
		{"no MAC", right, container(method + pack(encrypted(cipher, ""), "")), "line 5: the MAC of the seed does not fit"},
		{"no method of a MAC", right, container(pack(seed, "")), "line 3: the container has no MAC"},
		{"a key of a MAC that is cut", right, container(strings.Replace(method, "ZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX", "Zg==", 1) + pack(seed, "")), "line 5: a ciphertext is cut"},
		{"another cipher", right, container(strings.ReplaceAll(method, "aes128-cbc", "tripledes-cbc") + pack(seed, "")), "line 5: the cipher is not AES in CBC mode"},
		{"a password", right, container("<EncryptionKey><DerivedKey/></EncryptionKey>" + pack(seed, "")), "line 3: the container is under a password or a certificate"},
		{"a seed that stands there twice", right, container(method + pack(plain+seed, "")), "line 5: the seed stands there twice"},
	} {
		importertest.Is(t, c.name, pskc.Parse(c.key), c.text, c.want)
	}
}

func TestNothingIsShown(t *testing.T) {
	right := preShared(t, "12345678901234567890123456789012")
	for _, text := range []string{
		container(pack(plain, "<UserId>dana</UserId>")), container(pack(plain, "<UserId>dana</UserId><dana></x>")), container(pack(plain+"!", "<UserId>dana</UserId>")),
		container(method + pack(encrypted(cipher, mac), "<UserId>dana</UserId>")), container(method + pack(encrypted(cipher, mac[:8]), "<UserId>dana</UserId>")),
	} {
		importertest.Hidden(t, pskc.Parse(right), text, "SGVsbG8", "Hello!", "dana", "1234567890123456", "\x12\x34\x56", "AAECAw")
	}
}

func FuzzParse(f *testing.F) {
	raw, _ := hex.DecodeString("12345678901234567890123456789012")
	parse := func(r io.Reader) iter.Seq2[importer.Record, error] {
		return pskc.Parse(events.NewSecret(string(raw)))(r)
	}
	f.Add(container(method + pack(encrypted(cipher, mac), "") + pack(plain, "<UserId>dana</UserId>")))
	f.Fuzz(func(t *testing.T, text string) { importertest.Holds(t, parse, text) })
}
