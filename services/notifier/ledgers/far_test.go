package ledgers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"countersign/services/notifier/sink"
)

// A row is one call as a provider saw it.
type row struct {
	provider string
	to       string
	met      met
	by       *process
}

func (r row) String() string { return fmt.Sprintf("%s %v, dead %v", r.provider, r.met, r.by.dead()) }

// far are the far ends: a relay, Twilio's API and a gateway of texts. What their calls meet follows from a seed, but for what races.
type far struct {
	inbox *sink.Inbox
	mails *sink.SMTP
	texts *sink.Twilio
	doors [3]*door

	mu       sync.Mutex
	random   *rand.Rand
	ahead    time.Duration // of the clocks of all of them
	callers  map[string]*process
	rows     []row
	asked    int  // listings
	deaths   int  // of callers, that are still to come
	holding  int  // calls that may be held
	unsteady bool // listings fail as well
	changed  chan struct{}
}

func openFar(t *testing.T, holds int) *far {
	t.Helper()
	f := &far{
		inbox: sink.NewInbox(sink.InboxOptions{Limit: holds}), random: rand.New(rand.NewPCG(20261121, 6)),
		callers: map[string]*process{}, changed: make(chan struct{}, 1), doors: [3]*door{newDoor(), newDoor(), newDoor()},
	}
	log := slog.New(slog.DiscardHandler)
	var err error
	if f.mails, err = sink.NewSMTP(sink.SMTPOptions{Inbox: f.inbox, Log: log}); err != nil {
		t.Fatal(err)
	}
	f.texts, err = sink.NewTwilio(sink.TwilioOptions{Inbox: f.inbox, AccountSID: account, AuthToken: token, Limit: holds, Now: f.now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	f.mails.Disturb(f.mail)
	f.texts.Disturb(f.text)
	f.texts.DisturbListings(f.listing)
	f.serve(t)
	return f
}

func (f *far) serve(t *testing.T) {
	api, gate := &http.Server{Handler: f.texts}, &http.Server{Handler: http.HandlerFunc(f.gateway)}
	var all sync.WaitGroup
	all.Go(func() { _ = f.mails.Serve(f.doors[0]) })
	all.Go(func() { _ = api.Serve(f.doors[1]) })
	all.Go(func() { _ = gate.Serve(f.doors[2]) })
	t.Cleanup(func() {
		f.texts.Close()
		_, _, _ = f.mails.Close(), api.Close(), gate.Close()
		all.Wait()
	})
}

func (f *far) line(t *testing.T) *line {
	t.Helper()
	l := &line{}
	l.mail, l.text, l.other = l.listen(t, f.doors[0]), l.listen(t, f.doors[1]), l.listen(t, f.doors[2])
	return l
}

// knows whose lines they are.
func (f *far) knows(p *process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, from := range []net.Listener{p.mail, p.text, p.other} {
		f.callers[from.Addr().String()] = p
	}
}

func (f *far) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.ahead)
}

func (f *far) mail(c sink.Call) (sink.MailFault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !c.Read { // one in eight is not let through to its content
		if f.random.IntN(8) > 0 {
			return sink.MailFault{}, false
		}
		f.note("smtp", c, refused)
		return sink.RefuseRecipient(451, 4, 3, 0), true
	}
	switch f.meets("smtp", c) {
	case refused:
		return sink.RefuseContent(452, 4, 3, 1), true
	case brokenOff, failing:
		return sink.DropBeforeTaking(), true
	case takenAndBrokenOff, takenAndFailing:
		return sink.DropBeforeReply(), true
	case takenAndHeld:
		return sink.StallAfterData(), true
	}
	return sink.MailFault{}, false
}

func (f *far) text(c sink.Call) (sink.TextFault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.meets("twilio", c) {
	case refused:
		return sink.TooManyTexts(), true
	case brokenOff:
		return sink.ResetConnection(), true
	case failing:
		return sink.ServerFault(503), true
	case takenAndBrokenOff:
		return sink.AcceptThenReset(), true
	case takenAndFailing:
		return sink.AcceptThenServerFault(500), true
	case takenAndHeld:
		return sink.AcceptThenTimeout(), true
	}
	return sink.TextFault{}, false
}

// listing fails in one of eight.
func (f *far) listing(sink.Call) (sink.TextFault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	f.tell()
	return sink.ServerFault(500), f.unsteady && f.random.IntN(8) == 0
}

func (f *far) gateway(w http.ResponseWriter, r *http.Request) {
	var text struct{ To, Text string }
	if err := json.NewDecoder(r.Body).Decode(&text); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	f.mu.Lock()
	line, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	meets := f.meets("gateway", sink.Call{To: text.To, Line: line, Read: true})
	f.mu.Unlock()
	if meets.taken() {
		f.inbox.Add(sink.Message{Channel: sink.SMS, To: text.To, Text: text.Text})
	}
	switch meets {
	case refused:
		w.WriteHeader(http.StatusTooManyRequests)
	case failing, takenAndFailing:
		w.WriteHeader(http.StatusInternalServerError)
	case takenAndHeld:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case brokenOff, takenAndBrokenOff:
		panic(http.ErrAbortHandler)
	}
}
