package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/channel/channeltest"
	"countersign/services/notifier/internal/twiliodoc"
	"countersign/services/notifier/sink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	sid    = "AC00000000000000000000000000000001"
	secret = "00000000000000000000000000000002"
	number = "+15551230199"
)

// exchange is a served stand-in and the config that fits it.
type exchange struct {
	*sink.Twilio
	inbox  *sink.Inbox
	config Config
}

func serve(t *testing.T) exchange {
	t.Helper()
	inbox := sink.NewInbox(sink.InboxOptions{})
	s, err := sink.NewTwilio(sink.TwilioOptions{Inbox: inbox, AccountSID: sid, AuthToken: secret})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(twiliodoc.Hold(t, s))
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return exchange{s, inbox, configFor(server.URL)}
}

func configFor(base string) Config {
	return Config{BaseURL: base, AccountSID: sid, AuthToken: events.NewSecret(secret), From: sink.ValidFrom, Timeout: 5 * time.Second}
}

func open(t *testing.T, c Config) *Channel {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestItIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Line {
		x := serve(t)
		return channeltest.Line{
			Channel: open(t, x.config), Bad: "+15005550001",
			Good:     func(i int) string { return fmt.Sprintf("+155512302%02d", i) },
			Received: func() []channeltest.Message { return received(x.inbox.List()) },
			Down:     func() { x.Script(sink.TooManyTexts()) },
			Lose:     func() { x.Script(sink.AcceptThenReset()) },
			Hang:     func() { x.Script(sink.AcceptThenTimeout()) },
		}
	})
}

func received(held []sink.Message) []channeltest.Message {
	var all []channeltest.Message
	for _, m := range held {
		all = append(all, channeltest.Message{To: m.To, Text: m.Text})
	}
	return all
}

func notification(to string) channel.Notification {
	return channel.Notification{ID: "n1", To: events.NewSecret(to), Text: events.NewSecret("123456"), ValidFor: 4*time.Minute + 59*time.Second}
}

func send(t *testing.T, c Config, n channel.Notification) (channel.Receipt, *channel.Failure) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	receipt, err := open(t, c).Send(ctx, n)
	var f *channel.Failure
	if err != nil && !errors.As(err, &f) {
		t.Fatalf("error %v: want a *channel.Failure", err)
	}
	if text := fmt.Sprintf("%v %+v", f, f); strings.Contains(text, secret) || strings.Contains(text, n.To.Reveal()) {
		t.Errorf("the failure shows a secret: %s", text)
	}
	return receipt, f
}

func TestATextIsOrderedWithWhatIsLeftOfItsLife(t *testing.T) {
	x := serve(t)
	receipt, f := send(t, x.config, notification(number))
	if f != nil {
		t.Fatal(f)
	}
	row := x.Ledger()[0]
	if row.SID != receipt.ProviderID || row.ValidityPeriod != 299 || row.From != sink.ValidFrom || row.Body != "123456" {
		t.Errorf("SID %s, validity %d, from %s", row.SID, row.ValidityPeriod, row.From)
	}
}

func TestTheLifeStaysWithinTwiliosBounds(t *testing.T) {
	c := open(t, configFor("https://example.com"))
	for life, want := range map[time.Duration]int{time.Millisecond: 1, time.Second: 1, 5 * time.Minute: 300, 24 * time.Hour: 36000} {
		n := notification(number)
		n.ValidFor = life
		if got := c.order(n).ValidityPeriod; got == nil || *got != want {
			t.Errorf("%v: %v, want %d", life, got, want)
		}
	}
	n := notification(number)
	n.ValidFor = 0
	if got := c.order(n).ValidityPeriod; got != nil {
		t.Errorf("no bound: %d", *got)
	}
}

func TestAServiceMaySendAndStatesAreCalledBack(t *testing.T) {
	states := make(chan string, 8)
	callback := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { states <- r.PostFormValue("MessageSid") }))
	t.Cleanup(callback.Close)
	x := serve(t)
	x.config.From, x.config.MessagingServiceSID, x.config.StatusCallback = "", "MG00000000000000000000000000000003", callback.URL
	receipt, f := send(t, x.config, notification(number))
	if f != nil {
		t.Fatal(f)
	}
	for range 3 {
		if got := <-states; got != receipt.ProviderID {
			t.Errorf("called back for %s, want %s", got, receipt.ProviderID)
		}
	}
}

