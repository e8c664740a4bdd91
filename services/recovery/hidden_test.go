package recovery_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/links"
	"countersign/pkg/worker/workertest"
	"countersign/services/recovery/internal/web"
)

// pages are those of a replica of its own.
func (f *fixture) pages() http.Handler {
	f.t.Helper()
	f.Drain("recovery")
	return f.Wake("recovery")[0].Pages()
}

func TestAScannerChangesNothing(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	pages := f.pages()
	f.Quiet()
	before := len(f.Store.Appended())
	for _, l := range []links.Link{f.link(u, o.RecoveryID, 1), f.cancelLink(u, o.RecoveryID)} {
		for range 10 {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				w := httptest.NewRecorder()
				pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/recovery"+l.Path().Reveal(), nil))
				if w.Code != http.StatusOK || len(w.Header().Values("Set-Cookie")) > 0 {
					t.Fatalf("%s: %d, %v", method, w.Code, w.Header())
				}
			}
		}
	}
	f.Quiet()
	if n := len(f.Store.Appended()) - before; n != 0 {
		t.Errorf("%d commits were made", n)
	}
	if v, err := f.cases().Look(t.Context(), f.link(u, o.RecoveryID, 1)); err != nil || v.Stage != web.StageLink {
		t.Errorf("then the link leads to %s, %v", v.Stage, err)
	}
}

func TestALinkLeadsNowhereOnceItsTimeIsOver(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	ticket := f.claimed(u, o.RecoveryID)
	for _, c := range []struct {
		after        time.Duration
		link, cancel web.Stage
		held         web.Stage
	}{
		{0, web.StageLink, web.StageCancel, web.StageText},
		{6 * time.Minute, web.StageOver, web.StageCancel, web.StageText},
		{31 * time.Minute, web.StageOver, web.StageOver, web.StageOver},
	} {
		f.Clock.Ahead(c.after)
		link, bad := f.cases().Look(t.Context(), f.link(u, o.RecoveryID, 1))
		cancel, worse := f.cases().LookCancel(t.Context(), f.cancelLink(u, o.RecoveryID))
		if bad != nil || worse != nil || link.Stage != c.link || cancel.Stage != c.cancel || f.stage(ticket) != c.held {
			t.Errorf("after %s: %s, %s, %s, %v, %v", c.after, link.Stage, cancel.Stage, f.stage(ticket), bad, worse)
		}
		if _, claimed, err := f.cases().Claim(t.Context(), f.link(u, o.RecoveryID, 1), web.Ticket{}); err != nil || claimed.Claim != 0 && c.link == web.StageOver {
			t.Errorf("after %s the link is taken: %+v, %v", c.after, claimed, err)
		} else if claimed.Claim != 0 {
			ticket = claimed
		}
	}
}

// A stranger finds out nothing: whoever a link or a cookie names, known, with a case or not, the same is read, and nothing more.
func TestALinkThatLeadsNowhereCostsTheSameForEverybody(t *testing.T) {
	f := start(t)
	withCase, without, bare := f.person("ann-1"), f.person("bob-1"), f.User("sue-1")
	bare.Waived("l1")
	f.opened(withCase)
	f.Quiet()
	f.Keys.CacheFor(time.Minute) // as in production: what was read once could be remembered
	f.Restart("recovery")
	reads := f.counting()
	token := events.NewSecret(strings.Repeat("t", 43))
	want := ""
	for name, userkey := range map[string]string{
		"a user with a case": withCase.Key, "a user without one": without.Key, "a user without a factor": bare.Key,
		"nobody": events.UserKey(workertest.Acme, "nobody"),
	} {
		l := links.Link{Platform: workertest.Acme, UserKey: userkey, Token: token}
		id := userkey + "-" + strings.Repeat("a", 26)
		if userkey == withCase.Key {
			id = withCase.Commits("recovery")[0].Events[0].ID
		}
		ticket := web.Ticket{Platform: workertest.Acme, UserKey: userkey, RecoveryID: id, Claim: 1, Token: token}
		for range 2 {
			got := ""
			for _, ask := range []func() (web.View, error){
				func() (web.View, error) { return f.cases().Look(t.Context(), l) },
				func() (web.View, error) { return f.cases().LookCancel(t.Context(), l) },
				func() (web.View, error) { return f.cases().Cancel(t.Context(), l) },
				func() (web.View, error) { v, _, err := f.cases().Claim(t.Context(), l, ticket); return v, err },
				func() (web.View, error) { return f.cases().View(t.Context(), ticket) },
				func() (web.View, error) { v, _, err := f.cases().SendText(t.Context(), ticket); return v, err },
				func() (web.View, error) { v, _, err := f.cases().SubmitText(t.Context(), ticket, token); return v, err },
				func() (web.View, error) {
					v, _, err := f.cases().SubmitRecoveryCode(t.Context(), ticket, token)
					return v, err
				},
			} {
				v, err := ask()
				if err != nil || v.Stage != web.StageOver || v.Account != "" || v.RecoveryID != "" {
					t.Errorf("%s is shown %+v, %v", name, v, err)
				}
				got += reads() + "; "
			}
			if want == "" {
				want = got
			}
			if got != want || !strings.HasPrefix(got, "recovery 1, enrollment 1, other 0, keys 1;") {
				t.Errorf("%s costs\n%s, others\n%s", name, got, want)
			}
		}
	}
}

