package budget_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/memcounters"
	"countersign/services/notifier/internal/decide"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// paused is budget.Pauses in memory, by the decider of production.
type paused struct {
	mu    sync.Mutex
	last  map[budget.Codes]notification.State
	begun []budget.Conversion
	rules *policy.Policy
}

func (p *paused) Last(_ context.Context, of budget.Codes) (budget.Paused, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return budget.Paused{From: p.last[of].PausedAt, Until: p.last[of].PausedUntil}, nil
}

func (p *paused) Begin(ctx context.Context, of budget.Codes, c budget.Conversion, now time.Time) (budget.Paused, error) {
	if err := p.begin(of, c, now); err != nil {
		return budget.Paused{}, err
	}
	return p.Last(ctx, of)
}

func (p *paused) begin(of budget.Codes, c budget.Conversion, now time.Time) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.last[of]
	for _, e := range decide.Pause(s, of, c, p.rules.Budget, now).Events {
		p.begun = append(p.begun, c)
		s, err = notification.Evolve(s, e, now)
	}
	p.last[of] = s
	return err
}

// noted keeps the keys that were used.
type noted struct {
	memcounters.Counters
	mu   sync.Mutex
	keys []string
	err  error
}

func (n *noted) Add(ctx context.Context, counts []budget.Count) ([]int64, error) {
	n.mu.Lock()
	for _, c := range counts {
		n.keys = append(n.keys, c.Key)
	}
	err := n.err
	n.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return n.Counters.Add(ctx, counts)
}

// A house is two tills over the same counters, as two replicas are.
type house struct {
	t        *testing.T
	counters *noted
	pauses   *paused
	tills    [2]*budget.Till
	policy   policy.Policy
	now      time.Time
	taken    int
}

func newHouse(t *testing.T, change ...func(*policy.Budget)) *house {
	h := &house{t: t, counters: &noted{}, policy: policy.Default("acme"), now: noon}
	for _, c := range change {
		c(&h.policy.Budget)
	}
	h.pauses = &paused{last: map[budget.Codes]notification.State{}, rules: &h.policy}
	for i := range h.tills {
		h.tills[i] = budget.New(budget.Config{Counters: h.counters, Secrets: secrets, Pauses: h.pauses})
	}
	return h
}

func secrets(use string, period int64) []byte { return fmt.Append(nil, use, period) }

func text(template notification.Template, user, number string) budget.Message {
	return budget.Message{Platform: "acme", UserKey: user, Channel: notification.SMS, Template: template, To: events.NewSecret(number)}
}

func login(user, number string) budget.Message { return text(notification.LoginCode, user, number) }
func enroll(user, number string) budget.Message {
	return text(notification.EnrollmentCode, user, number)
}

// take asks the tills in turn, and gives back what is over.
func (h *house) take(m budget.Message) budget.Scope {
	h.t.Helper()
	h.taken++
	till := h.tills[h.taken%len(h.tills)]
	taken, err := till.Take(h.t.Context(), m, h.policy, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	if over := taken.Over(); over != "" {
		if err := till.Return(h.t.Context(), taken); err != nil {
			h.t.Fatal(err)
		}
		return over
	}
	return ""
}

// sends says how many of n go out, and what is used up then.
func (h *house) sends(n int, message func(i int) budget.Message) (sent int, over budget.Scope) {
	h.t.Helper()
	for i := range n {
		if now := h.take(message(i)); now == "" {
			sent++
		} else {
			over = now
		}
	}
	return sent, over
}

// enters has the code of a message entered.
func (h *house) enters(m budget.Message, about string) {
	h.t.Helper()
	err := h.tills[0].Entered(h.t.Context(), budget.Entry{
		Platform: m.Platform, UserKey: m.UserKey, About: about, First: m.Template == notification.EnrollmentCode, To: m.To, At: h.now,
	}, h.policy, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) after(d time.Duration) { h.now = h.now.Add(d) }

func phone(i int) string { return fmt.Sprintf("+4915112%06d", i) }
func user(i int) string  { return fmt.Sprintf("u%d", i) }

func TestBudgets(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*policy.Budget)
		message func(i int) budget.Message
		sent    int
		over    budget.Scope
	}{
		{"of a user", nil, func(int) budget.Message { return login("ann", phone(0)) }, 20, budget.User},
		{"of a user who changes numbers", nil, func(i int) budget.Message { return login("ann", phone(i)) }, 20, budget.User},
		{"of a number, over all users", nil, func(i int) budget.Message { return enroll(user(i), phone(0)) }, 30, budget.Contact},
		{"of a prefix", nil, func(i int) budget.Message { return enroll(user(i), phone(i)) }, 300, budget.Prefix},
		{"of a country", func(b *policy.Budget) { b.PerCountry = 250 },
			func(i int) budget.Message { return enroll(user(i), fmt.Sprintf("+4915%03d1234567", i)) }, 250, budget.Country},
		{"of a platform", func(b *policy.Budget) { b.PerPlatform = 200 },
			func(i int) budget.Message { return enroll(user(i), fmt.Sprintf("+4%d15112%06d", 4+5*(i%2), i)) }, 200, budget.Platform},
		{"of a prefix, for those who log in all the time", nil, func(i int) budget.Message { return login(user(i%20), phone(i%20)) }, 300, budget.Prefix},
		{"and its reserve, for those who log in now and then", func(b *policy.Budget) { b.PerPrefix = 100 },
			func(i int) budget.Message { return login(user(i), phone(i)) }, 200, budget.Prefix},
		{"of notices of a kind", nil, func(int) budget.Message { return text(notification.FactorLocked, "ann", phone(0)) }, 3, budget.Notice},
		{"of mails to an address that nobody has proven", nil, func(i int) budget.Message {
			m := enroll(user(i), "ann@example.org")
			m.Channel = notification.Email
			return m
		}, 30, budget.Contact},
		{"none of mails to one that was proven", nil, func(i int) budget.Message {
			m := login("ann", "ann@example.org")
			m.Channel = notification.Email
			return m
		}, 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, func(b *policy.Budget) { b.PauseBelow = 0 })
			if c.change != nil {
				c.change(&h.policy.Budget)
			}
			if sent, over := h.sends(400, c.message); sent != c.sent || over != c.over {
				t.Errorf("%d went out until %q, want %d until %q", sent, over, c.sent, c.over)
			}
			h.after(time.Hour)
			if over := h.take(c.message(0)); over != "" {
				t.Errorf("%s is used up in the next hour as well", over)
			}
		})
	}
}

