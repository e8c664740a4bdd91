package events

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// single returns the one value of a header, "" where it is absent.
func single(h Header, name string) (string, error) {
	var found []string
	for key, values := range h {
		if strings.EqualFold(key, name) {
			found = append(found, values...)
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return strings.Trim(found[0], " \t"), nil
	}
	return "", Fault(name, "stands in the header %d times: send it once", len(found))
}

func headerValue(h Header, attribute string) (string, error) {
	name := "ce-" + attribute
	raw, err := single(h, name)
	if err != nil {
		return "", err
	}
	value, ok := percentDecode(raw)
	if !ok {
		return "", Fault(name, "is not percent-encoded UTF-8: write %% as %%25")
	}
	return value, nil
}

func hasEventHeader(h Header) bool {
	for key := range h {
		if len(key) > 3 && strings.EqualFold(key[:3], "ce-") {
			return true
		}
	}
	return false
}

const upperHex = "0123456789ABCDEF"

// percentEncode writes space, double quote, percent and all that is not printable ASCII as %XX, which is CloudEvents' rule
// for headers.
func percentEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c > ' ' && c < 0x7f && c != '"' && c != '%' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}

// percentDecode decodes once. What is not valid, or not UTF-8 afterwards, is not ok.
func percentDecode(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		c, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b.WriteByte(c[0])
		i += 2
	}
	return b.String(), utf8.ValidString(b.String())
}

// plain refuses what CloudEvents refuses in texts: control characters and what is no character.
func plain(field, value string) error {
	if !utf8.ValidString(value) {
		return Fault(field, "is not UTF-8")
	}
	for _, r := range value {
		if unicode.IsControl(r) || r&0xfffe == 0xfffe || (r >= 0xfdd0 && r <= 0xfdef) {
			return Fault(field, "holds a control character: leave it out")
		}
	}
	return nil
}

// wellFormedTrace knows version 00 of W3C Trace Context: 00-<32 hex>-<16 hex>-<2 hex>, lower case.
func wellFormedTrace(s string) bool {
	if len(s) != 55 || !strings.HasPrefix(s, "00-") || s[35] != '-' || s[52] != '-' {
		return false
	}
	for _, c := range s[3:35] + s[36:52] + s[53:] {
		if !strings.ContainsRune("0123456789abcdef", c) {
			return false
		}
	}
	return true
}