// counting counts what is read of store and keys from now on; each call tells what came since the last.
func (f *fixture) counting() func() string {
	var cases, people, other, keys atomic.Int64
	f.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
		switch {
		case c.Op == workertest.Head && c.Kind == "recovery":
			cases.Add(1)
		case c.Op == workertest.Head && c.Kind == "enrollment":
			people.Add(1)
		case c.Op != workertest.Pending && c.Op != workertest.PublishAbove && c.Op != workertest.Due && c.Op != workertest.MarkPublish:
			other.Add(1)
		}
		return nil
	}})
	f.Keys.Break(func() error { keys.Add(1); return nil })
	return func() string {
		return fmt.Sprintf("recovery %d, enrollment %d, other %d, keys %d", cases.Swap(0), people.Swap(0), other.Swap(0), keys.Swap(0))
	}
}

// Nothing of a case rests anywhere: not the link, not the cookie, not a code, not what people wrote.
func TestNothingOfACaseRests(t *testing.T) {
	f := start(t, steps(recovery.Link, recovery.Text, recovery.RecoveryCode, recovery.Captcha))
	f.judge.right = "canarycode234567"
	u := f.person("ann-1")
	const reason, note = "canary reason of support", "canary note of the second person"
	a := workertest.As[*recovery.ApprovalRequired](f.House, f.Ask(supported(u.ID, "s1", reason)))
	workertest.As[*recovery.Denied](f.House, f.Ask(&recovery.DenialGiven{User: u.ID, RecoveryID: a.RecoveryID, By: "s2", Note: events.NewSecret(note)}))
	o := f.opened(u)
	ticket := f.claimed(u, o.RecoveryID)
	f.texted(ticket)
	f.typed(ticket, workertest.Wrong(u.Sent(o.RecoveryID, 1)), web.WrongCode)
	f.typed(ticket, u.Sent(o.RecoveryID, 1), web.NoProblem)
	f.printed(ticket, "canary wrong code", web.WrongCode)
	f.printed(ticket, f.judge.right, web.NoProblem)
	solution := f.solution(ticket)
	f.solved(ticket, solution, web.NoProblem)
	link, cancel := f.link(u, o.RecoveryID, 1), f.cancelLink(u, o.RecoveryID)
	f.SearchFor(
		reason, note, u.Sent(o.RecoveryID, 1), workertest.Wrong(u.Sent(o.RecoveryID, 1)), "canarycode", "canarywrongcode", "canary wrong code",
		link.Token.Reveal(), cancel.Token.Reveal(), ticket.Token.Reveal(), solution.Get("fake-captcha"), address, phone,
	)
}

func TestWithoutKeysNoLinkIsRight(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	link, ticket := f.link(u, o.RecoveryID, 1), f.claimed(u, o.RecoveryID)
	f.Keys.Break(func() error { return keyring.ErrNoKeyring })
	if v, err := f.cases().Look(t.Context(), link); err != nil || v.Stage != web.StageOver {
		t.Errorf("the link leads to %s, %v", v.Stage, err)
	}
	if s := f.stage(ticket); s != web.StageOver {
		t.Errorf("the browser is shown %s", s)
	}
}
