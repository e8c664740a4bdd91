package platform

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// created is enroll's answer to a request for a factor, after which the user's status shows it as pending.
func (p *person) creates() {
	p.settings = func(e events.Event) (events.Event, error) {
		asked, ok := e.(*enrollment.Requested)
		if !ok {
			return nil, errors.New("asked for something else")
		}
		p.user.Factors = append(p.user.Factors, guard.FactorStatus{EnrollmentID: "e-new", Factor: asked.Factor, Status: "pending", DestinationHint: "d•••@example.com"})
		return &enrollment.SecretCreated{
			User: asked.User, EnrollmentID: "e-new", Factor: asked.Factor, DestinationHint: "d•••@example.com",
			CodeExpiresAt: p.clock.Add(5 * time.Minute), ResendAt: p.clock.Add(30 * time.Second),
		}, nil
	}
}

func (p *person) answers(answer events.Event, err error) {
	p.settings = func(events.Event) (events.Event, error) { return answer, err }
}

func TestTheFirstFactorNeedsThePasswordAlone(t *testing.T) {
	p := member(t)
	p.creates()
	p.open("/settings/add/totp")
	p.at("/settings/add/totp")
	p.send("/settings/add/totp")
	p.at("/settings/confirm/e-new", `src="data:image/png;base64,iVBORw0KGgo="`, "JBSW Y3DP EHPK 3PXP", `href="otpauth://totp/`)
	e := last[*enrollment.Requested](p.fake)
	if e.LoginID != "" || !e.ReauthenticatedAt.Equal(noon) || e.AccountLabel.Reveal() != email {
		t.Errorf("asked %+v", e)
	}
	p.answers(&enrollment.Activated{EnrollmentID: "e-new", Factor: events.TOTP}, nil)
	p.send("/settings/confirm/e-new", "code", "123456")
	p.at("/settings", "Authenticator app is active")
}

func TestAPasswordThatWasCheckedLongAgoIsAskedForAgain(t *testing.T) {
	p := member(t)
	p.creates()
	p.clock = noon.Add(fresh)
	p.open("/settings/add/totp")
	p.at("/settings/add/totp", "Your password")
	p.send("/settings/add/totp")
	p.at("/settings/add/totp", "Enter your password")
	p.send("/settings/add/totp", "password", "wrong password")
	p.at("/settings/add/totp", "That is not your password")
	p.send("/settings/add/totp", "password", password)
	p.at("/settings/confirm/e-new")
	if e := last[*enrollment.Requested](p.fake); !e.ReauthenticatedAt.Equal(p.clock) {
		t.Errorf("checked at %v", e.ReauthenticatedAt)
	}
}

func TestAnotherFactorNeedsACodeThatIsSpentByIt(t *testing.T) {
	p := insideHolder(t)
	first := p.loginID()
	p.creates()
	p.send("/settings/add/email", "email", email) // the code of signing in is fresh
	p.at("/settings/confirm/e-new", "d•••@example.com", "Another code can be sent")
	if e := last[*enrollment.Requested](p.fake); e.LoginID != first || e.Email.Reveal() != email {
		t.Errorf("asked with login %q", e.LoginID)
	}
	p.send("/settings/add/sms", "phone", "+1 555 123-0199")
	p.at("/code", "Step‑up, to set up text message codes")
	if e := last[*guard.LoginStarted](p.fake); e.Purpose != guard.ForStepUp || e.LoginID == first {
		t.Errorf("asked %+v", e)
	}
	p.send("/code", "code", "123456")
	p.at("/settings/confirm/e-new")
	if e := last[*enrollment.Requested](p.fake); e.LoginID != p.loginID() || e.Phone.Reveal() != "+15551230199" {
		t.Errorf("asked with login %q", e.LoginID)
	}
}

func TestAStepUpThatDoesNotHoldChangesNothing(t *testing.T) {
	p := insideHolder(t)
	p.user.Factors = append(p.user.Factors, guard.FactorStatus{EnrollmentID: "e-2", Factor: events.SMS, Status: "active"})
	p.clock = noon.Add(fresh)
	p.send("/settings/first", "factor", "sms")
	p.at("/code", "Step‑up, to be asked for text message codes first")
	p.attempt = answers{says(rejection(guard.WrongCode, 4))}
	p.send("/code", "code", "000000")
	p.at("/code", "That code is wrong")
	p.send("/code/cancel")
	p.at("/settings")
	p.send("/sign-out")
	p.signIn()
	if e := last[*guard.LoginStarted](p.fake); e.Factor != "" {
		t.Errorf("wished for %q", e.Factor)
	}
}

