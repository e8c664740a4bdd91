package platform

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// In each of these the password was right and a code was sent. Only one of them opens the session.
func TestWhatBecomesOfACode(t *testing.T) {
	at := noon.Add(30 * time.Second)
	locked := rejection(guard.Locked, 5)
	locked.RetryAt = at
	waits := challenge(events.TOTP)
	waits.RetryAt = at
	tooLate := acceptance()
	tooLate.ExpiresAt = noon
	closed := func(why guard.CloseReason) func(string) (client.Login, error) {
		return func(id string) (client.Login, error) {
			return client.Login{LoginStatus: guard.LoginStatus{State: guard.Ended, LoginID: id, Reason: string(why)}}, nil
		}
	}
	for _, c := range []struct {
		name   string
		answer func(string) (client.Login, error)
		status func(string) (client.Login, error)
		path   string
		words  []string
	}{
		{"an accepted one opens the session", says(acceptance()), says(acceptance()), "/home", []string{email}},
		{"a lost answer is asked for, and an acceptance found", refuses(client.ErrNoAnswer), says(acceptance()), "/home", nil},
		{"a lost answer without an acceptance opens nothing", refuses(client.ErrNoAnswer), says(challenge(events.TOTP)), "/code", []string{"No answer came in time"}},
		{"silence opens nothing", refuses(client.ErrNoAnswer), refuses(client.ErrNoAnswer), "/code", []string{"No answer is no"}},
		{"an acceptance that comes too late opens nothing", says(tooLate), says(tooLate), "/code", []string{"The answer came too late"}},
		{"a wrong one", says(rejection(guard.WrongCode, 4)), says(challenge(events.TOTP)), "/code",
			[]string{"That code is wrong. You have 4 attempts left.", `aria-describedby="code-fault code-hint"`, `aria-invalid="true"`, "<title>Error:"}},
		{"a used one", says(rejection(guard.Replayed, 4)), says(challenge(events.TOTP)), "/code", []string{"That code was used already", "wait until your app shows another"}},
		{"an old one that was sent", says(rejection(guard.TooOld, 4)), says(challenge(events.Email)), "/code", []string{"That code is too old. Ask for another. You have 4 attempts left."}},
		{"one during a wait", says(locked), says(waits), "/code", []string{"Try again in 30 seconds, at ", "Codes are not looked at for now", `data-until="2026-11-21T12:00:30Z"`}},
		{"one while suspended", says(rejection(guard.Locked, 5)), says(challenge(events.TOTP)), "/code", []string{"until support unlocks them"}},
		{"the last wrong one", says(rejection(guard.WrongCode, 0)), closed(guard.TooManyAttempts), "/code", []string{"There were too many wrong codes.", "Sign in anew"}},
		{"one whose challenge has ended", says(rejection(guard.TooOld, 0)), closed(guard.Expired), "/code", []string{"Its time is over."}},
		{"one that took too long", refuses(&events.Rejection{Code: events.TooLate}), says(challenge(events.TOTP)), "/code", []string{"That took too long to arrive"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := holder(t)
			p.signIn()
			p.at("/code", "Enter the code from your app", `autocomplete="one-time-code"`, `inputmode="numeric"`)
			p.attempt, p.status = answers{c.answer}, c.status
			p.send("/code", "code", "123 456")
			p.at(c.path, c.words...)
			if typed := last[*guard.AttemptSubmitted](p.fake); typed.Code.Reveal() != "123 456" || typed.ChallengeID != "c-1" {
				t.Errorf("submitted for %q", typed.ChallengeID)
			}
			if contains(p.page, "123 456") {
				t.Error("the page shows the code")
			}
			if c.path != "/home" {
				p.status = says(challenge(events.TOTP))
				p.outside()
			}
		})
	}
}

func TestWhatIsNoCodeIsNotSent(t *testing.T) {
	p := holder(t)
	p.signIn()
	for code, words := range map[string]string{"": "Enter the code", "  ": "Enter the code", strings.Repeat("1", 65): "That cannot be a code"} {
		p.send("/code", "code", code)
		p.at("/code", words, `id="code-fault"`)
	}
	if n := count[*guard.AttemptSubmitted](p.fake); n != 0 {
		t.Errorf("%d were sent", n)
	}
}

// In each of these the password was right, and no code was asked for yet.
func TestWhatBecomesOfALogin(t *testing.T) {
	tooLate := waiver()
	tooLate.ExpiresAt = noon
	for _, c := range []struct {
		name   string
		answer func(string) (client.Login, error)
		status func(string) (client.Login, error)
		path   string
		words  string
	}{
		{"a waiver opens the session", says(waiver()), nil, "/home", ""},
		{"a waiver that comes too late opens nothing", says(tooLate), says(tooLate), "/code", "The answer came too late"},
		{"a lost answer is asked for: a code is awaited", refuses(client.ErrNoAnswer), says(challenge(events.Email)), "/code", "d•••@example.com"},
		{"a lost answer is asked for: it was waived", refuses(client.ErrNoAnswer), says(waiver()), "/home", ""},
		{"a request that was lost is begun anew", refuses(client.ErrNoAnswer), func(string) (client.Login, error) {
			return client.Login{LoginStatus: guard.LoginStatus{State: guard.Unknown}}, nil
		}, "/code", "the request did not arrive"},
		{"silence", refuses(client.ErrNoAnswer), refuses(client.ErrNoAnswer), "/code", "No answer is no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := holder(t)
			p.login, p.status = answers{c.answer}, c.status
			p.signIn()
			if p.code == http.StatusServiceUnavailable { // the page asks again
				p.at("/sign-in", "No answer is no", `href="/code"`)
				p.outside()
				p.open("/code")
			} else if p.path != c.path {
				p.open(c.path)
			}
			p.at(c.path, c.words)
			if c.path != "/home" {
				p.status = says(challenge(events.TOTP))
				p.outside()
			}
		})
	}
}

func TestAnotherFactorIsAskedForByAResend(t *testing.T) {
	p := holder(t)
	p.signIn()
	p.at("/code", `name="factor" value="sms"`, "•••• 0199")
	p.status = says(challenge(events.SMS))
	p.send("/code/resend", "factor", "sms")
	p.at("/code", "A new code is on its way", "Another code can be sent", `data-until="2026-11-21T12:00:30Z"`, "in 30 seconds")
	if e := last[*guard.ResendRequested](p.fake); e.Factor != events.SMS || e.ChallengeID != "c-1" {
		t.Errorf("asked %+v", e)
	}
	p.resend = answers{refuses(&events.Rejection{Code: events.RateLimited, RetryAt: noon.Add(30 * time.Second)})}
	p.send("/code/resend")
	p.at("/code", "That was asked for too often. Try again in 30 seconds, at ")
	p.outside()
}

func TestACancelledLoginIsForgotten(t *testing.T) {
	p := holder(t)
	p.signIn()
	p.send("/code/cancel")
	p.at("/sign-in")
	p.send("/code", "code", "123456")
	p.at("/sign-in")
	if n := count[*guard.AttemptSubmitted](p.fake); n != 0 {
		t.Errorf("%d codes were sent", n)
	}
	p.outside()
}

func TestAWishGoesWithTheNextLogin(t *testing.T) {
	p := insideHolder(t)
	p.send("/settings/first", "factor", "totp") // the code of signing in proves it
	p.at("/settings", "From now on you are asked for this first: Authenticator app")
	p.send("/sign-out")
	p.signIn()
	if e := last[*guard.LoginStarted](p.fake); e.Factor != events.TOTP {
		t.Errorf("wished for %q", e.Factor)
	}
}
