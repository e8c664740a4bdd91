package notifier_test

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier"
	"countersign/services/notifier/internal/bounce"
)

const bounces = "bounces.acme.example"

// returning is a fixture whose mails can come back.
type returning struct {
	*fixture
	kit     worker.Kit
	address chan string // of each notifier that was started
	at      string
}

func returns(t *testing.T, change ...func(*options)) *returning {
	t.Helper()
	r := &returning{address: make(chan string, 8)}
	r.fixture = start(t, append(change, func(o *options) {
		o.table = func(k worker.Kit) { r.kit = k }
		o.using = func(c *notifier.Config) { c.Bounces = notifier.Bounces{Domain: bounces, Listen: r.listen} }
	})...)
	r.at = <-r.address
	return r
}

func (r *returning) listen(ctx context.Context) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err == nil {
		r.address <- l.Addr().String()
	}
	return l, err
}

// comesBack is what the relay does with a mail that it gives up.
func (r *returning) comesBack(path, action, status string) error {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.at)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(workertest.Patience))
	c, err := smtp.NewClient(conn, "relay.example")
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail(""); err != nil {
		return err
	}
	if err := c.Rcpt(path); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Subject: returned\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain\r\n\r\n<%[1]s>: %[3]s\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"+
		"Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; %[1]s\r\nAction: %[2]s\r\nStatus: %[3]s\r\n\r\n--b--\r\n", mailbox, action, status)
	return w.Close()
}

func (r *returning) returnPath(n int) string {
	r.t.Helper()
	path := r.awaitArrival(mailbox, n).ReturnPath
	if !strings.HasSuffix(path, "@"+bounces) {
		r.t.Fatalf("the return path is %s", path)
	}
	return path
}

const sentNotFinal = "sent" + notFinal

func TestAMailThatComesBackIsToldAndItsAddressMarked(t *testing.T) {
	r := returns(t)
	r.enrolled("ann-1", mailbox)
	c := r.challenged("ann-1", "l1")
	path := r.returnPath(2)
	r.awaitSaid(c.ChallengeID, sentNotFinal)
	for range 3 { // the relay says it once more
		if err := r.comesBack(path, "failed", "5.1.1"); err != nil {
			t.Fatal(err)
		}
	}
	r.wantEnds(c.ChallengeID, sentNotFinal, "failed bad_address")
	r.undeliverable("ann-1", true)
	r.wantArrivals(mailbox, 2)
	r.SearchFor(mailbox, path)
}

// awaitSaid awaits that something was said of the notification about something.
func (f *fixture) awaitSaid(about, said string) {
	f.t.Helper()
	f.Await(said, 1, func(e workertest.Event) bool {
		o, ok := outcomeOf(e)
		if ok && !o.final {
			o.said += notFinal
		}
		return ok && o.record.About == about && o.said == said
	})
}

func TestAMailThatComesBackBeforeItsOutcomeIsKeptIsToldOnce(t *testing.T) {
	r := returns(t)
	kept := make(chan struct{})
	first := once(notification.SentType, 1)
	r.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
		if first(c) {
			<-kept
		}
		return nil
	}})
	e := r.requests("ann-1", mailbox)
	if err := r.comesBack(r.returnPath(1), "failed", "5.1.1"); err != nil {
		t.Fatal(err)
	}
	r.awaitSaid(e.EnrollmentID, "failed bad_address")
	close(kept)
	r.wantEnds(e.EnrollmentID, "failed bad_address")
	r.deliverAllAnew()
	r.wantArrivals(mailbox, 1)
}

func TestWhatMayPassAndWhatIsTheSendersChangesNoAddress(t *testing.T) {
	r := returns(t)
	r.enrolled("ann-1", mailbox)
	c := r.challenged("ann-1", "l1")
	path := r.returnPath(2)
	r.awaitSaid(c.ChallengeID, sentNotFinal)
	for _, passes := range [][2]string{{"delayed", "4.4.1"}, {"failed", "4.4.7"}, {"delivered", "2.0.0"}, {"relayed", "2.0.0"}} {
		if err := r.comesBack(path, passes[0], passes[1]); err != nil {
			t.Fatal(err)
		}
	}
	r.Quiet()
	if said := r.said(c.ChallengeID); len(said) != 1 {
		t.Errorf("said was %q", said)
	}
	if err := r.comesBack(path, "failed", "5.7.1"); err != nil {
		t.Fatal(err)
	}
	r.wantEnds(c.ChallengeID, sentNotFinal, "failed provider_down")
	r.undeliverable("ann-1", false)
}

func TestAReturnPathThatIsForgedOrOfNoMailIsRefused(t *testing.T) {
	r := returns(t)
	e := r.requests("ann-1", mailbox)
	path := r.returnPath(1)
	r.awaitSaid(e.EnrollmentID, sentNotFinal)
	forged := []byte(path)
	if forged[20]++; forged[20] == 'z'+1 || forged[20] == '8' {
		forged[20] = 'a'
	}
	never := bounce.NewPaths(bounces, r.kit.Rings.Shared("return path", 0)).Address(bounce.Place{
		Platform: workertest.Acme, UserKey: r.User("ann-1").Key, ID: events.DerivedID("never"), Try: 1,
	})
	for name, to := range map[string]string{"forged": string(forged), "of no mail": never, "the sender": "no-reply@acme.example"} {
		if err := r.comesBack(to, "failed", "5.1.1"); err == nil || !strings.HasPrefix(err.Error(), "550") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.Quiet()
	if said := r.said(e.EnrollmentID); len(said) != 1 {
		t.Errorf("said was %q", said)
	}
}

// A store that does not take it has the relay come again; any replica takes it.
func TestAMailThatCannotBeTakenNowComesAgainToAnyReplica(t *testing.T) {
	r := returns(t)
	e := r.requests("ann-1", mailbox)
	path := r.returnPath(1)
	r.awaitSaid(e.EnrollmentID, sentNotFinal)
	r.Store.Break(workertest.Faults{Before: workertest.On(workertest.Append, "notification")})
	if err := r.comesBack(path, "failed", "5.1.1"); err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("answered %v", err)
	}
	r.Store.Mend()
	r.Drain("notifier")
	if conn, err := net.Dial("tcp", r.at); err == nil {
		_ = conn.Close()
		t.Error("a worker that was drained still listens")
	}
	r.Wake("notifier", "notifier")
	<-r.address
	r.at = <-r.address
	if err := r.comesBack(path, "failed", "5.1.1"); err != nil {
		t.Fatal(err)
	}
	r.wantEnds(e.EnrollmentID, sentNotFinal, "failed bad_address")
}

func TestWhereMailsCannotComeBackIsSaidAtOnce(t *testing.T) {
	listen := func(context.Context) (net.Listener, error) { return nil, nil }
	for _, wrong := range []notifier.Bounces{{Domain: bounces}, {Listen: listen}, {Domain: "two words", Listen: listen}} {
		if _, err := notifier.Worker(notifier.Config{Bounces: wrong}); err == nil || !strings.Contains(err.Error(), "bounces: ") {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
