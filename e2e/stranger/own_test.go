package stranger

import (
	"encoding/base32"
	"testing"
)

// RFC 6238, appendix B; the key is the one of its SHA-1 rows.
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	app := App{Secret: secret, Algorithm: "SHA1", Digits: 8, Period: 30}
	for step, want := range map[int64]string{
		0x1: "94287082", 0x23523ec: "07081804", 0x23523ed: "14050471", 0x273ef07: "89005924", 0x3f940aa: "69279037", 0x27bc86aa: "65353130",
	} {
		if got := app.Code(step); got != want {
			t.Errorf("step %#x: %s, want %s", step, got, want)
		}
	}
}

// The vector stands in the contract's test data.
func TestUsersAreNamedAsTheContractSays(t *testing.T) {
	if got := UserKey("acme", "u-1842"); got != "fof5ijb7gjyw5ibri6kr2phm7g" {
		t.Errorf("got %s", got)
	}
}
