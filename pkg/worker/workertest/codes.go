package workertest

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/totp"
)

// Step is RFC 6238's T of now.
func Step() uint64 {
	step, _ := totp.Step(time.Now(), 30*time.Second)
	return step
}

// Code is the factor's code of a time step.
func (e Enrolled) Code(step uint64) string { return e.user.SeedCode(e.ref, e.ID, step) }

// SeedCode is the code of a time step of any enrollment of the user.
func (u User) SeedCode(ref keyring.Ref, enrollmentID string, step uint64) string {
	seed := u.key(keyring.Seed, ref).TOTPSeed(enrollmentID, totp.SeedSize("SHA1"))
	code := totp.Code([]byte(seed.Reveal()), step, totp.Options{Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second})
	return code.Reveal()
}

// Sent is the code that was sent for a challenge or an enrollment the nth time.
func (u User) Sent(id string, n uint64) string {
	return u.key(keyring.Delivery, u.Ref()).Code(id, n, 6).Reveal()
}

// LinkToken is what the link for an id was sent with the nth time.
func (u User) LinkToken(id string, n uint64) events.Secret {
	return u.key(keyring.Delivery, u.Ref()).LinkToken(id, n)
}

// Open reads a field that enroll keeps hidden.
func (u User) Open(field, ciphertext string) string {
	u.house.t.Helper()
	stream := eventstore.Stream{Platform: u.platform, Kind: "enrollment", UserKey: u.Key}
	text, err := u.key(keyring.Delivery, u.Ref()).Open(keyring.Place{Stream: stream.String(), Field: field}, ciphertext)
	if err != nil {
		u.house.t.Fatal(err)
	}
	return text.Reveal()
}

// Ref names the user's present keys.
func (u User) Ref() keyring.Ref {
	u.house.t.Helper()
	ref, err := u.house.Keys.rings.Current(u.house.t.Context(), u.platform, u.Key)
	if err != nil {
		u.house.t.Fatal(err)
	}
	return ref
}

func (u User) key(p keyring.Purpose, ref keyring.Ref) *keyring.DataKey {
	u.house.t.Helper()
	key, err := u.house.Keys.rings.Key(u.house.t.Context(), p, u.platform, u.Key, ref)
	if err != nil {
		u.house.t.Fatal(err)
	}
	return key
}

// Wrong is a code that is none of those given.
func Wrong(right ...string) string {
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"} {
		if !slices.Contains(right, code) {
			return code
		}
	}
	return "999999"
}
