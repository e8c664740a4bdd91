package budget_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/memcounters"
	"countersign/services/notifier/internal/decide"
)

var update = flag.Bool("update", false, "write docs/pumping.md")

const (
	price  = 0.20 // of one text, in whatever currency: what the dear destinations cost that pumping is about
	pumped = 24 * time.Hour
	others = 30 // who have numbers of the first prefix and log in once an hour
)

// An attack has accounts of whose numbers somebody earns, and loses no moment.
type attack struct {
	name     string
	accounts int
	prefixes int
	asks     func(p policy.Policy) []time.Duration // when an account asks for a text within an hour, as often as verify and enroll let it
	template notification.Template
	enters   bool // a machine enters each code at once
}

// logins are as many as verify allows, all at the beginning of each ten minutes, and the resends of the hour a minute later.
func logins(p policy.Policy) (at []time.Duration) {
	for ten := range 6 {
		for n := range p.Challenge.LoginsPer10m {
			at = append(at, time.Duration(ten)*10*time.Minute+time.Duration(n)*time.Second)
		}
	}
	return append(at, resends(p)...)
}

// enrollments are as many as enroll allows, and as many resends.
func enrollments(p policy.Policy) (at []time.Duration) {
	for n := range p.Enrollment.PerHour {
		at = append(at, time.Duration(n)*time.Second)
	}
	return append(at, resends(p)...)
}

func resends(p policy.Policy) (at []time.Duration) {
	for n := range p.Resend.PerHour {
		at = append(at, time.Minute+time.Duration(n)*5*time.Minute)
	}
	return at
}

func recoveries(p policy.Policy) (at []time.Duration) {
	for n := range p.Recovery.PerHour {
		at = append(at, time.Duration(n)*10*time.Minute)
	}
	return at
}

var attacks = []attack{
	{"numbers of a prefix are enrolled", 20, 1, enrollments, notification.EnrollmentCode, false},
	{"numbers of 30 prefixes are enrolled", 30, 30, enrollments, notification.EnrollmentCode, false},
	{"logins to numbers of a prefix", 20, 1, logins, notification.LoginCode, false},
	{"the same, and a machine enters each code", 20, 1, logins, notification.LoginCode, true},
	{"logins to numbers of 30 prefixes", 30, 30, logins, notification.LoginCode, false},
	{"lost devices are reported, for the notices", 20, 1, recoveries, notification.RecoveryOpened, false},
}

// A world is what happens on a day: replicas of the notifier over the same counters, and the same rules as in production.
type world struct {
	t      *testing.T
	policy policy.Policy
	tills  []*budget.Till
	pauses *paused
	now    time.Time
	n      int
	over   map[string]bool // accounts that were refused within the hour
	tally
}

type tally struct{ asked, sent, paused, served, refused, newcomers, turnedAway int }

const replicas = 4

func newWorld(t *testing.T) *world {
	p := policy.Default("acme")
	w := &world{t: t, policy: p, pauses: &paused{last: map[budget.Codes]notification.State{}, rules: &p}, now: noon, over: map[string]bool{}}
	counters := budget.Together(&memcounters.Counters{})
	for range replicas {
		w.tills = append(w.tills, budget.New(budget.Config{Counters: counters, Secrets: secrets, Pauses: w.pauses}))
	}
	return w
}

