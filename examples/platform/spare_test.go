package platform

import (
	"errors"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// makesCodes has an activation make a set, and enroll show it.
func (p *person) makesCodes() {
	p.answers(&enrollment.Activated{EnrollmentID: "e-new", Factor: events.TOTP, RecoveryCodesSetID: "set-1"}, nil)
	p.codes = func(set string) (enrollment.Revealed, error) {
		if set != "set-1" {
			return enrollment.Revealed{}, errors.New("asked for another set")
		}
		return enrollment.Revealed{
			Codes:    []events.Secret{events.NewSecret("AAAA-BBBB-CCCC-DDDD"), events.NewSecret("EEEE-FFFF-GGGG-HHHH")},
			FileName: "acme \"codes\".txt", FileText: events.NewSecret("AAAA-BBBB-CCCC-DDDD\n"),
		}, nil
	}
}

func TestRecoveryCodesAreShownAfterTheFirstActivation(t *testing.T) {
	p := member(t)
	p.creates()
	p.send("/settings/add/totp")
	p.makesCodes()
	p.send("/settings/confirm/e-new", "code", "123456")
	p.at(codesPath, "Authenticator app is active", "AAAA-BBBB-CCCC-DDDD", "EEEE-FFFF-GGGG-HHHH", "I have kept them")
	p.open(codesPath + "/file")
	if p.page != "AAAA-BBBB-CCCC-DDDD\n" {
		t.Errorf("the file says %q", p.page)
	}
	p.send(codesPath + "/kept")
	p.at("/settings", "where the phone is not")
	if p.open(codesPath); p.path != "/settings" || contains(p.page, "AAAA") {
		t.Errorf("they are still at %s", p.path)
	}
}

func TestRecoveryCodesOfASignInAreShownOnceItIsOver(t *testing.T) {
	p := holder(t)
	p.login = answers{says(&guard.EnrollmentRequired{User: "u-1", AllowedFactors: []events.Factor{events.TOTP}})}
	p.user.Factors, p.user.DefaultFactor = nil, ""
	p.status = p.login[0]
	p.signIn()
	p.at("/required")
	p.creates()
	p.send("/settings/add/totp")
	p.makesCodes()
	p.status = says(acceptance())
	p.send("/settings/confirm/e-new", "code", "123456")
	p.at(codesPath, "AAAA-BBBB-CCCC-DDDD")
}

func TestCodesThatCannotBeShownAnyMoreAreSaidSo(t *testing.T) {
	p := member(t)
	p.creates()
	p.send("/settings/add/totp")
	p.makesCodes()
	p.codes = func(string) (enrollment.Revealed, error) {
		return enrollment.Revealed{}, &events.Rejection{Code: events.NotFound}
	}
	p.send("/settings/confirm/e-new", "code", "123456")
	p.at("/settings", "cannot be shown any more")
	p.makesCodes()
	p.codes = func(string) (enrollment.Revealed, error) { return enrollment.Revealed{}, client.ErrNoAnswer }
	p.send("/settings/confirm/e-new", "code", "123456")
	p.at(codesPath, "No answer is no", `href="`+codesPath+`"`)
}

func TestNewRecoveryCodesNeedPasswordAndAFreshCode(t *testing.T) {
	p := insideHolder(t)
	p.user.RecoveryCodesLeft = 2
	p.open("/settings")
	p.at("/settings", "2 codes left")
	p.send(codesPath+"/new", "password", "wrong password")
	p.at(codesPath+"/new", "That is not your password")
	p.send(codesPath+"/new", "password", password)
	p.at("/code", "Step‑up, to make new recovery codes")
	p.makesCodes()
	p.answers(&enrollment.RecoveryCodesGenerated{User: "u-1", SetID: "set-1", Count: 2}, nil)
	p.send("/code", "code", "123456")
	p.at(codesPath, "AAAA-BBBB-CCCC-DDDD")
	if e := last[*enrollment.RecoveryCodesRequested](p.fake); e.LoginID != p.loginID() || !e.ReauthenticatedAt.Equal(noon) {
		t.Errorf("asked %+v", e)
	}
}

// spares is a challenge that takes a recovery code as well.
func spares() *guard.ChallengeIssued {
	e := challenge(events.TOTP)
	e.OtherFactors = append(e.OtherFactors, guard.Other{Factor: events.RecoveryCode})
	return e
}

func TestARecoveryCodeOpensASession(t *testing.T) {
	p := holder(t)
	p.login, p.status = answers{says(spares())}, says(spares())
	p.signIn()
	p.at("/code", `href="/code/recovery"`)
	p.open("/code/recovery")
	p.at("/code/recovery", "Use a recovery code", `autocomplete="off"`)
	p.attempt = answers{says(rejection(guard.WrongCode, 4)), says(rejection(guard.Replayed, 3)), says(acceptance())}
	p.send("/code/recovery", "code", "")
	p.at("/code/recovery", "Enter the code")
	p.send("/code/recovery", "code", "aaaa bbbb cccc eeee")
	p.at("/code/recovery", "That code is wrong. You have 4 attempts left.", `aria-describedby="code-fault code-hint"`)
	p.send("/code/recovery", "code", "aaaa bbbb cccc ffff")
	p.at("/code/recovery", "take another of your recovery codes")
	p.outside()
	p.send("/code/recovery", "code", " aaaa bbbb cccc dddd ")
	p.at("/home", "That recovery code is used up")
	e := last[*guard.AttemptSubmitted](p.fake)
	if e.Factor != events.RecoveryCode || e.Code.Reveal() != "aaaa bbbb cccc dddd" || e.ChallengeID != "c-1" {
		t.Errorf("submitted %+v", e)
	}
}

func TestARecoveryCodeIsOfferedWhereItWouldDo(t *testing.T) {
	p := holder(t)
	p.signIn()
	if p.at("/code"); contains(p.page, `href="/code/recovery"`) {
		t.Error("it is offered to who has none")
	}
}

func TestASignInThatHasEndedTakesNoRecoveryCode(t *testing.T) {
	p := holder(t)
	p.signIn()
	p.status = func(string) (client.Login, error) {
		return client.Login{LoginStatus: guard.LoginStatus{State: guard.Ended, Reason: string(guard.Expired)}}, nil
	}
	p.open("/code/recovery")
	p.at("/code/recovery", "This sign-in has ended")
}
