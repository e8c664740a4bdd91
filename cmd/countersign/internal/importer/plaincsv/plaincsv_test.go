package plaincsv_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"countersign/cmd/countersign/internal/importer"
	"countersign/cmd/countersign/internal/importer/importertest"
	"countersign/cmd/countersign/internal/importer/plaincsv"
)

const secret = "JBSWY3DPEHPK3PXP"

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"the least", "user,secret\ndana," + secret + "\n", []string{"2: dana of : SHA1, 6 digits, 30s, 48656c6c6f21deadbeef"}},
		{"everything, in another order", "Period,Digits,Algorithm,Issuer,Secret_Hex,User\n60,8,sha-512,\"Acme, Inc\",48656c6c6f21deadbeef,dana", []string{
			"2: dana of Acme, Inc: SHA512, 8 digits, 1m0s, 48656c6c6f21deadbeef"}},
		{"empty fields are the defaults", "user,secret_base64,algorithm,digits,period\ndana,SGVsbG8h3q2+7w==,,,\n", []string{"2: dana of : SHA1, 6 digits, 30s"}},
		{"semicolons, a mark in front, spaces, a remark", "\xef\xbb\xbfuser; secret\r\n# remark\r\ndana; " + secret + "\r\n", []string{"3: dana of"}},
		{"wrong ones between right ones", "user,secret\na," + secret + "\nb\nc,1\n,x\n\nd,\"" + secret + "\"\n", []string{
			"2: a of", "line 3: there are 1 fields for 2 columns; give each column a field", "line 4: the seed is not base32", "line 5: the seed is not base32", "7: d of"}},
		{"a field too many", "user,secret\na," + secret + ",8\n", []string{"line 2: there are 3 fields for 2 columns"}},
		{"no user", "user,secret\n," + secret, []string{"line 2: the user is missing"}},
		{"a quote astray", "user,secret\nda\"na," + secret + "\nb," + secret + "\n", []string{"line 2: a quote stands where none may be", "3: b of"}},
		{"a quote that is never closed", "user,secret\n\"dana," + secret + "\nb," + secret + "\n", []string{"line 2: a quote stands where none may be"}},
		{"a line within quotes", "user,issuer,secret\ndana,\"A\nB\"," + secret + "\ne,," + secret, []string{"line 2: the issuer is no name", "4: e of"}},
		{"no header", "dana," + secret + "\n", []string{"line 1: column 1 has a name that is not known; name columns user, issuer"}},
		{"a column misspelled", "user,secret,digit\n", []string{"line 1: column 3 has a name"}},
		{"a column twice", "user,secret,USER\n", []string{"line 1: two columns have the same name"}},
		{"two seeds", "user,secret,secret_hex\n", []string{"line 1: there must be a column user, and one of"}},
		{"no seed", "user,issuer\n", []string{"line 1: there must be a column user, and one of"}},
		{"a header alone", "user,secret\n", nil},
		{"nothing", "", []string{"line 1: there is nothing to read; begin with the names of the columns"}},
	} {
		importertest.Is(t, c.name, plaincsv.Parse, c.text, c.want...)
	}
}

func TestNothingIsShown(t *testing.T) {
	for _, row := range []string{"dana," + secret, "dana," + secret + "1", "da\"na," + secret, "dana," + secret + ",x", "\"dana," + secret} {
		importertest.Hidden(t, plaincsv.Parse, "user,secret\n"+row, secret, "dana", "Hello!")
	}
	importertest.Hidden(t, plaincsv.Parse, "dana,"+secret, secret, "dana") // a header that is none
}

func TestAnErrorOfTheInputIsTheLast(t *testing.T) {
	broken := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader("user,secret\na,"+secret+"\n"), iotest.ErrReader(broken))
	var last error
	for _, err := range plaincsv.Parse(r) {
		last = err
	}
	var f *importer.Fault
	if !errors.Is(last, broken) || errors.As(last, &f) {
		t.Error(last)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("user,secret,issuer,algorithm,digits,period\ndana," + secret + ",A,SHA256,8,60\nb,\"x\ny\"\n")
	f.Add("user;secret_hex\ndana;48656c6c6f21deadbeef\n")
	f.Fuzz(func(t *testing.T, text string) { importertest.Holds(t, plaincsv.Parse, text) })
}