// texts says whether a text goes out, as the next replica decides.
func (w *world) texts(m budget.Message) bool {
	w.t.Helper()
	w.n++
	till := w.tills[w.n%replicas]
	taken, err := till.Take(w.t.Context(), m, w.policy, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	d := decide.Begin(notification.State{}, decide.Due{Requested: notification.Requested{
		User: m.UserKey, NotificationID: fmt.Sprint("n", w.n), Channel: m.Channel, Template: m.Template, About: "a", ExpiresAt: w.now.Add(time.Minute),
	}, Provider: "twilio", Stands: true, Budget: taken.Evidence}, decide.Policy{Tries: 3, Pace: decide.Defaults()}, w.now)
	if d.Call {
		return true
	}
	w.over[m.UserKey] = true
	if err := till.Return(w.t.Context(), taken); err != nil {
		w.t.Fatal(err)
	}
	return false
}

func (w *world) enters(m budget.Message) {
	w.t.Helper()
	w.n++
	err := w.tills[w.n%replicas].Entered(w.t.Context(), budget.Entry{
		Platform: m.Platform, UserKey: m.UserKey, About: fmt.Sprint("a", w.n), First: m.Template == notification.EnrollmentCode, To: m.To, At: w.now,
	}, w.policy, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
}

// A deed is what somebody does within an hour.
type deed struct {
	at time.Duration
	do func()
}

// day lets the attack and honest users go on for a day.
func (w *world) day(a attack) tally {
	w.t.Helper()
	random := rand.New(rand.NewPCG(6, 2026))
	for h := range int(pumped / time.Hour) {
		clear(w.over)
		deeds := append(w.pumps(a, h), w.honest(random, h)...)
		slices.SortStableFunc(deeds, func(a, b deed) int { return cmp.Compare(a.at, b.at) })
		hour := noon.Add(time.Duration(h) * time.Hour)
		for _, d := range deeds {
			w.now = hour.Add(d.at)
			d.do()
		}
	}
	w.paused = len(w.pauses.begun)
	return w.tally
}

func numberOf(prefix, i int) string { return fmt.Sprintf("+9477%d%06d", 10+prefix, i) }

// pumps are the attack's deeds. Enrollments are of new numbers all the time. An account that is refused is not looked at again within the hour, in
// which budgets stay used up.
func (w *world) pumps(a attack, h int) (deeds []deed) {
	for account := range a.accounts {
		user := fmt.Sprint("mallory", account)
		for n, at := range a.asks(w.policy) {
			number := numberOf(account%a.prefixes, account)
			if a.template == notification.EnrollmentCode {
				number = numberOf(account%a.prefixes, account*10_000+h*100+n)
			}
			m := text(a.template, user, number)
			deeds = append(deeds, deed{at, func() {
				w.asked++
				if w.over[user] || !w.texts(m) {
					return
				}
				w.sent++
				if a.enters {
					w.enters(m)
				}
			}})
		}
	}
	return deeds
}

// honest users have numbers of the first prefix: each logs in once an hour, and one more enrolls in each.
func (w *world) honest(random *rand.Rand, h int) (deeds []deed) {
	moment := func() time.Duration { return time.Duration(random.Int64N(int64(59 * time.Minute))) }
	come := func(m budget.Message, good, bad *int) {
		at := moment()
		deeds = append(deeds, deed{at, func() {
			if !w.texts(m) {
				*bad++
				return
			}
			*good++
			w.enters(m)
		}})
	}
	for i := range others {
		come(login(fmt.Sprint("ann", i), numberOf(0, 500_000+i)), &w.served, &w.refused)
	}
	come(enroll(fmt.Sprint("new", h), numberOf(0, 600_000+h)), &w.newcomers, &w.turnedAway)
	return deeds
}

// docs/pumping.md says what it comes to; go test ./internal/budget -run WhatPumpingCosts -update writes it.
func TestWhatPumpingCosts(t *testing.T) {
	const file = "../../../../docs/pumping.md"
	rows := make([]string, len(attacks))
	t.Run("attacks", func(t *testing.T) {
		for i, a := range attacks {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				n := w.day(a)
				w.bounded(a, n)
				rows[i] = row(a, n)
				t.Log(rows[i])
			})
		}
	})
	want := fmt.Sprintf(page, price, others, strings.Join(rows, "\n"))
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("docs/pumping.md is not what is computed (%v): cd services/notifier && go test ./internal/budget -run WhatPumpingCosts -update", err)
	}
}

func row(a attack, n tally) string {
	return fmt.Sprintf("| %s | %d | %d | %.0f | %d | %.0f | %d | %d of %d | %d of %d |", a.name, a.accounts, n.asked, float64(n.asked)*price,
		n.sent, float64(n.sent)*price, n.paused, n.served, n.served+n.refused, n.newcomers, n.newcomers+n.turnedAway)
}

// bounded holds a day to what the policy says, and to honest users who log in being served.
func (w *world) bounded(a attack, n tally) {
	w.t.Helper()
	b := w.policy.Budget
	most := 24 * min(a.accounts*b.PerUser, a.prefixes*b.PerPrefix*2, b.PerCountry*2)
	if n.sent > most || n.sent*2 > n.asked && a.template != notification.RecoveryOpened {
		w.t.Errorf("%d of %d texts went out, at most %d may", n.sent, n.asked, most)
	}
	if n.refused > 0 {
		w.t.Errorf("%d of %d honest logins were refused", n.refused, n.served+n.refused)
	}
}

const page = `# What pumping comes to

Some earn by texts to numbers of theirs. This is what a day of it costs at the defaults of ` + "`budget`" + `, decided by the rules of production on four replicas:
` + "`cd services/notifier && go test ./internal/budget -run Pumping`" + `. An attacker here has accounts and their passwords, asks for as many texts as verify, enroll and recovery let an
account have (180 logins, 10 resends, 5 enrollments and 5 recoveries an hour), and never loses a moment. A text costs %.2f. Beside each attack %d honest users
with numbers of the first prefix log in once an hour and enter their codes, and one newcomer an hour enrolls a number of it.

| attack | accounts | texts asked for | cost without budgets | texts sent | cost | pauses | honest logins served | newcomers served |
|---|---|---|---|---|---|---|---|---|
%s

- What a platform pays for at most follows from its policy alone: ` + "`per_country`" + ` and ` + "`per_platform`" + ` an hour for numbers that nobody has proven, up to twice as
  much for others, and ` + "`notices`" + ` for each user and kind. The defaults suit a platform of some thousand texts an hour. Set them to three times your busiest hour.
- ` + "`sms.countries`" + ` comes before them: who texts to two countries is pumped in two.
- Codes that a machine enters look like a user's. Nothing but the budgets bounds them.
- While a prefix is paused, nobody enrolls a number of it. Who has proven one is served, as long as the last codes were entered.
`