func TestTurningAFactorOffNeedsPasswordAndAFreshCode(t *testing.T) {
	p := insideHolder(t)
	before := p.loginID()
	p.answers(&enrollment.FactorRemoved{Factors: []enrollment.RemovedFactor{{EnrollmentID: "e-1", Factor: events.TOTP}}, Reason: enrollment.RemovedByUser}, nil)
	p.send("/settings/off/totp", "password", "wrong password")
	p.at("/settings/off/totp", "That is not your password")
	p.clock = noon.Add(time.Minute)
	p.send("/settings/off/totp", "password", password)
	p.at("/code", "Step‑up, to turn off the authenticator app")
	if n := count[*enrollment.RemovalRequested](p.fake); n != 0 {
		t.Fatal("it is asked for before the code was right")
	}
	p.send("/code", "code", "123456")
	p.at("/settings", "Authenticator app is turned off")
	e := last[*enrollment.RemovalRequested](p.fake)
	if e.LoginID == before || e.LoginID != p.loginID() || !e.ReauthenticatedAt.Equal(p.clock) || e.Factor != events.TOTP {
		t.Errorf("asked %+v", e)
	}
}

func TestOnlyAnActiveFactorIsPreferredOrTurnedOff(t *testing.T) {
	p := insideHolder(t)
	started := count[*guard.LoginStarted](p.fake)
	for _, factor := range []string{"sms", "", "all", "moon"} {
		p.send("/settings/first", "factor", factor)
		p.at("/settings", "That is not one of your factors")
	}
	p.open("/settings/off/sms")
	p.at("/settings", "That is not one of your factors")
	p.send("/settings/off/all", "password", password)
	p.at("/settings", "That is not one of your factors")
	if count[*guard.LoginStarted](p.fake) != started {
		t.Error("a step-up was begun")
	}
}

func TestWhatTheSettingsCannotDoIsTold(t *testing.T) {
	for _, c := range []struct {
		name, words string
		err         error
	}{
		{"a refusal", "This needs a fresh code", &events.Rejection{Code: events.StepUpRequired}},
		{"one with a time", "Try again in 60 minutes, at ", &events.Rejection{Code: events.RateLimited, RetryAt: noon.Add(time.Hour)}},
		{"one without words of its own", "policy forbids", &events.Rejection{Code: events.NotAllowed, Message: "policy forbids it"}},
		{"silence", "No answer came in time", client.ErrNoAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := insideHolder(t)
			p.answers(nil, c.err)
			p.send("/settings/off/totp", "password", password)
			p.send("/code", "code", "123456")
			p.at("/settings", c.words, `role="alert"`)
			p.send("/settings/add/email", "email", email)
			p.send("/code", "code", "123456")
			p.at("/settings/add/email", c.words)
		})
	}
}

func TestAContactIsCheckedBesideItsField(t *testing.T) {
	p := member(t)
	for _, c := range [][]string{
		{"/settings/add/email", "email", "", "Enter an email address"},
		{"/settings/add/email", "email", "dana", "such as name@example.com"},
		{"/settings/add/sms", "phone", "", "Enter a phone number"},
		{"/settings/add/sms", "phone", "0151 23", "the country code first"},
	} {
		p.send(c[0], c[1], c[2])
		p.at(c[0], c[3], `id="`+c[1]+`-fault"`)
	}
	p.answers(nil, &events.Rejection{Code: events.Invalid, Field: "phone", Message: "is no mobile number"})
	p.send("/settings/add/sms", "phone", "+15551230199")
	p.at("/settings/add/sms", "it is no mobile number", `id="phone-fault"`, `value="&#43;15551230199"`)
}

