package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"

	"countersign/services/notifier/internal/twiliodoc"
)

const (
	account = "AC00000000000000000000000000000001"
	token   = "00000000000000000000000000000002"
	number  = "+15551230199"
)

// phone is a served stand-in and a client's way to it.
type phone struct {
	*Twilio
	inbox  *Inbox
	server *httptest.Server
}

func serveTwilio(t *testing.T, o TwilioOptions) phone {
	t.Helper()
	o.Inbox, o.AccountSID, o.AuthToken = NewInbox(InboxOptions{}), account, token
	s, err := NewTwilio(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(twiliodoc.HoldAnswers(t, s))
	t.Cleanup(func() {
		s.cancel() // lets go of a held request, for which the server would wait
		server.Close()
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return phone{s, o.Inbox, server}
}

func text(to string) url.Values {
	return url.Values{"To": {to}, "From": {ValidFrom}, "Body": {"Acme: 123456 is your sign-in code."}}
}

func (p phone) ask(ctx context.Context, method, query string, form url.Values, password string) (int, map[string]any, error) {
	address := p.server.URL + "/2010-04-01/Accounts/" + account + "/Messages.json" + query
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(account, password)
	response, err := p.server.Client().Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	var body map[string]any
	return response.StatusCode, body, json.NewDecoder(response.Body).Decode(&body)
}

func (p phone) send(t *testing.T, form url.Values) (int, map[string]any) {
	t.Helper()
	status, body, err := p.ask(patient(t), http.MethodPost, "", form, token)
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

func TestATextIsQueuedAndReachesTheInbox(t *testing.T) {
	p := serveTwilio(t, TwilioOptions{})
	form := text(number)
	form.Set("ValidityPeriod", "280")
	status, body := p.send(t, form)
	if status != http.StatusCreated || body["status"] != "queued" || body["error_code"] != nil || body["num_segments"] != "1" {
		t.Errorf("answered %d %v", status, body)
	}
	sid, _ := body["sid"].(string)
	if len(sid) != 34 || !strings.HasPrefix(sid, "SM") {
		t.Errorf("sid %q", sid)
	}
	held := p.inbox.List()
	if len(held) != 1 || held[0].ID != sid || held[0].Channel != SMS || held[0].To != number || held[0].Text != form.Get("Body") {
		t.Errorf("inbox holds %d messages", len(held))
	}
	if row := p.Ledger()[0]; row.ValidityPeriod != 280 || row.SID != sid {
		t.Errorf("ledger has validity %d", row.ValidityPeriod)
	}
}

func TestTheStandInRefusesAsTwilioDoes(t *testing.T) {
	p := serveTwilio(t, TwilioOptions{Numbers: []string{"+15550001111"}})
	with := func(name, value string) url.Values {
		form := text(number)
		form.Set(name, value)
		return form
	}
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		code   float64
	}{
		{"an invalid number", text("+15005550001"), 400, 21211},
		{"a number without a route", text("+15005550002"), 400, 21612},
		{"a country not enabled", text("+15005550003"), 400, 21408},
		{"a number that said STOP", text("+15005550004"), 400, 21610},
		{"a landline", text("+15005550009"), 400, 21614},
		{"no number at all", text(""), 400, 21604},
		{"something that is no number", text("call me"), 400, 21211},
		{"no sender", with("From", ""), 400, 21603},
		{"an invalid sender", with("From", "+15005550001"), 400, 21212},
		{"another's sender", with("From", "+15005550007"), 400, 21606},
		{"an unknown sender", with("From", "+15550002222"), 400, 21606},
		{"a sender whose queue is full", with("From", "+15005550008"), 429, 21611},
		{"a malformed messaging service", with("MessagingServiceSid", "MG1"), 400, 21701},
		{"no body", with("Body", ""), 400, 21602},
		{"a body that is too long", with("Body", strings.Repeat("a", 1601)), 400, 21617},
		{"a validity of nothing", with("ValidityPeriod", "0"), 400, 21624},
		{"a callback that is no URL", with("StatusCallback", "acme"), 400, 21609},
		{"an own sender is taken", with("From", "+15550001111"), 201, 0},
	} {
		status, body := p.send(t, c.form)
		if got, _ := body["code"].(float64); status != c.status || got != c.code {
			t.Errorf("%s: answered %d %v", c.name, status, body)
		}
		if info := fmt.Sprintf("https://www.twilio.com/docs/errors/%.0f", c.code); c.code != 0 && body["more_info"] != info {
			t.Errorf("%s: more at %v, want %s", c.name, body["more_info"], info)
		}
	}
	if n := len(p.Ledger()); n != 1 {
		t.Errorf("the ledger has %d rows, want the one accepted", n)
	}
}

func TestTheStandInKnowsItsAccount(t *testing.T) {
	p := serveTwilio(t, TwilioOptions{})
	status, body, err := p.ask(patient(t), http.MethodPost, "", text(number), "wrong")
	if err != nil || status != http.StatusUnauthorized || body["code"] != float64(20003) {
		t.Errorf("answered %d %v, %v", status, body, err)
	}
	if _, err := NewTwilio(TwilioOptions{}); err == nil {
		t.Error("a stand-in without an account is taken")
	}
}

func TestTextsAreListedByNumberNewestFirst(t *testing.T) {
	p := serveTwilio(t, TwilioOptions{})
	for _, to := range []string{number, "+15551230200", number} {
		p.send(t, text(to))
	}
	_, body, err := p.ask(patient(t), http.MethodGet, "?To="+url.QueryEscape(number), nil, token)
	if err != nil {
		t.Fatal(err)
	}
	listed, _ := body["messages"].([]any)
	rows := p.Ledger()
	if len(listed) != 2 || listed[0].(map[string]any)["sid"] != rows[2].SID || listed[1].(map[string]any)["sid"] != rows[0].SID {
		t.Errorf("listed %v", listed)
	}
}

// receiver is a platform's end of the status callbacks; it checks their signature with Twilio's own code.
func receiver(t *testing.T) (address string, states <-chan url.Values) {
	t.Helper()
	heard := make(chan url.Values, 16)
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		validator := client.NewRequestValidator(token)
		if !validator.ValidateBody(server.URL+"/twilio/status?x=1", body, r.Header.Get(signatureHeader)) {
			t.Error("the signature does not hold")
		}
		form, _ := url.ParseQuery(string(body))
		heard <- form
	}))
	t.Cleanup(server.Close)
	return server.URL + "/twilio/status?x=1", heard
}

