package otpauth_test

import (
	"testing"

	"countersign/cmd/countersign/internal/importer/importertest"
	"countersign/cmd/countersign/internal/importer/otpauth"
)

const secret = "JBSWY3DPEHPK3PXP"

func TestURIs(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"the usual one", "otpauth://totp/Acme:dana@example.com?secret=" + secret + "&issuer=Acme", []string{
			"1: dana@example.com of Acme: SHA1, 6 digits, 30s, 48656c6c6f21deadbeef"}},
		{"everything said", "otpauth://totp/ACME%20Co:john.doe@example.com?secret=jbswy3dpehpk3pxp&issuer=Acme%20Co&algorithm=SHA256&digits=8&period=60", []string{
			"1: john.doe@example.com of Acme Co: SHA256, 8 digits, 1m0s, 48656c6c6f21deadbeef"}},
		{"an issuer in the label alone, with an escaped colon", "otpauth://totp/Acme%3A%20dana?secret=" + secret, []string{"1: dana of Acme: SHA1"}},
		{"an account alone", "OTPAUTH://TOTP/dana?secret=" + secret, []string{"1: dana of : SHA1"}},
		{"lines between which others stand", "# exported\n\notpauth://totp/a?secret=" + secret + "\r\notpauth://totp/b?secret=" + secret, []string{"3: a of", "4: b of"}},
		{"a wrong one between right ones", "otpauth://totp/a?secret=" + secret + "\nhello\notpauth://totp/b?secret=" + secret, []string{
			"1: a of", "line 2: the line is not an otpauth URI; use one otpauth://totp/… a line", "3: b of"}},
		{"a counter", "otpauth://hotp/a?secret=" + secret + "&counter=1", []string{"line 1: the code is counter-based, not time-based; enroll the user anew"}},
		{"another kind", "otpauth://steam/a?secret=" + secret, []string{"line 1: the URI is of a kind"}},
		{"no secret", "otpauth://totp/a?issuer=A", []string{"line 1: secret is missing; export it again"}},
		{"two secrets", "otpauth://totp/a?secret=" + secret + "&secret=" + secret, []string{"line 1: secret comes twice"}},
		{"a secret that is none", "otpauth://totp/a?secret=189", []string{"line 1: the seed is not base32"}},
		{"a short secret", "otpauth://totp/a?secret=JBSWY3DP", []string{"line 1: the seed has 5 bytes, which is not 10 to 64"}},
		{"no account", "otpauth://totp/?secret=" + secret, []string{"line 1: the user is missing"}},
		{"digits in words", "otpauth://totp/a?digits=six&secret=" + secret, []string{"line 1: digits is not a whole number; correct it"}},
		{"many digits", "otpauth://totp/a?digits=10&secret=" + secret, []string{"line 1: 10 digits are not 6 to 8"}},
		{"no period", "otpauth://totp/a?period=0&secret=" + secret, []string{"line 1: period is not a whole number"}},
		{"another algorithm", "otpauth://totp/a?algorithm=MD5&secret=" + secret, []string{"line 1: the algorithm is not SHA1"}},
		{"bad escapes", "otpauth://totp/a?secret=%zz", []string{"line 1: the parameters cannot be read"}},
		{"nothing", "", nil},
	} {
		importertest.Is(t, c.name, otpauth.Parse, c.text, c.want...)
	}
}

func TestNothingIsShown(t *testing.T) {
	for _, text := range []string{
		"otpauth://totp/dana?secret=" + secret, "otpauth://totp/dana?secret=" + secret + "1", "otpauth://hotp/dana?secret=" + secret,
		"otpauth://totp/dana?secret=" + secret + "&digits=99", "otpauth://to tp:x/dana?secret=" + secret, "%otpauth://totp/dana?secret=" + secret,
	} {
		importertest.Hidden(t, otpauth.Parse, text, secret, "dana", "Hello!")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("otpauth://totp/Acme:dana@example.com?secret=" + secret + "&issuer=Acme&digits=8\n\n# x\notpauth://hotp/a")
	f.Fuzz(func(t *testing.T, text string) { importertest.Holds(t, otpauth.Parse, text) })
}
