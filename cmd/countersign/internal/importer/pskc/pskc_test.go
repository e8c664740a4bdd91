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
		importertest.Is(t, c.name, pskc.Parse(pskc.Keys{}), c.text, c.want...)
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
		{"a key of a MAC that is cut", right, container(strings.Replace(method, "ZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX", "Zg==", 1) + pack(seed, "")), "line 5: a ciphertext"},
		{"another cipher", right, container(strings.ReplaceAll(method, "aes128-cbc", "tripledes-cbc") + pack(seed, "")), "line 5: the cipher is not AES in CBC mode, or its key wrap"},
		{"a certificate", right, container("<EncryptionKey><ds:X509Data/></EncryptionKey>" + pack(seed, "")), "line 3: the container is under a certificate"},
		{"a password", right, container(derived + pack(encrypted(cipher7, mac7), "")), "line 9: the container is under a password; give the password"},
		{"a seed that stands there twice", right, container(method + pack(plain+seed, "")), "line 5: the seed stands there twice"},
	} {
		importertest.Is(t, c.name, pskc.Parse(pskc.Keys{PreShared: c.key}), c.text, c.want)
	}
}

// RFC 6030 section 6.2, figure 7, likewise: the password is qwerty.
const (
	derived = `<EncryptionKey><xenc11:DerivedKey xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">
<xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"><pkcs5:PBKDF2-params>
<Salt><Specified>Ej7/PEpyEpw=</Specified></Salt><IterationCount>1000</IterationCount><KeyLength>16</KeyLength><PRF/>
</pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod><xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName></xenc11:DerivedKey></EncryptionKey>
<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey>` + aes128 + `
2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx</xenc:CipherValue></xenc:CipherData></MACKey></MACMethod>
`
	cipher7 = `oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f`
	mac7    = `LP6xMvjtypbfT9PdkJhBZ+D6O4w=`
)

func TestContainersUnderAPassword(t *testing.T) {
	whole := container(derived + pack(encrypted(cipher7, mac7), ""))
	with := func(old, now string) string { return strings.Replace(whole, old, now, 1) }
	const found = "9: 12345678 of Acme: SHA1, 6 digits, 30s, 3132333435363738393031323334353637383930"
	for _, c := range []struct {
		name, password, text, want string
	}{
		{"the RFC's own", "qwerty", whole, found},
		{"its function named", "qwerty", with("<PRF/>", `<PRF Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"/>`), found},
		{"the same by the name of XML Encryption 1.1", "qwerty", with("http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2", "http://www.w3.org/2009/xmlenc11#pbkdf2"), found},
		{"another password", "azerty", whole, "line 9: "},
		{"another function", "qwerty", with("<PRF/>", `<PRF Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"/>`), "line 9: "},
		{"a function that is none", "qwerty", with("<PRF/>", `<PRF Algorithm="x"/>`), "line 9: the key is made of the password by a PBKDF2 without"},
		{"another derivation", "qwerty", with("#pbkdf2", "#pbkdf1"), "line 9: the key is made of the password by something else"},
		{"no salt", "qwerty", with("Ej7/PEpyEpw=", ""), "line 9: what PBKDF2 needs is not whole"},
		{"no round", "qwerty", with(">1000<", ">0<"), "line 9: what PBKDF2 needs is not whole"},
		{"rounds without end", "qwerty", with(">1000<", ">10000001<"), "line 9: what PBKDF2 needs is not whole"},
		{"rounds that are no number", "qwerty", with(">1000<", ">many<"), "line 9: what PBKDF2 needs is not whole"},
		{"a key without end", "qwerty", with(">16<", ">33<"), "line 9: what PBKDF2 needs is not whole"},
		{"a key of another size", "qwerty", with(">16<", ">32<"), "line 9: the cipher wants a key of 16 bytes"},
		{"an altered seed", "qwerty", with("oTvo", "oTvp"), "line 9: the MAC of the seed does not fit"},
		{"a seed in clear beside", "azerty", container(derived + pack(plain, "")), "9: 12345678 of Acme: SHA1, 6 digits, 30s, " + hello},
	} {
		importertest.Is(t, c.name, pskc.Parse(pskc.Keys{Password: events.NewSecret(c.password)}), c.text, c.want)
	}
}

// The wrapped key of RFC 3394 section 4.1, as a seed. It needs no MAC.
func TestSeedsThatAreWrapped(t *testing.T) {
	right := preShared(t, "000102030405060708090a0b0c0d0e0f")
	wrapped := func(method, box, mac string) string {
		return container(pack(`<EncryptedValue><xenc:EncryptionMethod Algorithm="`+method+`"/><xenc:CipherData><xenc:CipherValue>`+box+
			`</xenc:CipherValue></xenc:CipherData></EncryptedValue>`+mac, ""))
	}
	const kw, box = "http://www.w3.org/2001/04/xmlenc#kw-aes128", "H6aLCoEStEeu80vY+1p7gp0+hiNx0s/l"
	for _, c := range []struct {
		name, text, want string
	}{
		{"the RFC's own", wrapped(kw, box, ""), "3: 12345678 of Acme: SHA1, 6 digits, 30s, 00112233445566778899aabbccddeeff"},
		{"altered", wrapped(kw, "I"+box[1:], ""), "line 3: a ciphertext does not open"},
		{"of another kind", wrapped("http://www.w3.org/2009/xmlenc11#kw-aes-128-pad", box, ""), "line 3: a ciphertext does not open"},
		{"for a longer key", wrapped("http://www.w3.org/2001/04/xmlenc#kw-aes256", box, ""), "line 3: the cipher wants a key of 32 bytes"},
		{"with a MAC that fits nothing", wrapped(kw, box, "<ValueMAC>"+mac+"</ValueMAC>"), "line 3: the container has no MAC"},
	} {
		importertest.Is(t, c.name, pskc.Parse(pskc.Keys{PreShared: right}), c.text, c.want)
	}
}

func TestNothingIsShown(t *testing.T) {
	right := preShared(t, "12345678901234567890123456789012")
	for _, text := range []string{
		container(pack(plain, "<UserId>dana</UserId>")), container(pack(plain, "<UserId>dana</UserId><dana></x>")), container(pack(plain+"!", "<UserId>dana</UserId>")),
		container(derived + pack(encrypted(cipher7, mac7), "<UserId>dana</UserId>")), container(derived + pack(encrypted(cipher7, mac7[:8]), "<UserId>dana</UserId>")),
		container(method + pack(encrypted(cipher, mac), "<UserId>dana</UserId>")), container(method + pack(encrypted(cipher, mac[:8]), "<UserId>dana</UserId>")),
	} {
		importertest.Hidden(t, pskc.Parse(pskc.Keys{PreShared: right, Password: events.NewSecret("qwerty")}), text, "SGVsbG8", "Hello!", "dana", "1234567890123456", "\x12\x34\x56", "AAECAw", "qwerty", "oTvo")
	}
}

func FuzzParse(f *testing.F) {
	raw, _ := hex.DecodeString("12345678901234567890123456789012")
	parse := func(r io.Reader) iter.Seq2[importer.Record, error] {
		return pskc.Parse(pskc.Keys{PreShared: events.NewSecret(string(raw)), Password: events.NewSecret("qwerty")})(r)
	}
	f.Add(container(method + pack(encrypted(cipher, mac), "") + pack(plain, "<UserId>dana</UserId>")))
	f.Add(container(derived + pack(encrypted(cipher7, mac7), "")))
	f.Fuzz(func(t *testing.T, text string) { importertest.Holds(t, parse, text) })
}
