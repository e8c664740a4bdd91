// Package crowd makes the users of a measurement, each with an app, and says what code the app of each shows.
package crowd

import (
	"crypto/rand"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/totp"
)

// Platform is where all users are.
const Platform = "acme"

// A User has an app and one open challenge.
type User struct {
	ID, Key   string // the platform's id; the userkey
	Login     string
	Challenge string
	Seed      []byte // of the app: 20 bytes
}

// Options are what every app here does: the default of a policy.
var Options = totp.Options{Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second, Back: 1, Forward: 1}

// New names n users; their seeds are random.
func New(n int) []User {
	users := make([]User, n)
	for i := range users {
		id := fmt.Sprintf("user-%07d", i)
		users[i] = User{ID: id, Key: events.UserKey(Platform, id), Login: "login-of-" + id, Challenge: "challenge-of-" + id, Seed: make([]byte, 20)}
		_, _ = rand.Read(users[i].Seed) // never fails: the runtime stops instead
	}
	return users
}

// Code is what the user's app shows.
func (u User) Code(at time.Time) string {
	step, _ := totp.Step(at, Options.Period)
	return totp.Code(u.Seed, step, Options).Reveal()
}
