package events

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line is one header, whatever its name's case was.
type line struct {
	name, value string
	times       int
}

// lines are a message's headers, each once. They are few: a search is faster than a map.
type lines []line

func readLines(h Header) lines {
	found := make(lines, 0, len(h))
	for key, values := range h {
		if len(values) > 0 {
			found = found.with(strings.ToLower(key), values)
		}
	}
	return found
}

func (l lines) with(name string, values []string) lines {
	for i := range l {
		if l[i].name == name {
			l[i].times += len(values)
			return l
		}
	}
	return append(l, line{name, values[0], len(values)})
}

// single returns the one value of a header, "" where it is absent.
func (l lines) single(name string) (string, error) {
	for _, one := range l {
		switch {
		case one.name != name:
		case one.times == 1:
			return strings.Trim(one.value, " \t"), nil
		default:
			return "", Fault(name, "stands in the header %d times: send it once", one.times)
		}
	}
	return "", nil
}

// attribute returns the value of one of attributes.
func (l lines) attribute(name string) (string, error) {
	name = headerNames[name]
	raw, err := l.single(name)
	if err != nil {
		return "", err
	}
	value, ok := percentDecode(raw)
	if !ok {
		return "", Fault(name, "is not percent-encoded UTF-8: write %% as %%25")
	}
	return value, nil
}

func (l lines) areOfAnEvent() bool {
	for _, one := range l {
		if len(one.name) > 3 && one.name[:3] == headerPrefix {
			return true
		}
	}
	return false
}

const headerPrefix = "ce-"

// headerNames are those of attributes.
var headerNames = func() map[string]string {
	names := map[string]string{}
	for name := range attributes {
		names[name] = headerPrefix + name
	}
	return names
}()

const upperHex = "0123456789ABCDEF"

// percentEncode writes space, double quote, percent and all that is not printable ASCII as %XX, which is CloudEvents' rule
// for headers.
func percentEncode(s string) string {
	if !slices.ContainsFunc([]byte(s), escaped) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; !escaped(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}

func escaped(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '%' }

// percentDecode decodes once. What is not valid, or not UTF-8 afterwards, is not ok.
func percentDecode(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, utf8.ValidString(s)
	}
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
	if printable(value) {
		return nil
	}
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

// printable reports whether value is of printable ASCII alone, as nearly all are.
func printable(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' || value[i] >= 0x7f {
			return false
		}
	}
	return true
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