func TestWhatIsNotSentTakesNothingFromOthers(t *testing.T) {
	h := newHouse(t, func(b *policy.Budget) { b.PerPrefix = 25; b.PauseBelow = 0 })
	if sent, over := h.sends(500, func(int) budget.Message { return login("mallory", phone(0)) }); sent != 20 || over != budget.User {
		t.Fatalf("%d went out until %q", sent, over)
	}
	if sent, _ := h.sends(40, func(i int) budget.Message { return login(user(i), phone(1+i)) }); sent != 30 {
		t.Errorf("%d texts of others went out, 5 are left of the prefix and 25 of its reserve", sent)
	}
}

func TestWhoEnrollsInMassesTakesNothingFromLogins(t *testing.T) {
	h := newHouse(t, func(b *policy.Budget) { b.PerPlatform = 50; b.PauseBelow = 0 })
	h.sends(500, func(i int) budget.Message { return enroll(user(i%9), phone(i)) })
	h.sends(500, func(i int) budget.Message { return enroll(user(i), phone(0)) }) // a victim's number
	if over := h.take(login("ann", phone(0))); over != "" {
		t.Errorf("the owner of the number is refused: %s is used up", over)
	}
}

func TestOfOneUsersTextsNoneIsTakenByAnother(t *testing.T) {
	h := newHouse(t)
	h.sends(100, func(int) budget.Message { return login("mallory", phone(0)) })
	if sent, over := h.sends(10, func(int) budget.Message { return login("ann", phone(0)) }); sent != 10 {
		t.Errorf("%d texts of another user of the same number went out until %q, want 10", sent, over)
	}
}

func TestNobodySilencesNotices(t *testing.T) {
	h := newHouse(t, func(b *policy.Budget) { b.PerPlatform = 1 })
	h.sends(300, func(i int) budget.Message { return login(user(i), phone(i)) })
	h.sends(300, func(int) budget.Message { return login("ann", phone(0)) })
	h.sends(10, func(int) budget.Message { return text(notification.RecoveryOpened, "ann", "+4915112999999") })
	for _, m := range []budget.Message{
		text(notification.RecoveryOpened, "ann", phone(0)), text(notification.FactorRemoved, "ann", phone(0)), text("a_kind_to_come", "ann", phone(0)),
	} {
		if sent, _ := h.sends(5, func(int) budget.Message { return m }); sent != 3 {
			t.Errorf("%d notices %s went out, want 3", sent, m.Template)
		}
	}
}

func TestManyAtOnceStayWithinABudget(t *testing.T) {
	h := newHouse(t, func(b *policy.Budget) { b.PauseBelow = 0 })
	var all sync.WaitGroup
	var lock sync.Mutex
	sent := 0
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				taken, err := h.tills[i%2].Take(t.Context(), login("ann", phone(0)), h.policy, h.now)
				if err != nil {
					t.Error(err)
				} else if taken.Over() == "" {
					lock.Lock()
					sent++
					lock.Unlock()
				}
			}
		})
	}
	all.Wait()
	if sent != 20 {
		t.Errorf("%d went out, want 20", sent)
	}
}

func TestWithoutCountersNothingGoesOut(t *testing.T) {
	h := newHouse(t)
	h.counters.err = errors.New("the store is away")
	if _, err := h.tills[0].Take(t.Context(), login("ann", phone(0)), h.policy, h.now); !errors.Is(err, h.counters.err) {
		t.Errorf("got %v", err)
	}
}

func TestNoCounterNamesAPerson(t *testing.T) {
	const userkey = "mk3fmk3fmk3fmk3fmk3fmk3fmk" // in base32, as digests are: shorter it would stand in one by chance
	h := newHouse(t)
	mail := enroll(userkey, "ann@example.org")
	mail.Channel = notification.Email
	for _, m := range []budget.Message{login(userkey, phone(7)), enroll(userkey, phone(7)), mail, text(notification.FactorLocked, userkey, phone(7))} {
		h.take(m)
	}
	h.enters(login(userkey, phone(7)), "c1")
	today := slices.Clone(h.counters.keys)
	h.after(time.Hour)
	h.take(login(userkey, phone(7)))
	for _, key := range h.counters.keys {
		for _, secret := range []string{phone(7)[1:], phone(7)[4:], "000007", "ann@", userkey} {
			if strings.Contains(key, secret) {
				t.Errorf("%s holds %s", key, secret)
			}
		}
		if len(key) > budget.MaxKey {
			t.Errorf("%s is too long", key)
		}
	}
	for _, key := range h.counters.keys[len(today):] {
		i := strings.LastIndexByte(key, '/')
		if digest := key[i:]; len(digest) == 33 && slices.ContainsFunc(today, func(k string) bool { return strings.HasSuffix(k, digest) }) {
			t.Errorf("%s is called the same in two hours", key)
		}
	}
}
