package recovery_test

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/links"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	shell "countersign/services/recovery"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/fake"
	"countersign/services/recovery/internal/web"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// A fixture is recovery, a verify that judges recovery codes as the test says, and one platform.
type fixture struct {
	*workertest.House
	*workertest.Platform
	t       *testing.T
	captcha *fake.Provider
	judge   *judge

	mu   sync.Mutex
	last web.Cases
}

func start(t *testing.T, change ...func(*policy.Policy)) *fixture {
	t.Helper()
	return startAt(t, workertest.SQLite, change...)
}

func startAt(t *testing.T, place workertest.Place, change ...func(*policy.Policy)) *fixture {
	t.Helper()
	t.Parallel()
	p := workertest.Lenient(workertest.Acme)
	p.Recovery.URL = "https://id.acme.example/recovery"
	for _, c := range change {
		c(&p)
	}
	f := &fixture{t: t, captcha: fake.New(), judge: &judge{}}
	f.House = workertest.Start(t, workertest.Config{
		Workers: []worker.Worker{shell.WorkerWith(f.captcha, f.started), f.judge.worker()}, Policies: []policy.Policy{p}, Place: place,
	})
	f.Platform = f.House.Platform(workertest.Acme)
	return f
}

func (f *fixture) started(c web.Cases) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = c
}

// cases are those of the replica that was started last.
func (f *fixture) cases() web.Cases {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

func steps(list ...recovery.Step) func(*policy.Policy) {
	return func(p *policy.Policy) { p.Recovery.Steps = list }
}

const (
	address = "canary.address@example.org"
	phone   = "+15005550099"
)

// person is a user with a factor, an address and a number, who has begun the login l1.
func (f *fixture) person(id string) workertest.User {
	f.t.Helper()
	u := f.User(id)
	u.Enrolled(events.TOTP)
	ref := u.Ref()
	key := enrollment.Key{Keyring: ref.Keyring, Number: ref.Number}
	u.Enrollment(&enrollment.ContactsChanged{User: id, Record: enrollment.ContactsRecord{
		Email: &enrollment.Contact{Hint: "c•••@example.org", Ciphertext: "x", Key: key},
		Phone: &enrollment.Contact{Hint: "•••• 0099", Ciphertext: "x", Key: key},
	}})
	u.Challenged("l1")
	return u
}

func requested(user string) *recovery.Requested {
	return &recovery.Requested{User: user, LoginID: "l1", ReauthenticatedAt: time.Now()}
}

// opened is a case of the user's own.
func (f *fixture) opened(u workertest.User) *recovery.Opened {
	f.t.Helper()
	return workertest.As[*recovery.Opened](f.House, f.Ask(requested(u.ID)))
}

func (f *fixture) link(u workertest.User, id string, sending uint64) links.Link {
	return links.Link{Platform: workertest.Acme, UserKey: u.Key, Token: u.LinkToken(id, sending)}
}

func (f *fixture) cancelLink(u workertest.User, id string) links.Link {
	return links.Link{Platform: workertest.Acme, UserKey: u.Key, Token: u.LinkToken(links.CancelID(id), links.CancelSending), Cancel: true}
}

// claimed confirms the newest link in a browser that holds nothing.
func (f *fixture) claimed(u workertest.User, id string) web.Ticket {
	f.t.Helper()
	v, t, err := f.cases().Claim(f.t.Context(), f.link(u, id, 1), web.Ticket{})
	if err != nil || t.Claim == 0 {
		f.t.Fatalf("claimed: %+v, %v", v, err)
	}
	return t
}

func (f *fixture) stage(t web.Ticket) web.Stage {
	f.t.Helper()
	v, err := f.cases().View(f.t.Context(), t)
	if err != nil {
		f.t.Fatal(err)
	}
	return v.Stage
}

func (f *fixture) texted(t web.Ticket) web.View {
	f.t.Helper()
	v, p, err := f.cases().SendText(f.t.Context(), t)
	if err != nil || p != web.NoProblem {
		f.t.Fatalf("send text: %s, %v", p, err)
	}
	return v
}

// typed submits a texted code and wants the problem.
func (f *fixture) typed(t web.Ticket, code string, want web.Problem) web.View {
	f.t.Helper()
	v, p, err := f.cases().SubmitText(f.t.Context(), t, events.NewSecret(code))
	if err != nil || p != want {
		f.t.Fatalf("typed: %q, %v, want %q", p, err, want)
	}
	return v
}

func (f *fixture) solution(t web.Ticket) url.Values {
	return f.captcha.Answer(captcha.Binding{Case: t.RecoveryID, Claim: t.Claim})
}

func (f *fixture) solved(t web.Ticket, form url.Values, want web.Problem) web.View {
	f.t.Helper()
	v, p, err := f.cases().SubmitCaptcha(f.t.Context(), t, form, "")
	if err != nil || p != want {
		f.t.Fatalf("solved: %q, %v, want %q", p, err, want)
	}
	return v
}

// clear does what enroll does about a case that is through.
func (f *fixture) clear(u workertest.User, id string) {
	f.t.Helper()
	u.Enrollment(&enrollment.FactorRemoved{User: u.ID, Reason: enrollment.RemovedByRecovery, RecoveryID: id})
}

// completions are the cases that are through.
func (f *fixture) completions() []workertest.Event {
	f.Quiet()
	return workertest.Once(f.Heard(workertest.Of(recovery.CompletedType)))
}

// A judge answers in verify's place.
type judge struct {
	mu    sync.Mutex
	right string
	fail  int // answers that fail first
	asked []guard.JudgeRequest
}
