package dead_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/cmd/countersign/internal/dead"
	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/workertest"
)

// write has a worker's credential write a letter, as the worker does or somebody who has stolen the credential.
func (w *ward) write(worker, fact, subject, ceType, body string) {
	w.t.Helper()
	w.writeAs(worker, worker, fact, subject, ceType, body)
}

func (w *ward) writeAs(user, worker, fact, subject, ceType, body string) {
	w.t.Helper()
	place, stored := "mfa.acme.dead."+worker+"."+fact, time.Now().UTC().Format(time.RFC3339Nano)
	key := w.DeadLetterKey()
	sealed, err := seal.SealBytes(key.Public(), []byte(place+"\x00"+subject+"\x00"+stored), []byte(body))
	if err != nil {
		w.t.Fatal(err)
	}
	header := nats.Header{bus.HeaderDeadReason: {"panic"}, bus.HeaderDeadSubject: {subject}, bus.HeaderDeadStoredAt: {stored}}
	if ceType != "" {
		for name, value := range map[string]string{"specversion": "1.0", "id": "forged", "source": "/acme", "type": ceType} {
			header["ce-"+name] = []string{value}
		}
	}
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: w.conn(user)})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := p.Publish(w.t.Context(), []bus.Outgoing{{Subject: place, Header: header, Body: sealed}}); err != nil {
		w.t.Fatal(err)
	}
}

func TestALetterThatItsWorkerNeverHeardIsNotPublished(t *testing.T) {
	w := newWard(t, guard.AttemptSubmittedType)
	for _, subject := range []string{
		"mfa.acme.in.factor.reset_requested", "mfa.other.in.login.started", "mfa.acme.in.login.*", "mfa.acme.dead.verify.login.started", "$JS.API.STREAM.PURGE.MFA_IN", "",
	} {
		w.write("verify", "login.started", subject, enrollment.ResetRequestedType, `{"user":"ann-1","by":"s-1","reason":"mine"}`)
	}
	said, err := w.replay(again)
	w.refuses(err, "6 of 6 letters are left")
	w.says(said, "verify does not hear mfa.acme.in.factor.reset_requested", "its subject is none of its platform")
	w.Quiet()
	if n := len(w.User("ann-1").Commits("enrollment")); n != 0 {
		t.Errorf("a forged letter made %d commits", n)
	}
}

func TestWhatOpensSessionsIsNotPublishedAgain(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.write("verify", "factor.removed", "mfa.acme.out.factor.removed.k", enrollment.FactorRemovedType, `{}`)
	n := w.letters(1)[0]
	w.says(first(w.show(n)), "publishes it again")
	w.writeAs("_witness", "notifier", "attempt.accepted", "mfa.acme.out.attempt.accepted.k", guard.AttemptAcceptedType, `{}`)
	n = w.letters(2)[1]
	w.says(first(w.show(n, withoutKey)), "leaves it: by attempt.accepted a platform opens sessions")
	said, err := w.replay(func(r *dead.Replay) { r.Filter.Worker = "notifier" })
	w.says(said, "left: by attempt.accepted a platform opens sessions")
	w.refuses(err, "1 of 1")
}

func first(text string, _ error) string { return text }

func TestALetterThatIsSealedToAnotherKeyIsLeft(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	n := w.letters(1)[0]
	other, err := seal.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	said, err := w.replay(func(r *dead.Replay) { r.Judge.Key = other })
	w.says(said, "left: it is sealed to another key than COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY")
	w.refuses(err, "1 of 1")
	_, err = w.show(n, func(s *dead.Show) { s.Judge.Key = other })
	w.refuses(err, "sealed to another key")
}

func TestNobodyElseMayReplay(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	w.letters(1)
	w.mend()
	said, err := w.replayAs("operator")
	w.refuses(err, "countersign nats-config --repair")
	w.says(said, "0 replayed, 0 left, of 1; 1 not looked at")
	if strings.Contains(w.list(), "replay begun") {
		t.Error("what was refused left a mark")
	}
}