func TestWhatBecomesOfAnActivationCode(t *testing.T) {
	rejected := func(why enrollment.CodeReason, attempts int, retry time.Duration) error {
		e := &enrollment.CodeRejected{Reason: why, AttemptsLeft: attempts}
		if retry > 0 {
			e.RetryAt = noon.Add(retry)
		}
		return &client.UnexpectedError{Event: e}
	}
	for _, c := range []struct {
		name, path, words string
		err               error
	}{
		{"a wrong one", "/settings/confirm/e-new", "That code is wrong. You have 4 attempts left.", rejected(enrollment.CodeWrong, 4, 0)},
		{"an old one", "/settings/confirm/e-new", "That code is too old", rejected(enrollment.CodeExpired, 4, 0)},
		{"one too many today", "/settings/confirm/e-new", "Try again in 3 hours", rejected(enrollment.CodeRateLimited, 0, 3*time.Hour)},
		{"the last wrong one", "/settings", "Please add the factor again", &client.UnexpectedError{Event: &enrollment.Discarded{}}},
		{"silence", "/settings/confirm/e-new", "No answer came in time", client.ErrNoAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := member(t)
			p.creates()
			p.send("/settings/add/email", "email", email)
			p.answers(nil, c.err)
			p.send("/settings/confirm/e-new", "code", "123456")
			p.at(c.path, c.words)
		})
	}
}

func TestAnActivationWhoseAnswerWasLostIsFound(t *testing.T) {
	p := member(t)
	p.creates()
	p.send("/settings/add/totp")
	p.user.Factors[0].Status = "active"
	p.answers(nil, client.ErrNoAnswer)
	p.send("/settings/confirm/e-new", "code", "123456")
	p.at("/settings", "Authenticator app is active")
}

func TestAnActivationCodeIsSentAgain(t *testing.T) {
	p := member(t)
	p.creates()
	p.send("/settings/add/email", "email", email)
	p.answers(&enrollment.SecretCreated{EnrollmentID: "e-new", Factor: events.Email, DestinationHint: "d•••@example.com"}, nil)
	p.send("/settings/resend/e-new")
	p.at("/settings/confirm/e-new", "A new code is on its way to d•••@example.com")
	p.answers(nil, &events.Rejection{Code: events.RateLimited, RetryAt: noon.Add(time.Minute)})
	p.send("/settings/resend/e-new")
	p.at("/settings/confirm/e-new", "Try again in 1 minute")
}

func TestAFactorOfSomebodyElseIsNotShown(t *testing.T) {
	p := member(t)
	p.open("/settings/confirm/e-of-another")
	p.at("/settings", "Please add it again")
	p.open("/settings/add/recovery_code")
	p.at("/settings/add/recovery_code", "There is nothing here")
}

func TestALoginThatNeedsAFactorEndsWithItsActivation(t *testing.T) {
	p := holder(t)
	p.user.Factors, p.user.DefaultFactor = nil, ""
	needed := &guard.EnrollmentRequired{User: "u-1", AllowedFactors: []events.Factor{events.TOTP}}
	p.login, p.status = answers{says(needed)}, says(needed)
	p.signIn()
	p.at("/required", "You need a second factor", `href="/settings/add/totp"`)
	p.outside()
	p.creates()
	p.send("/settings/add/totp")
	p.at("/settings/confirm/e-new", "Turn it on and sign in")
	p.answers(&enrollment.Activated{EnrollmentID: "e-new", Factor: events.TOTP, LoginID: p.loginID()}, nil)
	p.send("/settings/confirm/e-new", "code", "123456")
	p.at("/required") // the primary record does not say that the login has ended well
	p.outside()
	if e := last[*enrollment.CodeSubmitted](p.fake); e.LoginID != p.loginID() {
		t.Errorf("submitted for login %q", e.LoginID)
	}
	p.status = says(acceptance())
	p.open("/required")
	p.at("/home", email)
}

func TestTheSettingsShowHowEachFactorStands(t *testing.T) {
	p := insideHolder(t)
	p.user.Factors = append(p.user.Factors,
		guard.FactorStatus{EnrollmentID: "e-2", Factor: events.Email, Status: "active", DestinationHint: "d•••@example.com", LockedUntil: noon.Add(time.Minute)},
		guard.FactorStatus{EnrollmentID: "e-3", Factor: events.SMS, Status: "pending", DestinationHint: "•••• 0199"})
	p.user.DefaultFactor = events.Email
	p.open("/settings")
	p.at("/settings", "d•••@example.com", "Codes are looked at again", `href="/settings/confirm/e-3"`, "Asked first")
	if strings.Count(p.page, `action="/settings/first"`) != 1 {
		t.Error("want one factor to switch to")
	}
	p.userErr = client.ErrNoAnswer
	p.open("/settings")
	p.at("/settings", "No answer is no", `href="/settings"`)
}
