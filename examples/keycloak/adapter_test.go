package keycloak_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// A person is a user of Keycloak with an authenticator app that Countersign knows.
type person struct {
	t    *testing.T
	id   string
	app  stranger.App
	step int64
}

func anybody(t *testing.T) *person { return &person{t: t, id: stranger.NewID("")} }

// session is one of the person's: Keycloak's ids are of nobody else.
func (p *person) session(number string) string { return p.id + "-" + number }

func holder(t *testing.T) *person {
	t.Helper()
	p := anybody(t)
	created, err := told.Enroll(t.Context(), &enrollment.Requested{User: p.id, Factor: events.TOTP, ReauthenticatedAt: time.Now()})
	p.fine(err)
	shown, err := told.Provisioning(t.Context(), enrollment.ProvisioningRequest{User: p.id, EnrollmentID: created.EnrollmentID})
	p.fine(err)
	p.app = stranger.App{Secret: shown.Secret.Reveal(), Algorithm: shown.Algorithm, Digits: shown.Digits, Period: shown.Period}
	p.step = p.app.Step(time.Now())
	_, err = told.Confirm(t.Context(), &enrollment.CodeSubmitted{
		User: p.id, EnrollmentID: created.EnrollmentID, Code: events.NewSecret(p.app.Code(p.step)),
	})
	p.fine(err)
	return p
}

func (p *person) fine(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// enters types a code on the page of an application.
func (p *person) enters(code, challenge string) {
	p.t.Helper()
	_, err := told.Attempt(p.t.Context(), &guard.AttemptSubmitted{User: p.id, ChallengeID: challenge, Code: events.NewSecret(code)})
	p.fine(err)
}

// ends waits until Keycloak has ended the session.
func (p *person) ends(session string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	for {
		open, changed := stand.open(p.id)
		if !slices.Contains(open, session) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			p.t.Fatalf("session %s is still open", session)
		}
	}
}

func (p *person) keeps(sessions ...string) {
	p.t.Helper()
	if open, _ := stand.open(p.id); !slices.Equal(open, sessions) {
		p.t.Errorf("open are %v, want %v", open, sessions)
	}
}

func TestALoginOfKeycloakIsChallengedAndPasses(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			p := holder(t)
			if before := stands(t, p.id, p.session("1")); before.Passed || before.State != guard.Unknown {
				t.Errorf("before there is such a session: %+v", before)
			}
			stand.opened(p.id, p.session("1"))
			want(t, 204, shape(login(p.id, p.session("1"))))
			challenged := stands(t, p.id, p.session("1"))
			if challenged.Passed || challenged.State != guard.Challenged || challenged.Factor != events.TOTP {
				t.Fatalf("after it: %+v", challenged)
			}
			p.enters(p.app.Code(p.step+1), challenged.ChallengeID)
			if after := stands(t, p.id, p.session("1")); !after.Passed || after.State != guard.Accepted {
				t.Errorf("after the code: %+v", after)
			}
			p.keeps(p.session("1"))
		})
	}
}

func TestAUserWithoutAFactorIsWaived(t *testing.T) {
	p := anybody(t)
	stand.opened(p.id, p.session("1"))
	want(t, 204, raw(login(p.id, p.session("1"))))
	if s := stands(t, p.id, p.session("1")); !s.Passed || s.State != guard.Waived {
		t.Errorf("got %+v", s)
	}
	p.keeps(p.session("1"))
}

func TestWebhooksThatComeTwiceAtOnceAndOutOfOrderAreOneLogin(t *testing.T) {
	p := holder(t)
	stand.opened(p.id, p.session("1"))
	former, later := login(p.id, p.session("1")), login(p.id, p.session("1")) // another application, in the same session
	later["time"] = former["time"].(int64) + 1
	logout := with(login(p.id, p.session("1")), "type", "LOGOUT")
	var all sync.WaitGroup
	for _, e := range []object{later, logout, former, later, former, former} {
		all.Go(func() { want(t, 204, raw(e)) })
	}
	all.Wait()
	s := stands(t, p.id, p.session("1"))
	if n := issued(t, p.id); s.State != guard.Challenged || n != 1 {
		t.Fatalf("got %d challenges, %+v", n, s)
	}
	p.enters(p.app.Code(p.step+1), s.ChallengeID)
	want(t, 204, raw(later)) // the answer of before
	want(t, 204, raw(login(p.id, p.session("1"))))
	if s := stands(t, p.id, p.session("1")); !s.Passed {
		t.Errorf("after a late webhook: %+v", s)
	}
	p.keeps(p.session("1"))
}

func TestASessionWhoseSecondFactorFailsIsEnded(t *testing.T) {
	p := holder(t)
	stand.opened(p.id, p.session("0"), p.session("1"), p.session("2"))
	want(t, 204, raw(login(p.id, p.session("1"))))
	s := stands(t, p.id, p.session("1"))
	for range 5 {
		p.enters(p.app.Wrong(p.step), s.ChallengeID)
	}
	p.ends(p.session("1"))
	p.keeps(p.session("0"), p.session("2"))
	if s := stands(t, p.id, p.session("1")); s.Passed || s.State != guard.Ended {
		t.Errorf("got %+v", s)
	}
}

func TestASessionIsEndedOnceKeycloakCanBeReachedAgain(t *testing.T) {
	p := holder(t)
	stand.opened(p.id, p.session("1"))
	want(t, 204, raw(login(p.id, p.session("1"))))
	s := stands(t, p.id, p.session("1"))
	asked, tries := make(chan struct{}), 0
	stand.breaks(func(*stdRequest) int {
		if tries++; tries == 2 {
			close(asked)
		}
		if tries <= 2 {
			return 500
		}
		return 0
	})
	t.Cleanup(func() { stand.breaks(nil) })
	for range 5 {
		p.enters(p.app.Wrong(p.step), s.ChallengeID)
	}
	<-asked
	p.ends(p.session("1"))
}

func TestALoginThatIsRefusedOrOldEndsItsSession(t *testing.T) {
	p := holder(t)
	old := login(p.id, p.session("old"))
	old["time"] = time.Now().Add(-2 * time.Minute).UnixMilli()
	stand.opened(p.id, p.session("old"), p.session("1"))
	want(t, 204, raw(old))
	p.keeps(p.session("1"))
	if n := issued(t, p.id); n != 0 {
		t.Errorf("%d challenges for a login that nobody waits for", n)
	}
	for n := range 31 { // one more than a user may begin
		session := p.session(strings.Repeat("x", n+1))
		stand.opened(p.id, session)
		want(t, 204, raw(login(p.id, session)))
	}
	p.keeps()
}

func TestAnApplicationThatAsksBeforeTheWebhookComesBeginsTheSameLogin(t *testing.T) {
	p := holder(t)
	stand.opened(p.id, p.session("1"))
	early := stands(t, p.id, p.session("1"))
	want(t, 204, raw(login(p.id, p.session("1"))))
	if s := stands(t, p.id, p.session("1")); early.Passed || s.ChallengeID == "" || s.ChallengeID != early.ChallengeID {
		t.Errorf("first %+v, then %+v", early, s)
	}
}