func TestWhatTheBusIsTooFullForKeepsItsLetter(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	w.letters(1)
	w.mend()
	w.Quiet()
	w.Drain("enroll")
	w.Send(required("ann-2"), workertest.ID("r-2"))
	js := w.operator()
	s, err := js.Stream(t.Context(), bus.StreamIn)
	if err != nil {
		t.Fatal(err)
	}
	full := s.CachedInfo().Config
	full.MaxMsgsPerSubject = 1
	if _, err := js.UpdateStream(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	_, err = w.replay()
	w.refuses(err, "maximum messages per subject exceeded")
	if w.letters(1); strings.Contains(w.list(), "replay begun") {
		t.Error("what was refused left a mark")
	}
	w.Wake("enroll")
	w.Answer("r-2")
	w.Quiet()
	if _, err := w.replay(); err != nil {
		t.Error(err)
	}
	w.once("ann-1", "r-1")
}

func TestTheRepairersRightsAreThoseOfAReplayAlone(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	generated, err := natsconfig.RepairUser()
	if err != nil || generated.Name != "_repair" {
		t.Fatalf("%+v, %v", generated, err)
	}
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: w.conn("_repair")})
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{
		"mfa.acme.dead.verify.login.started", "mfa.acme.out.attempt.accepted.k", "mfa.acme.out.challenge.waived.k", "mfa.acme.out.enrollment.activated.k", "mfa.acme.timer.verify.expiry_due.x", "mfa.acme.rpc.login.status",
		"_INBOX.acme.x", "_INBOX._operator.x",
		"$JS.API.STREAM.PURGE.MFA_DEAD", "$JS.API.STREAM.DELETE.MFA_DEAD", "$JS.API.STREAM.UPDATE.MFA_DEAD", "$JS.API.STREAM.MSG.GET.MFA_IN", "$JS.API.STREAM.MSG.GET.MFA_OUT",
		"$JS.API.STREAM.MSG.DELETE.MFA_IN", "$JS.API.CONSUMER.CREATE.MFA_DEAD", "$JS.API.CONSUMER.CREATE.MFA_DEAD.x", "$JS.API.CONSUMER.CREATE.MFA_DEAD.x.>", "$JS.API.CONSUMER.DURABLE.CREATE.MFA_DEAD.x",
		"$JS.API.CONSUMER.MSG.NEXT.MFA_IN.verify-login-started", "$JS.ACK.MFA_IN.verify-login-started.1.1.1.1.0", "$SRV.PING",
	} {
		if _, err := p.Publish(t.Context(), []bus.Outgoing{{Subject: subject, Body: []byte("{}")}}); !errors.Is(err, bus.ErrForbidden) {
			t.Errorf("%s: the bus says %v", subject, err)
		}
	}
	for _, subject := range []string{"mfa.>", "mfa.acme.out.>", "mfa.acme.in.login.started", "_INBOX.>", "_INBOX._operator.>", "$JS.EVENT.>", ">"} {
		if err := w.hears("_repair", subject); err == nil {
			t.Errorf("it may hear %s", subject)
		}
	}
}

func (w *ward) hears(user, subject string) error {
	w.t.Helper()
	c := w.conn(user)
	s, err := c.SubscribeSync(subject)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := c.Flush(); err != nil { // the server's refusal comes before its answer to this
		w.t.Fatal(err)
	}
	if _, err := s.NextMsg(time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
		return err
	}
	return nil
}

