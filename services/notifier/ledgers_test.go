package notifier_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

// howMany notifications the ledgers are compared after; COUNTERSIGN_NOTIFICATIONS=10000 takes some minutes.
func howMany(t *testing.T) int {
	t.Helper()
	text := os.Getenv("COUNTERSIGN_NOTIFICATIONS")
	if text == "" {
		return 120
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A schedule of faults follows from its seed, but for what races.
type schedule struct {
	*fixture
	lock   sync.Mutex
	random *rand.Rand
}

// strikes has one in so many of the messages meet something.
func strikes[F any](s *schedule, oneIn int, faults ...F) func() (F, bool) {
	return func() (F, bool) {
		s.lock.Lock()
		defer s.lock.Unlock()
		return faults[s.random.IntN(len(faults))], s.random.IntN(oneIn) == 0
	}
}

func (s *schedule) disturbs() {
	s.texts.Disturb(strikes(s, 3, sink.TooManyTexts(), sink.ServerFault(503), sink.AcceptThenServerFault(500), sink.ResetConnection(),
		sink.AcceptThenReset(), sink.TooManyTexts(), sink.ServerFault(500), sink.AcceptThenServerFault(502), sink.AcceptThenTimeout()))
	s.mails.Disturb(strikes(s, 3, relay(451, 4, 3, 0), relay(421, 4, 3, 2), sink.DropBeforeReply(), sink.StallAfterData()))
}

func address(i int) (user, to string, mail bool) {
	user = "u-" + strconv.Itoa(i)
	if i%4 == 0 {
		return user, user + "@example.org", true
	}
	return user, fmt.Sprintf("+1555%07d", 1000000+i), false
}

// asks has some notifications wanted, many at once.
func (s *schedule) asks(n int) {
	next := make(chan int)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for i := range next {
				user, to, mail := address(i)
				e := &enrollment.Requested{User: user, Factor: events.SMS, ReauthenticatedAt: time.Now()}
				if mail {
					e.Factor, e.Email = events.Email, events.NewSecret(to)
				} else {
					e.Phone = events.NewSecret(to)
				}
				s.Send(e)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}

// about is what each user's notification is about.
func (s *schedule) about() map[string]string {
	found := map[string]string{}
	for _, e := range s.Heard(workertest.Of(enrollment.SecretCreatedType)) {
		c := e.Event.(*enrollment.SecretCreated)
		found[c.User] = c.EnrollmentID
	}
	return found
}

// kills ends one of two notifiers as kill -9 does and starts another, again and again until stop is closed.
func (s *schedule) kills(stop <-chan struct{}, every time.Duration) {
	alive := s.Wake("notifier", "notifier")
	for {
		select {
		case <-stop:
			return
		case <-time.After(every):
			alive[0].Kill()
			alive = append(alive[1:], s.Wake("notifier")...)
		}
	}
}

// ends are the final outcomes by what they are about, once all have come.
func (s *schedule) ends(n int) map[string]end {
	deadline := time.After(20 * time.Minute)
	for {
		found := map[string]end{}
		for _, e := range s.Heard(func(workertest.Event) bool { return true }) {
			if o, ok := outcomeOf(e); ok && o.final {
				if before, twice := found[o.record.About]; twice && before.said != o.said {
					s.t.Errorf("%s ended as %s and as %s", o.record.About, before.said, o.said)
				}
				found[o.record.About] = o
			}
		}
		if len(found) >= n {
			return found
		}
		select {
		case <-time.After(time.Second):
		case <-deadline:
			s.t.Fatalf("%d of %d notifications have ended", len(found), n)
		}
	}
}

func TestOurLedgerAndTheProvidersAgree(t *testing.T) {
	n := howMany(t)
	f := start(t, asleep, calls(4*time.Second), func(o *options) { o.holds = 4 * n })
	f.GiveUpAfter(500 * time.Millisecond)
	f.Wake("enroll")
	s := &schedule{fixture: f, random: rand.New(rand.NewPCG(20261121, 6))}
	stop, killed := make(chan struct{}), make(chan struct{})
	every := 1500*time.Millisecond + time.Duration(n)*time.Millisecond // more are under way when there are more
	go func() { defer close(killed); s.kills(stop, every) }()
	s.disturbs()
	s.asks(n)
	ends := s.ends(n)
	close(stop)
	<-killed
	arrived := map[string][]sink.Message{}
	for _, m := range f.inbox.List() {
		arrived[m.To] = append(arrived[m.To], m)
	}
	tally := map[string]int{}
	about := s.about()
	for i := range n {
		user, to, mail := address(i)
		id := about[user]
		tally[ends[id].said]++
		s.agrees(ends[id], arrived[to], mail, f.User(user).Sent(id, 1))
	}
	t.Logf("%d notifications: %v; %d mails and texts at the far ends", n, tally, len(f.inbox.List()))
	if total := len(f.mailsTaken()) + len(f.texts.Ledger()); total != len(f.inbox.List()) {
		t.Errorf("the far ends count %d", total)
	}
	if tally["sent"] < n/2 || tally["suppressed expired"] > 0 {
		t.Errorf("too little was sent: %v", tally)
	}
}

// agrees holds one of our outcomes against what the other end has.
func (s *schedule) agrees(e end, arrived []sink.Message, mail bool, code string) {
	s.t.Helper()
	got := len(arrived)
	for _, m := range arrived {
		if codeIn(m) != code {
			s.t.Errorf("%s: arrived with %s, want %s", e.record.About, codeIn(m), code)
		}
	}
	most := 1 // a text is never sent twice
	if mail {
		most = policy.Default(workertest.Acme).Notification.Tries // a relay cannot be asked what a crash cut off
	}
	switch {
	case got > most:
		s.t.Errorf("%s: %d arrived, want at most %d", e.record.About, got, most)
	case e.said == "sent" && got == 0:
		s.t.Errorf("%s: told as sent, and nothing arrived", e.record.About)
	case e.said == "failed "+string(notification.ProviderDown) && got > 0:
		s.t.Errorf("%s, mail %v: told as failed, and %d arrived", e.record.About, mail, got)
	case !strings.HasPrefix(e.said, "sent") && !strings.HasPrefix(e.said, "failed"):
		s.t.Errorf("%s: ended as %q", e.record.About, e.said)
	}
}
