package live

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func newFeed() *Feed { return NewFeed("/acme", "Acme", func() time.Time { return noon }) }

func heard(id, login, cause string, e events.Event) client.Record {
	data, _, err := events.Marshal(e)
	if err != nil {
		panic(err)
	}
	return client.Record{Event: e, Envelope: events.Envelope{
		ID: id, Source: "/countersign/verify", Type: e.EventType(), Time: noon, Data: data, CorrelationID: login, CausationID: cause,
	}}
}

func TestNoSecretOfARequestIsKept(t *testing.T) {
	secret := func(text string) events.Secret { return events.NewSecret("canary-" + text) }
	f := newFeed()
	for i, e := range []events.Event{
		&guard.AttemptSubmitted{User: "u-1", ChallengeID: "c-1", Code: secret("code")},
		&enrollment.CodeSubmitted{User: "u-1", EnrollmentID: "e-1", Code: secret("code")},
		&enrollment.Requested{User: "u-1", Factor: events.Email, Email: secret("email"), Phone: secret("phone"), AccountLabel: secret("label")},
		&enrollment.ContactsReported{User: "u-1", Email: secret("email"), Phone: secret("phone")},
		&recovery.SupportRequested{User: "u-1", By: "s-1", CaseRef: "t-1", Reason: secret("reason")},
		&recovery.ApprovalGiven{User: "u-1", By: "s-2", RecoveryID: "r-1", Note: secret("note")},
		&enrollment.ResetRequested{User: "u-1", By: "s-1", Reason: secret("reason")},
	} {
		f.Sent(e, fmt.Sprint(i))
	}
	for _, e := range f.After(0) {
		if strings.Contains(e.JSON+e.Text, "canary") || !strings.Contains(e.JSON, Hidden) || !strings.Contains(e.JSON, `"u-1"`) {
			t.Errorf("%s: %s\n%s", e.Type, e.Text, e.JSON)
		}
	}
}

func TestEveryEventThatADemoMeetsHasWords(t *testing.T) {
	elsewhere := []string{"contacts.reported", "requirement.requested", "factor.reset_requested", "enrollment.import_requested", "user.erasure_requested",
		"notification.prefix_paused"} // of no user
	for _, row := range catalog.New().Types() {
		name := row.Entity + "." + row.Fact
		if row.Direction != events.In && row.Direction != events.Out || slices.Contains(elsewhere, name) {
			continue
		}
		if text, _ := words(row.New(), noon); text == unknown || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestTheNewestSixtyAreKeptInOrder(t *testing.T) {
	f := newFeed()
	for i := range Most + 5 {
		f.Sent(&guard.LoginStarted{User: "u-1", LoginID: "l-1"}, fmt.Sprint(i))
	}
	got := f.After(0)
	if len(got) != Most || got[0].Seq != 6 || got[Most-1].Seq != Most+5 {
		t.Errorf("%d entries from %d", len(got), got[0].Seq)
	}
	if rest := f.After(Most + 3); len(rest) != 2 || f.After(Most+5) != nil {
		t.Errorf("after all but two: %d", len(rest))
	}
}

func TestARepeatIsShownOnce(t *testing.T) {
	f := newFeed()
	for range 2 {
		f.Heard(heard("1", "l-1", "", &guard.ChallengeWaived{User: "u-1", LoginID: "l-1", ExpiresAt: noon.Add(2 * time.Minute)}))
	}
	if got := f.After(0); len(got) != 1 || got[0].From != "verify" || got[0].Tone != good {
		t.Errorf("got %+v", got)
	}
}

func TestBeforeTheSecondFactorOnlyThisLoginIsShown(t *testing.T) {
	f := newFeed()
	f.Only("l-1")
	f.Sent(&guard.LoginStarted{User: "u-1", LoginID: "l-1"}, "mine")
	e := &guard.FactorUnlocked{User: "u-1", By: "s-1"}
	f.Heard(heard("1", "l-1", "", e))
	f.Heard(heard("2", "", "mine", e))
	f.Heard(heard("3", "l-2", "another's", e))
	f.Heard(heard("4", "", "", e))
	if n := len(f.After(1)); n != 2 {
		t.Errorf("%d events are shown, want those of the login and of the request", n)
	}
	f.Only("")
	f.Heard(heard("5", "l-2", "another's", e))
	if n := len(f.After(1)); n != 3 {
		t.Errorf("after it %d events are shown, want all", n)
	}
}

func TestWhatTheLastClickCausedIsToldFromWhatWasBefore(t *testing.T) {
	f := newFeed()
	for i := range 4 {
		if i%2 == 0 {
			f.Click()
		}
		f.Sent(&guard.LoginStarted{User: "u-1", LoginID: "l-1"}, fmt.Sprint(i))
	}
	now, before, last := f.Shown()
	if len(now) != 2 || len(before) != 2 || now[0].Seq != 4 || now[1].Seq != 3 || before[0].Seq != 2 || last != 4 {
		t.Errorf("now %v, before %v, last %d", now, before, last)
	}
}

func TestAWatcherHearsOfEachChange(t *testing.T) {
	f := newFeed()
	changed, cancel := f.Changed()
	defer cancel()
	for range 3 {
		f.Asked("enrollment.provisioning", "Asked.")
	}
	<-changed
	select {
	case <-changed:
		t.Error("two signals for what could be read at once")
	default:
	}
}

func TestAnEventOfANewerWorkerIsShownWithoutWords(t *testing.T) {
	f := newFeed()
	f.Heard(client.Record{Envelope: events.Envelope{ID: "1", Source: "/countersign/verify", Type: "countersign.moon.risen.v1", Data: []byte(`{}`)}})
	if got := f.After(0); len(got) != 1 || got[0].Text != unknown {
		t.Errorf("got %+v", got)
	}
}

func TestDurationsInWords(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 seconds": -time.Second, "1 second": time.Millisecond, "30 seconds": 30 * time.Second, "1 minute": time.Minute,
		"10 minutes": 10 * time.Minute, "2 hours": 2 * time.Hour, "3 days": 72 * time.Hour, "95 seconds": 95 * time.Second,
	} {
		if got := For(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
