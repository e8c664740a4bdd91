// Package crowd makes the users of a measurement, each with an app, and says what code the app of each shows.
package crowd

import (
	"crypto/rand"
	"fmt"
	"strconv"
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
	Turn      int    // which of the user's logins it is; 0: the only one
	Ahead     int    // steps by which the app's clock is ahead
}

// Options are what every app here does: the default of a policy.
var Options = totp.Options{Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second, Back: 1, Forward: 1}

// New names n users; their seeds are random.
func New(n int) []User {
	users := make([]User, n)
	for i := range users {
		users[i] = Number(i)
		users[i].Challenge, users[i].Seed = "challenge-of-"+users[i].ID, make([]byte, 20)
		_, _ = rand.Read(users[i].Seed) // never fails: the runtime stops instead
	}
	return users
}

// Number names the user with a number; seed and challenge are not known.
func Number(i int) User {
	id := fmt.Sprintf("user-%07d", i)
	return User{ID: id, Key: events.UserKey(Platform, id), Login: "login-of-" + id}
}

// At is the user in another login than the only one.
func (u User) At(turn int) User {
	u.Turn = turn
	u.Login = u.named("login-of-")
	return u
}

func (u User) named(what string) string {
	if u.Turn == 0 {
		return what + u.ID
	}
	return what + u.ID + "-" + strconv.Itoa(u.Turn)
}

// Code is what the user's app shows.
func (u User) Code(at time.Time) string {
	step, _ := totp.Step(at, Options.Period)
	return totp.Code(u.Seed, uint64(int64(step)+int64(u.Ahead)), Options).Reveal()
}
