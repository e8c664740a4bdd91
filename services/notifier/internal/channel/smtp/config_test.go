package smtp

import (
	"fmt"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/wneessen/go-mail"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/channel"
)

func mustParse(t *testing.T, from string) *netmail.Address {
	t.Helper()
	address, err := netmail.ParseAddress(from)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestConfigIsCheckedWhole(t *testing.T) {
	_, err := New(Config{Port: 70000, TLS: "maybe", User: "notifier", From: "nobody", Timeout: -1, Idle: time.Hour})
	for _, part := range []string{"host", "port", "tls", "from", "timeout", "idle", "password"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name the %s", err, part)
		}
	}
}

func TestCodesGoInClearOnThisMachineAlone(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "mail.acme.example": false, "10.0.0.1": false, "0.0.0.0": false,
		"localhost.acme.example": false,
	} {
		if _, err := New(Config{Host: host, Port: 25, TLS: None, From: "a@acme.example"}); (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestTLSIsDemandedUnlessSaidOtherwise(t *testing.T) {
	c := open(t, Config{Host: "mail.acme.example", Port: 587, From: "a@acme.example"})
	if c.config.TLS != StartTLS || c.config.Timeout != DefaultTimeout {
		t.Errorf("policy %q, timeout %v", c.config.TLS, c.config.Timeout)
	}
}

func TestAConfigShowsNoPassword(t *testing.T) {
	c := Config{Password: events.NewSecret("correct horse")}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, "horse") {
		t.Error(text)
	}
}

func TestRepliesAndWhatTheyMean(t *testing.T) {
	later := func(r channel.Reason) channel.Failure { return channel.Failure{Reason: r, Temporary: true} }
	final := func(r channel.Reason) channel.Failure { return channel.Failure{Reason: r} }
	operator := channel.Failure{Reason: channel.ProviderDown, Operator: true}
	for _, c := range []struct {
		name string
		in   reply
		want channel.Failure
	}{
		{"no such mailbox", reply{mail.ErrSMTPRcptTo, 550, "5.1.1"}, final(channel.BadAddress)},
		{"no such domain", reply{mail.ErrSMTPRcptTo, 553, "5.1.2"}, final(channel.BadAddress)},
		{"no such mailbox, in old words", reply{mail.ErrSMTPRcptTo, 550, ""}, final(channel.BadAddress)},
		{"no such mailbox, with a code that says nothing", reply{mail.ErrSMTPRcptTo, 550, "5.0.0"}, final(channel.BadAddress)},
		{"no such mailbox, found after the data", reply{mail.ErrSMTPDataClose, 550, "5.1.1"}, final(channel.BadAddress)},
		{"a full mailbox", reply{mail.ErrSMTPRcptTo, 552, "5.2.2"}, final(channel.Unreachable)},
		{"a disabled mailbox", reply{mail.ErrSMTPRcptTo, 550, "5.2.1"}, final(channel.Unreachable)},
		{"no way there", reply{mail.ErrSMTPRcptTo, 550, "5.4.1"}, final(channel.Unreachable)},
		{"a mailbox that is busy", reply{mail.ErrSMTPRcptTo, 450, "4.2.1"}, later(channel.Unreachable)},
		{"greylisting", reply{mail.ErrSMTPRcptTo, 451, "4.7.1"}, later(channel.ProviderDown)},
		{"a relay out of space", reply{mail.ErrSMTPData, 452, "4.3.1"}, later(channel.ProviderDown)},
		{"a relay that closes", reply{mail.ErrSMTPMailFrom, 421, ""}, later(channel.ProviderDown)},
		{"relaying denied", reply{mail.ErrSMTPRcptTo, 554, "5.7.1"}, operator},
		{"relaying denied with a 550", reply{mail.ErrSMTPRcptTo, 550, "5.7.1"}, operator},
		{"a sender that does not exist, found at the recipient", reply{mail.ErrSMTPRcptTo, 550, "5.1.8"}, operator},
		{"a sender that is refused", reply{mail.ErrSMTPMailFrom, 550, "5.1.1"}, operator},
		{"content taken for spam", reply{mail.ErrSMTPDataClose, 554, "5.7.1"}, operator},
		{"a transaction that fails without a word", reply{mail.ErrSMTPDataClose, 554, ""}, operator},
	} {
		got := *classifyReply(c.in)
		if got.Err == nil || !strings.Contains(got.Err.Error(), fmt.Sprint(c.in.code)) {
			t.Errorf("%s: error %v", c.name, got.Err)
		}
		got.Err = nil
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