func TestDiscardLeavesNothing(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	for _, id := range []string{"r-1", "r-2", "r-3"} {
		w.Send(required("ann-"+id), workertest.ID(id))
	}
	all := w.letters(3)
	sealed := w.sealed(all[0])
	w.Until("the letter stands in a file", func() bool { return w.rests(sealed) })
	said, err := w.discard(func(d *dead.Discard) { d.DryRun = true })
	w.says(said, "3 would be discarded, 0 left, of 3 (nothing was changed)\n")
	if err != nil {
		t.Error(err)
	}
	w.letters(3)
	_, err = w.discard(func(d *dead.Discard) { d.Yes = false })
	w.refuses(err, "say --yes")
	_, err = w.discard(func(d *dead.Discard) { d.Yes, d.Answer = false, strings.NewReader("no\n") })
	w.refuses(err, "not confirmed")
	w.letters(3)
	said, err = w.discard(func(d *dead.Discard) {
		d.Yes, d.Answer, d.Filter.Sequences = false, strings.NewReader("y\n"), []dead.Range{{First: all[0], Last: all[1]}}
	})
	w.says(said, "discard 2 letters? They are gone for good. [y/N] ", "2 discarded, 0 left, of 2\n")
	if left := w.letters(1); err != nil || left[0] != all[2] {
		t.Errorf("%v: letters %v are left", err, left)
	}
	if w.rests(sealed) { // now, while its neighbour keeps the file
		t.Error("a discarded letter stands in a file of the bus")
	}
	if _, err := w.discard(); err != nil {
		t.Error(err)
	}
	w.letters(0)
	_, err = w.show(all[0])
	w.refuses(err, "there is no such letter")
	w.mend()
	w.Quiet()
	if n := len(w.Answers("r-1")); n != 0 {
		t.Errorf("a discarded message was answered %d times", n)
	}
}

func (w *ward) discard(change ...func(*dead.Discard)) (string, error) {
	w.t.Helper()
	var out strings.Builder
	d := dead.Discard{Sweep: dead.Sweep{Box: w.box(w.conn("operator")), Out: &out, Yes: true}}
	for _, f := range change {
		f(&d)
	}
	err := d.Run(w.t.Context())
	return out.String(), err
}

func (w *ward) operator() jetstream.JetStream {
	w.t.Helper()
	js, err := jetstream.New(w.conn("operator").Conn)
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

func (w *ward) sealed(sequence uint64) []byte {
	w.t.Helper()
	s, err := w.operator().Stream(w.t.Context(), bus.StreamDead)
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := s.GetMsg(w.t.Context(), sequence)
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Data
}

// rests says whether a text stands in a file of the bus.
func (w *ward) rests(text []byte) (found bool) {
	w.t.Helper()
	err := filepath.WalkDir(filepath.Dir(w.t.TempDir()), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !strings.Contains(path, bus.StreamDead) {
			return nil // files of a stream come and go
		}
		content, err := os.ReadFile(path)
		found = found || err == nil && bytes.Contains(content, text)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// A platform can have the server send a confirmation to any subject: the one that deletes letters as well.
func TestAConfirmationThatIsSentToItDeletesNoLetter(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	n := w.letters(1)[0]
	platform := w.Bus.ConnectPlatform(t, workertest.Acme, workertest.Acme)
	for range n + 3 { // the confirmation holds a sequence of MFA_IN
		s := w.Write(required("ann-2"))
		err := platform.PublishMsg(&nats.Msg{Subject: s.Subject, Reply: "$JS.API.STREAM.MSG.DELETE." + bus.StreamDead, Header: s.Header, Data: s.Body})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := platform.Flush(); err != nil {
		t.Fatal(err)
	}
	w.letters(int(n) + 4)
	if _, err := w.show(n); err != nil {
		t.Error(err)
	}
}

func TestAKeyIsReadAsOpensslWritesItAndInBase64(t *testing.T) {
	const pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n-----END PRIVATE KEY-----\n"
	const raw = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
	one, err := dead.Key{Text: events.NewSecret(pem)}.Private()
	two, failed := dead.Key{Text: events.NewSecret(raw)}.Private()
	if err := errors.Join(err, failed); err != nil || !bytes.Equal(one.Public(), two.Public()) {
		t.Errorf("%v, or two keys", err)
	}
	for _, text := range []string{"AQEB", "hunter2!", "-----BEGIN PRIVATE KEY-----\nAQEB\n-----END PRIVATE KEY-----\n", raw + raw} {
		err := dead.Key{Text: events.NewSecret(text)}.Check()
		if err == nil || !strings.Contains(err.Error(), "COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY is not what it should be") || strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
