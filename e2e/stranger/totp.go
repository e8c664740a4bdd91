package stranger

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash"
	"time"
)

// An App is an authenticator app that has scanned a code.
type App struct {
	Secret    string // base32 without padding
	Algorithm string // SHA1, SHA256, SHA512
	Digits    int
	Period    int // seconds
}

// AppOf is an app that has scanned what enrollment.provisioning shows.
func AppOf(shown Event) App {
	return App{Secret: shown.Text("secret"), Algorithm: shown.Text("algorithm"), Digits: shown.Number("digits"), Period: shown.Number("period")}
}

// Step is the number of the time step in which at lies: RFC 6238, section 4.
func (a App) Step(at time.Time) int64 { return at.Unix() / int64(a.Period) }

// Code is the code of a step: RFC 4226, section 5.3.
func (a App) Code(step int64) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(a.Secret)
	if err != nil {
		panic("secret is not base32: " + err.Error())
	}
	mac := hmac.New(map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New}[a.Algorithm], key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 15
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	modulus := uint32(1)
	for range a.Digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", a.Digits, number%modulus)
}

// Wrong is a code that is none of those near step.
func (a App) Wrong(step int64) string {
	near := map[string]bool{}
	for s := step - 3; s <= step+3; s++ {
		near[a.Code(s)] = true
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%0*d", a.Digits, n); !near[code] {
			return code
		}
	}
}
