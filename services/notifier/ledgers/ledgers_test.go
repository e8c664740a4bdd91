package ledgers_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events/catalog"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
)

// howMany notifications the ledgers are compared after; the long form takes COUNTERSIGN_NOTIFICATIONS=10000.
func howMany(t *testing.T) int {
	t.Helper()
	text := os.Getenv("COUNTERSIGN_NOTIFICATIONS")
	if text == "" {
		return 240
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOurLedgerAndTheProvidersAgree(t *testing.T) {
	n := howMany(t)
	c := course{t: t, far: openFar(t, 4*n), ended: map[string]bool{}, fold: worker.Kit{Registry: catalog.New()}.Notifications()}
	c.opens()
	seasons := 4 + n/2000
	for i := range seasons {
		c.passes(i*n/seasons, (i+1)*n/seasons)
	}
	c.finishes(n)
	c.compares(n)
}

// opens starts what does not die: the bus, the store, and enroll, which wants messages sent.
func (c *course) opens() {
	w, err := notifier.Worker(part{MailPort: 25, TextURL: "http://127.0.0.1", OtherURL: "http://127.0.0.1"}.providers())
	if err != nil {
		c.t.Fatal(err)
	}
	c.house = workertest.Start(c.t, workertest.Config{
		Workers: []worker.Worker{enroll.Worker(), w}, Policies: []policy.Policy{acme()}, Folder: c.t.TempDir(), Asleep: true,
	})
	c.house.GiveUpAfter(time.Second)
	c.house.Wake("enroll")
	c.platform = c.house.Platform(workertest.Acme)
	c.hurries()
}

func stream(u workertest.User, n *notification.Requested) eventstore.Stream {
	return eventstore.Stream{Platform: workertest.Acme, Kind: worker.NotificationKind, UserKey: u.Key, ID: n.NotificationID}
}

var digits = regexp.MustCompile(`\b[0-9]{6}\b`)

// compares holds both ledgers to each other, notification by notification.
func (c *course) compares(n int) {
	about, arrived, theirs := c.about(), map[string][]sink.Message{}, map[string][]row{}
	for _, m := range c.far.inbox.List() {
		arrived[m.To] = append(arrived[m.To], m)
	}
	for _, r := range c.far.rows {
		theirs[r.to] = append(theirs[r.to], r)
	}
	tally := map[string]int{}
	for i := range n {
		user, to, _ := address(i)
		wanted, u := about[user], c.platform.User(user)
		o := read(c.t, c.house, stream(u, wanted))
		tally[o.end]++
		o.tell(tally)
		if err := agree(o, theirs[to]); err != nil {
			c.t.Errorf("%v: %v: theirs are %v", o, err, theirs[to])
		}
		c.brings(o, arrived[to], theirs[to], u.Sent(wanted.About, 1))
	}
	c.t.Logf("%d notifications, %d processes killed, %d calls: %v", n, c.killed, len(c.far.rows), tally)
	if tally[taken] < n*2/3 {
		c.t.Errorf("too little was sent: %v", tally)
	}
}

// brings checks what people have.
func (c *course) brings(o ours, arrived []sink.Message, theirs []row, code string) {
	takes := 0
	for _, r := range theirs {
		if r.met.taken() {
			takes++
		}
	}
	if len(arrived) != takes {
		c.t.Errorf("%v: %d arrived, %d were taken", o, len(arrived), takes)
	}
	for _, m := range arrived {
		if got := digits.FindString(m.Text); got != code {
			c.t.Errorf("%v: arrived with %s, want %s", o, got, code)
		}
	}
}