func TestTheMagicNumbersAndWhatTheyMean(t *testing.T) {
	for _, c := range []struct {
		name string
		to   string
		want channel.Failure
	}{
		{"an invalid number", "+15005550001", channel.Failure{Reason: channel.BadAddress}},
		{"a number without a route", "+15005550002", channel.Failure{Reason: channel.Unreachable}},
		{"a country not enabled", "+15005550003", channel.Failure{Reason: channel.ProviderDown, Operator: true}},
		{"a number that said STOP", "+15005550004", channel.Failure{Reason: channel.OptedOut}},
		{"a landline", "+15005550009", channel.Failure{Reason: channel.BadAddress}},
	} {
		x := serve(t)
		_, f := send(t, x.config, notification(c.to))
		if f == nil {
			t.Errorf("%s: sent", c.name)
			continue
		}
		f.Err, f.Code = nil, ""
		if *f != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, *f, c.want)
		}
	}
}

func TestWhatOnlyTheOperatorCanMend(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"the auth token is wrong":  func(c *Config) { c.AuthToken = events.NewSecret("wrong") },
		"the sender is another's":  func(c *Config) { c.From = "+15005550007" },
		"the sender is none":       func(c *Config) { c.From = "+15005550001" },
		"the account is another's": func(c *Config) { c.AccountSID = strings.Replace(sid, "1", "9", 1) },
	} {
		x := serve(t)
		change(&x.config)
		checkOperators(t, name, x.config)
	}
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	checkOperators(t, "the base URL leads somewhere else", configFor(elsewhere.URL))
}

func checkOperators(t *testing.T, name string, c Config) {
	t.Helper()
	_, f := send(t, c, notification(number))
	if f == nil || f.Reason != channel.ProviderDown || !f.Operator || f.Temporary || f.Unknown {
		t.Errorf("%s: %+v", name, f)
	}
}

func TestWhatTwilioAnswersOddly(t *testing.T) {
	later := channel.Failure{Reason: channel.ProviderDown, Temporary: true}
	operator := channel.Failure{Reason: channel.ProviderDown, Operator: true}
	lost := channel.Failure{Reason: channel.UnknownOutcome, Unknown: true}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   channel.Failure
	}{
		{"a gateway's page in place of an error", 502, "<html>Bad Gateway " + number, lost},
		{"an error that says nothing", 500, "", lost},
		{"too many requests without a code", 429, "{}", later},
		{"an error with a code that nobody knows", 400, `{"code":29999,"message":"` + number + `","status":400}`, operator},
		{"a redirect", 302, "{}", operator},
		{"taken, but the answer cannot be read", 201, "<html>", lost},
		{"taken, but without a SID", 201, "{}", lost},
		{"taken, but failed at once", 201, `{"sid":"SM1","status":"failed","error_code":30005}`, channel.Failure{Reason: channel.BadAddress}},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/again")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		t.Cleanup(server.Close)
		_, f := send(t, configFor(server.URL), notification(number))
		if f == nil {
			t.Errorf("%s: sent", c.name)
			continue
		}
		f.Err, f.Code = nil, ""
		if *f != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, *f, c.want)
		}
	}
}

func TestAResetAfterTheRequestLeavesTheOutcomeUnknown(t *testing.T) {
	x := serve(t)
	x.Script(sink.ResetConnection())
	if _, f := send(t, x.config, notification(number)); f == nil || !f.Unknown {
		t.Errorf("failure %+v", f)
	}
}

func TestAnAPIThatIsAwayMayBeAskedAgain(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	if _, f := send(t, configFor(server.URL), notification(number)); f == nil || !f.Temporary || f.Reason != channel.ProviderDown {
		t.Errorf("failure %+v", f)
	}
}

func TestTheOwnTimeoutEndsASending(t *testing.T) {
	x := serve(t)
	x.Script(sink.AcceptThenTimeout())
	x.config.Timeout = 100 * time.Millisecond
	if _, f := send(t, x.config, notification(number)); f == nil || !f.Unknown || !errors.Is(f, context.DeadlineExceeded) {
		t.Errorf("failure %+v", f)
	}
}

func TestConnectionsAreKeptAlsoAfterErrors(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, "{}")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c := open(t, configFor(server.URL))
	for range 5 {
		if _, err := c.Send(context.Background(), notification(number)); err == nil {
			t.Error("sent")
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 5 calls", n)
	}
}
