package migration_test

import (
	"encoding/base64"
	"net/url"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"countersign/cmd/countersign/internal/importer/importertest"
	"countersign/cmd/countersign/internal/importer/migration"
)

// Made by another encoder than the one that is read with here.
const (
	head   = "otpauth-migration://offline?data="
	alice  = head + "CjUKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZSABKAEwAhABGAEgACjt2bPn%2Fv%2F%2F%2F%2F8B"
	three  = head + "CjUKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZSABKAEwAgouCiAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMhIEZGFuYSACKAIwAgoZCgpIZWxsbyHerb7vEgdjb3VudGVyMAE4BRABGAEgACjt2bPn%2Fv%2F%2F%2F%2F8B"
	first  = head + "CjUKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZSABKAEwAhABGAMgACjt2bPn%2Fv%2F%2F%2F%2F8B"
	third  = head + "Ci4KIDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyEgRkYW5hIAIoAjACEAEYAyACKO3Zs%2Bf%2B%2F%2F%2F%2F%2FwE%3D"
	hello  = "48656c6c6f21deadbeef"
	digits = "3132333435363738393031323334353637383930313233343536373839303132"
)

// coded is a URI of one account with these numbers.
func coded(algorithm, count, kind uint64) string {
	var account []byte
	account = protowire.AppendBytes(protowire.AppendTag(account, 1, protowire.BytesType), []byte("12345678901234567890"))
	account = protowire.AppendBytes(protowire.AppendTag(account, 2, protowire.BytesType), []byte("dana"))
	for i, n := range []uint64{algorithm, count, kind} {
		account = protowire.AppendVarint(protowire.AppendTag(account, protowire.Number(4+i), protowire.VarintType), n)
	}
	return wrapped(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), account))
}

func wrapped(message []byte) string {
	return head + url.QueryEscape(base64.StdEncoding.EncodeToString(message))
}

func TestPayloads(t *testing.T) {
	unescaped, _ := url.QueryUnescape(third)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"one account", alice, []string{"1: alice@google.com of Example: SHA1, 6 digits, 30s, " + hello}},
		{"a + that nobody escaped", unescaped, []string{"1: dana of", "line 1: code 1 of the 3", "line 1: code 2 of the 3"}},
		{"three accounts, of which one has a counter", "# mine\n" + three, []string{
			"2: alice@google.com of Example: SHA1", "2: dana of : SHA256, 8 digits, 30s, " + digits, "line 2: the code is counter-based, not time-based; enroll the user anew"}},
		{"all parts but one", first + "\n" + third + "\n", []string{
			"1: alice@google.com", "2: dana of", "line 2: code 2 of the 3 that this one belongs to is missing; scan it as well, and add its line"}},
		{"unspecified numbers", coded(0, 0, 2), []string{"1: dana of : SHA1, 6 digits"}},
		{"an unspecified kind", coded(1, 1, 0), []string{"line 1: the account is of a kind that is not known"}},
		{"MD5", coded(4, 1, 2), []string{"line 1: the algorithm is not SHA1"}},
		{"digits that are not known", coded(1, 3, 2), []string{"line 1: the number of digits is not known"}},
		{"another URI", "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", []string{"line 1: the line is not an otpauth-migration URI; use one otpauth-migration://offline?data=… a line"}},
		{"no data", head, []string{"line 1: data is not base64; scan the QR code again"}},
		{"data that is cut", alice[:60] + "\n" + alice, []string{"line 1: data is not", "2: alice"}},
		{"data that is something else", wrapped([]byte("hello, world")), []string{"line 1: data is not what the app writes"}},
		{"data that ends within a tag", wrapped([]byte{0x0a, 0x00, 0xff}), []string{"line 1: data is not what the app writes"}},
		{"no account", wrapped([]byte{0x10, 1}), []string{"line 1: there is no account in it"}},
		{"nothing", "", nil},
	} {
		importertest.Is(t, c.name, migration.Parse, c.text, c.want...)
	}
}

func TestNothingIsShown(t *testing.T) {
	for _, text := range []string{alice, three, alice[:60], "x" + alice, coded(4, 1, 2), "%" + alice} {
		importertest.Hidden(t, migration.Parse, text, "alice", "Hello!", hello, "CjUKCkhlbGxv", "1234567890", "dana")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(three + "\n" + first)
	f.Add(wrapped([]byte{0x0a, 0x02, 0x0a, 0x7f}))
	f.Fuzz(func(t *testing.T, text string) { importertest.Holds(t, migration.Parse, text) })
}

func FuzzPayload(f *testing.F) {
	f.Add([]byte{0x0a, 0x04, 0x0a, 0x02, 0x41, 0x42, 0x18, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, message []byte) { importertest.Holds(t, migration.Parse, wrapped(message)) })
}
