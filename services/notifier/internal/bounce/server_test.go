package bounce

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// served is a server that knows one address, and what it was told.
type served struct {
	t       *testing.T
	address string
	stop    func()

	mu    sync.Mutex
	taken []Report
	noted []string
	away  error // of the store
}

func serve(t *testing.T) *served {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, address: l.Addr().String()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, l, Config{
			Domain: "bounces.acme.example", Find: s.find, Take: s.take, Noted: s.note, Logger: slog.New(slog.DiscardHandler),
		})
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *served) find(_ context.Context, address string) (Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := paths.Read(address, platforms); ok {
		return p, s.away
	}
	return Place{}, ErrUnknown
}

func (s *served) take(_ context.Context, p Place, r Report) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p != at {
		s.t.Errorf("taken for %+v", p)
	}
	if s.away == nil {
		s.taken = append(s.taken, r)
	}
	return s.away
}

func (s *served) note(outcome string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = append(s.noted, outcome)
}

func (s *served) goes(away error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *served) wants(noted string, taken ...Report) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Join(s.noted, " "); got != noted || len(s.taken) != len(taken) || len(taken) > 0 && s.taken[0] != taken[0] {
		s.t.Errorf("noted %q and taken %+v, want %q and %+v", got, s.taken, noted, taken)
	}
}

// dial is how the relay comes.
func (s *served) dial() *smtp.Client {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	c, err := smtp.NewClient(conn, "relay.example")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(c *smtp.Client, from, to, mail string) int {
	err := c.Mail(from)
	if err == nil {
		err = c.Rcpt(to)
	}
	if err != nil {
		return code(err)
	}
	w, err := c.Data()
	if err != nil {
		return code(err)
	}
	_, _ = io.WriteString(w, mail)
	return code(w.Close())
}

func code(err error) int {
	if err == nil {
		return 250
	}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code
	}
	return 0
}

func TestAReportIsTakenForItsTry(t *testing.T) {
	s := serve(t)
	if got := send(s.dial(), "", paths.Address(at), failedWith("5.1.1")); got != 250 {
		t.Errorf("answered %d", got)
	}
	s.wants("taken", Report{Status: "5.1.1"})
}

func TestWhatIsRefusedAndWhatIsPassedOver(t *testing.T) {
	forged := "a" + paths.Address(at)[1:]
	if forged == paths.Address(at) {
		forged = "b" + forged[1:]
	}
	for _, c := range []struct {
		name, from, to, mail string
		want                 int
		noted                string
	}{
		{"an address that was made up", "", forged, failedWith("5.1.1"), 550, "refused"},
		{"an ordinary address", "", "postmaster@bounces.acme.example", failedWith("5.1.1"), 550, "refused"},
		{"another domain: nothing is relayed", "", "ann@example.org", failedWith("5.1.1"), 550, "refused"},
		{"a sender that could be answered", "spam@example.com", paths.Address(at), failedWith("5.1.1"), 550, ""},
		{"a delay", "", paths.Address(at), dsn("Action: delayed", "Status: 4.4.1"), 250, "passed_over"},
		{"an answer by a machine", "", paths.Address(at), "Subject: away\r\n\r\nI am away\r\n", 250, "passed_over"},
		{"more than is read", "", paths.Address(at), failedWith("5.1.1") + strings.Repeat("x\r\n", maxMail/2), 552, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			if got := send(s.dial(), c.from, c.to, c.mail); got != c.want {
				t.Errorf("answered %d, want %d", got, c.want)
			}
			s.wants(c.noted)
		})
	}
}

func TestWhileTheStoreIsAwayTheRelayComesAgain(t *testing.T) {
	s := serve(t)
	s.goes(errors.New("away"))
	if got := send(s.dial(), "", paths.Address(at), failedWith("5.1.1")); got != 451 {
		t.Errorf("answered %d", got)
	}
	s.goes(nil)
	c := s.dial()
	if err := errors.Join(c.Mail(""), c.Rcpt(paths.Address(at))); err != nil {
		t.Fatal(err)
	}
	s.goes(errors.New("away"))
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, failedWith("5.1.1"))
	if got := code(w.Close()); got != 451 {
		t.Errorf("answered %d", got)
	}
	s.goes(nil)
	if got := send(c, "", paths.Address(at), failedWith("5.1.1")); got != 250 {
		t.Errorf("answered %d", got)
	}
	s.wants("failed taken", Report{Status: "5.1.1"})
}

func TestWhoeverTriesAddressesIsHungUpOn(t *testing.T) {
	s := serve(t)
	c := s.dial()
	if err := c.Mail(""); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{550, 550, 421} {
		if got := code(c.Rcpt("somebody@bounces.acme.example")); got != want {
			t.Errorf("the %d. is answered %d, want %d", i+1, got, want)
		}
	}
	if err := c.Noop(); err == nil {
		t.Error("the connection goes on")
	}
}

func TestOfManyConnectionsSomeWait(t *testing.T) {
	s := serve(t)
	var all []*smtp.Client
	for range maxLines {
		all = append(all, s.dial())
	}
	answered := make(chan error, 1)
	go func() {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			answered <- err
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, err = smtp.NewClient(conn, "relay.example")
		answered <- err
	}()
	select {
	case <-answered:
		t.Error("one more is served at once")
	case <-time.After(50 * time.Millisecond):
	}
	_ = all[0].Quit()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestTheEndComesAtOnceForWhoeverIsThere(t *testing.T) {
	s := serve(t)
	c := s.dial()
	if err := c.Mail(""); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	s.stop()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := c.Rcpt(paths.Address(at)); err == nil {
		t.Error("the connection goes on")
	}
}

func TestAConnectionEndsInTimeHoweverMuchIsSaidOnIt(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	l := &line{Conn: near, until: time.Now(), leave: func() {}}
	defer l.Close()
	if err := l.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Read(make([]byte, 1)); err == nil {
		t.Error("it goes on")
	}
}
