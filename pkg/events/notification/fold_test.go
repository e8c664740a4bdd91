package notification_test

import (
	"errors"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

var begin = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

func sending(try int, provider string) *notification.Sending {
	return &notification.Sending{
		User: "u", NotificationID: "n", Channel: notification.SMS, Template: notification.LoginCode, About: "ch-1",
		ExpiresAt: begin.Add(5 * time.Minute), Provider: provider, Try: try,
	}
}

func settled(try int, provider string) *notification.Sending {
	e := sending(try, provider)
	e.Settled = true
	return e
}

func outcome(final bool, reason notification.Reason) notification.Outcome {
	return notification.Outcome{
		User: "u", NotificationID: "n", About: "ch-1", Channel: notification.SMS, Provider: "twilio", Final: final, Reason: reason,
	}
}

func failed(final bool, retry time.Time) *notification.Failed {
	return &notification.Failed{
		Outcome: outcome(final, notification.ProviderDown), Record: notification.FailedRecord{Try: 1, RetryAt: retry},
	}
}

func sent() *notification.Sent {
	return &notification.Sent{Outcome: outcome(false, ""), Record: notification.SentRecord{Try: 1, ProviderRef: "SM1"}}
}

func TestHowANotificationComesToItsEnd(t *testing.T) {
	retry := begin.Add(10 * time.Second)
	for _, c := range []struct {
		name   string
		events []events.Event
		want   notification.State
	}{
		{
			name: "a call that nothing is known of is still sending",
			events: []events.Event{
				&notification.Requested{User: "u", NotificationID: "n", Channel: notification.SMS, About: "ch-1"},
				sending(1, "twilio"),
			},
			want: notification.State{Status: notification.StatusSending, Provider: "twilio", Try: 1},
		},
		{
			name:   "a call that was taken is sent, and its callback is found by the provider's name for it",
			events: []events.Event{sending(1, "twilio"), sent()},
			want:   notification.State{Status: notification.StatusSent, Provider: "twilio", Try: 1, ProviderRef: "SM1"},
		},
		{
			name:   "what was delivered is at its end",
			events: []events.Event{sending(1, "twilio"), sent(), &notification.Delivered{Outcome: outcome(true, "")}},
			want:   notification.State{Status: notification.StatusDelivered, Provider: "twilio", Try: 1, ProviderRef: "SM1", Final: true},
		},
		{
			name:   "a try that failed says when the next one is",
			events: []events.Event{sending(1, "twilio"), failed(false, retry)},
			want: notification.State{Status: notification.StatusFailed, Provider: "twilio", Try: 1, Reason: notification.ProviderDown,
				RetryAt: retry},
		},
		{
			name:   "the next try forgets the former one's failure",
			events: []events.Event{sending(1, "twilio"), failed(false, retry), sending(2, "other")},
			want:   notification.State{Status: notification.StatusSending, Provider: "other", Try: 2},
		},
		{
			name:   "a try that was cut off may have gone out, whatever comes of the next",
			events: []events.Event{sending(1, "smtp"), sending(2, "smtp"), failed(true, time.Time{})},
			want:   notification.State{Status: notification.StatusFailed, Provider: "twilio", Try: 2, Reason: notification.ProviderDown, Final: true, Unsure: true},
		},
		{
			name: "a try whose outcome nobody knew may have gone out, whatever comes of the next",
			events: []events.Event{sending(1, "smtp"), &notification.Failed{
				Outcome: notification.Outcome{NotificationID: "n", Provider: "smtp", Reason: notification.UnknownOutcome},
				Record:  notification.FailedRecord{Try: 1, RetryAt: retry},
			}, sending(2, "smtp"), failed(true, time.Time{})},
			want: notification.State{Status: notification.StatusFailed, Provider: "twilio", Try: 2, Reason: notification.ProviderDown, Final: true, Unsure: true},
		},
		{
			name: "a try that its provider knows nothing of has not gone out",
			events: []events.Event{sending(1, "twilio"), &notification.Failed{
				Outcome: notification.Outcome{NotificationID: "n", Provider: "twilio", Reason: notification.UnknownOutcome},
				Record:  notification.FailedRecord{Try: 1, RetryAt: retry},
			}, settled(2, "twilio"), failed(true, time.Time{})},
			want: notification.State{Status: notification.StatusFailed, Provider: "twilio", Try: 2, Reason: notification.ProviderDown, Final: true},
		},
		{
			name:   "what is not sent any more names why, and no provider",
			events: []events.Event{&notification.Suppressed{Outcome: notification.Outcome{NotificationID: "n", Final: true, Reason: notification.Expired}}},
			want:   notification.State{Status: notification.StatusSuppressed, Reason: notification.Expired, Final: true},
		},
	} {
		s := fold(t, c.events...)
		c.want.Since = begin.Add(time.Duration(len(c.events)-1) * time.Second)
		got := notification.State{Status: s.Status, Since: s.Since, Provider: s.Provider, ProviderRef: s.ProviderRef, Try: s.Try,
			Reason: s.Reason, RetryAt: s.RetryAt, Final: s.Final, Unsure: s.Unsure}
		if got != c.want || s.NotificationID != "n" {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func fold(t *testing.T, list ...events.Event) (s notification.State) {
	t.Helper()
	for i, e := range list {
		var err error
		if s, err = notification.Evolve(s, e, begin.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestAnEventOfAnotherStreamStopsTheFold(t *testing.T) {
	_, err := notification.Evolve(notification.State{}, &notification.RetryDue{}, begin)
	if !errors.Is(err, events.ErrUnknownType) {
		t.Errorf("got %v", err)
	}
	s := fold(t, sending(1, "twilio"))
	after, err := notification.Evolve(s, &events.RequestRejected{}, begin.Add(time.Hour))
	if err != nil || after != s {
		t.Errorf("a kept rejection changed the state: %+v, %v", after, err)
	}
}

func TestAPrefixIsPausedUntilThen(t *testing.T) {
	until := begin.Add(time.Hour)
	s := fold(t, &notification.PrefixPaused{Prefix: "4915112", Sent: 40, Until: until})
	if !s.PausedAt.Equal(begin) || !s.PausedUntil.Equal(until) {
		t.Errorf("got %+v", s)
	}
}

func TestATryForgetsThatTheOneBeforeWasTaken(t *testing.T) {
	gone := failed(false, begin)
	gone.Record.Taken = true
	if s := fold(t, sending(1, "twilio"), gone); !s.Taken {
		t.Errorf("got %+v", s)
	}
	if s := fold(t, sending(1, "twilio"), gone, sending(2, "twilio")); s.Taken {
		t.Errorf("got %+v", s)
	}
}

func TestWhatAPauseMaySay(t *testing.T) {
	for prefix, ok := range map[string]bool{"4915112": true, "1": true, "": false, "+4915112": false, "49151123": false, "49 151": false} {
		e := notification.PrefixPaused{Prefix: prefix, Until: begin}
		if err := e.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	for _, e := range []notification.PrefixPaused{{Prefix: "49", Until: begin, Sent: -1}, {Prefix: "49", Until: begin, Entered: -1}, {Prefix: "49"}} {
		if e.Validate() == nil {
			t.Errorf("%+v passes", e)
		}
	}
}
