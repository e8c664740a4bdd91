package platform

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

func TestSigningUpTellsWhatIsWrongBesideEachField(t *testing.T) {
	p := visits(t)
	p.send("/sign-up", "email", "dana", "password", "short")
	p.at("/sign-up", "<title>Error: Sign up",
		`id="email-fault"`, `aria-invalid="true" aria-describedby="email-fault"`, `value="dana"`,
		"The password must have at least 8 characters", `aria-describedby="password-fault password-hint"`)
	if count[*guard.LoginStarted](p.fake) != 0 {
		t.Error("a login was started")
	}
	p.send("/sign-up", "email", `"><script>alert(1)</script>@example.com`, "password", password)
	p.at("/sign-up", "&lt;script&gt;")
	p.outside()
}

func TestASignedUpUserIsKnownByAnOpaqueID(t *testing.T) {
	p := member(t)
	started := last[*guard.LoginStarted](p.fake)
	if started.User == "" || events.LooksPersonal(started.User) || started.Purpose != guard.ForLogin {
		t.Errorf("started %+v", started)
	}
	p.at("/home", email, "Your account is there")
}

func TestAnAddressIsTakenOnce(t *testing.T) {
	p := member(t)
	p.send("/sign-out")
	p.send("/sign-up", "email", "DANA@example.com", "password", password)
	p.at("/sign-up", "There is an account with this address")
}

func TestAWrongPasswordAndAnUnknownAddressAreToldInTheSameWords(t *testing.T) {
	p := holder(t)
	started := count[*guard.LoginStarted](p.fake)
	for _, fields := range [][]string{{email, "wrong password"}, {"eve@example.com", password}, {"", ""}} {
		p.send("/sign-in", "email", fields[0], "password", fields[1])
		p.at("/sign-in", "Address or password is wrong", `aria-describedby="password-fault"`)
		p.outside()
	}
	if count[*guard.LoginStarted](p.fake) != started {
		t.Error("a login was started")
	}
}

func TestALoginThatIsAskedForTooOftenIsToldWithItsTime(t *testing.T) {
	p := holder(t)
	p.login = answers{refuses(&events.Rejection{Code: events.RateLimited, RetryAt: noon.Add(5 * 60e9)})}
	p.signIn()
	p.at("/sign-in", "That was asked for too often. Try again in 5 minutes, at ", `role="alert"`)
	p.outside()
}

func TestTheCookieChangesWheneverTheSessionMayDoMore(t *testing.T) {
	p := holder(t)
	seen := map[string]bool{"": true}
	for _, step := range []func(){
		func() {},
		p.signIn,
		func() { p.send("/code", "code", "123456") },
		func() { p.send("/sign-out") },
	} {
		step()
		if seen[p.cookie()] {
			t.Fatalf("after %s the cookie is an old one", p.path)
		}
		seen[p.cookie()] = true
	}
	p.outside()
}

func TestSigningOutForgetsTheUserAndKeepsTheTour(t *testing.T) {
	p := member(t)
	p.send("/sign-out")
	p.at("/sign-in", "You have signed out", "2 of 5")
	p.outside()
	if p.open("/"); contains(p.page, email) || contains(p.page, "login.started</code>") && contains(p.page, "data-stream") {
		t.Error("the page still knows the user")
	}
}

func TestASessionEndsAfterARest(t *testing.T) {
	p := member(t)
	p.clock = noon.Add(idle)
	p.outside()
}