func TestStatesAreCalledBackSigned(t *testing.T) {
	address, states := receiver(t)
	p := serveTwilio(t, TwilioOptions{})
	form := text(number)
	form.Set("StatusCallback", address)
	_, body := p.send(t, form)
	for _, want := range []string{"queued", "sent", "delivered"} {
		got := <-states
		if got.Get("MessageStatus") != want || got.Get("MessageSid") != body["sid"] || got.Get("To") != number {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestAnUndeliveredTextIsCalledBackWithItsCode(t *testing.T) {
	address, states := receiver(t)
	p := serveTwilio(t, TwilioOptions{})
	p.Script(Undelivered(30005))
	form := text(number)
	form.Set("StatusCallback", address)
	p.send(t, form)
	<-states
	<-states
	if got := <-states; got.Get("MessageStatus") != "undelivered" || got.Get("ErrorCode") != "30005" {
		t.Errorf("got %v", got)
	}
	if row := p.Ledger()[0]; row.Status != "undelivered" || row.ErrorCode != 30005 {
		t.Errorf("the ledger says %s %d", row.Status, row.ErrorCode)
	}
}

func TestScriptedFaultsMeetOneTextEach(t *testing.T) {
	p := serveTwilio(t, TwilioOptions{})
	p.Script(TooManyTexts(), ServerFault(503), ResetConnection(), AcceptThenReset(), AcceptThenTimeout())
	if status, body := p.send(t, text(number)); status != 429 || body["code"] != float64(20429) {
		t.Errorf("answered %d %v", status, body)
	}
	if status, _ := p.send(t, text(number)); status != 503 {
		t.Errorf("answered %d", status)
	}
	for held, name := range []string{"reset", "accepted, then reset"} {
		if _, _, err := p.ask(patient(t), http.MethodPost, "", text(number), token); err == nil || len(p.Ledger()) != held {
			t.Errorf("%s: got %v, the ledger has %d rows", name, err, len(p.Ledger()))
		}
	}
	ctx, cancel := context.WithCancel(patient(t))
	done := make(chan error, 1)
	go func() {
		_, _, err := p.ask(ctx, http.MethodPost, "", text("+15551230200"), token)
		done <- err
	}()
	if _, err := p.inbox.Wait(patient(t), to("+15551230200")); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("an accepted text without an answer: got %v", err)
	}
}
