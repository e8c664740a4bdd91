package e2e_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
)

var sentFactors = []struct {
	factor, field string
	address       func() string
	hidden        func(address string) string // what a hint may not show
}{
	{"email", "email",
		func() string { return stranger.NewID("jane.") + "@example.org" },
		func(address string) string { return strings.TrimSuffix(address, "@example.org")[1:] }},
	{"sms", "phone",
		func() string { return "+49151" + digits(8) },
		func(address string) string { return address[3:9] }},
}

func TestTheWholeWayWithASentCode(t *testing.T) {
	for _, f := range sentFactors {
		for _, sealed := range []bool{false, true} {
			t.Run(f.factor+map[bool]string{false: " in clear", true: " sealed"}[sealed], func(t *testing.T) {
				address := f.address()
				s := sender{acme(t, shared), newUser(), sealed}
				s.enroll(t, f.factor, f.field, address, f.hidden(address))
				s.login(t, f.factor, address, f.hidden(address))
			})
		}
	}
}

// A sender is a user whose codes are sent.
type sender struct {
	*stranger.Platform
	user   string
	sealed bool
}

// ask publishes an event in which the field named is a secret.
func (s sender) ask(t *testing.T, fact, place, field, secret string, more data) (stranger.Event, error) {
	t.Helper()
	return s.askAs(within(t, patient), t, stranger.NewID(""), fact, place, field, secret, more)
}

// askAs does so by an event with the id given.
func (s sender) askAs(ctx context.Context, t *testing.T, id, fact, place, field, secret string, more data) (stranger.Event, error) {
	t.Helper()
	more["user"] = s.user
	if !s.sealed {
		more[field] = secret
		return s.Send(ctx, s.user, s.Message(fact, id, more), id)
	}
	if place == "" {
		place = id
	}
	keyID, key := publicKey(ctx, t, s.Platform)
	hidden, err := stranger.Seal(key, stranger.Place{Platform: s.Name, User: s.user, Fact: fact, ID: place, Field: field}, secret)
	if err != nil {
		t.Fatal(err)
	}
	more["sealed_"+field], more["sealed_key_id"] = hidden, keyID
	return s.Send(ctx, s.user, s.Message(fact, id, more), id)
}

func publicKey(ctx context.Context, t *testing.T, p *stranger.Platform) (id, key string) {
	t.Helper()
	all, _ := answered(t)(p.Call(ctx, "keys.public", data{})).Data["keys"].([]any)
	if len(all) == 0 {
		t.Fatal("keys.public names no key")
	}
	newest := all[0].(data)
	return newest["key_id"].(string), newest["public_key"].(string)
}

func (s sender) enroll(t *testing.T, factor, field, address, hidden string) {
	t.Helper()
	created := got(t, "secret.created")(s.ask(t, "enrollment.requested", "", field, address, data{
		"factor": factor, "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
	}))
	masked(t, created, hidden)
	code := codeFor(within(t, patient), t, shared, address, 0)
	id := created.Text("enrollment_id")
	rejected := got(t, "enrollment.code_rejected")(s.ask(t, "enrollment.code_submitted", id, "code", other(code), data{"enrollment_id": id}))
	if rejected.Text("reason") != "wrong_code" {
		t.Errorf("a wrong code: %s", rejected)
	}
	got(t, "enrollment.activated")(s.ask(t, "enrollment.code_submitted", id, "code", code, data{"enrollment_id": id}))
}

func (s sender) login(t *testing.T, factor, address, hidden string) {
	t.Helper()
	ctx := within(t, patient)
	former := len(inbox(ctx, t, shared, address))
	challenge := challenged(ctx, t, s.Platform, s.user)
	masked(t, challenge, hidden)
	if challenge.Text("factor") != factor || challenge.Data["sending"] != true || challenge.Time("code_expires_at").IsZero() {
		t.Errorf("got %s", challenge)
	}
	code := codeFor(ctx, t, shared, address, former)
	id := challenge.Text("challenge_id")
	try := func(code string) (stranger.Event, error) {
		return s.ask(t, "attempt.submitted", id, "code", code, data{"challenge_id": id})
	}
	if rejected := got(t, "attempt.rejected")(try(other(code))); rejected.Text("reason") != "wrong_code" {
		t.Errorf("a wrong code: %s", rejected)
	}
	got(t, "attempt.accepted")(try(code[:3] + " " + code[3:]))
	if again := got(t, "attempt.rejected")(try(code)); again.Text("reason") != "closed" {
		t.Errorf("the same code again: %s", again)
	}
}

// masked says whether a hint shows that there is an address without showing it.
func masked(t *testing.T, e stranger.Event, hidden string) {
	t.Helper()
	hint := e.Text("destination_hint")
	if !strings.Contains(hint, "•") || strings.Contains(e.Body, hidden) {
		t.Errorf("the hint is %q, and may not show %q: %s", hint, hidden, e)
	}
}

// other is a code with the same number of digits that is not code.
func other(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

func digits(n int) string {
	var text strings.Builder
	for range n {
		text.WriteByte('0' + byte(rand.IntN(10)))
	}
	return text.String()
}
