package notifier_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
)

// serveGateway puts what it takes into the inbox.
func serveGateway(t *testing.T, inbox func() *sink.Inbox) notifier.Gateway {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var text struct{ To, Text, ID string }
		if err := json.NewDecoder(r.Body).Decode(&text); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		inbox().Add(sink.Message{ID: "gateway-" + text.ID, Channel: sink.SMS, To: text.To, Text: text.Text, At: time.Now()})
	}))
	t.Cleanup(server.Close)
	return notifier.Gateway{URL: server.URL, Body: `{"to": "{to}", "text": "{text}", "id": "{id}"}`}
}

// chained has a gateway behind Twilio.
func chained(t *testing.T, change func(*notifier.Config)) *fixture {
	var f *fixture
	f = start(t, func(o *options) {
		o.using = func(c *notifier.Config) {
			c.Gateway = serveGateway(t, func() *sink.Inbox { return f.inbox })
			change(c)
		}
	})
	return f
}

func TestAProviderAtFaultGivesWayToTheNext(t *testing.T) {
	f := chained(t, func(c *notifier.Config) { c.Twilio.AuthToken = events.NewSecret("wrong") })
	e := f.requests("ann-1", number)
	f.wantEnds(e.EnrollmentID, "failed provider_down, not final", "sent")
	m := f.awaitArrival(number, 1)
	if !strings.HasPrefix(m.ID, "gateway-") {
		t.Errorf("arrived by %s", m.ID)
	}
	f.activates("ann-1", e.EnrollmentID, codeIn(m))
}

func TestAProviderThatRefusesTwiceGivesWayToTheNext(t *testing.T) {
	f := chained(t, func(*notifier.Config) {})
	f.texts.Script(sink.TooManyTexts(), sink.TooManyTexts())
	e := f.requests("ann-1", number)
	f.wantEnds(e.EnrollmentID, "failed provider_down, not final", "failed provider_down, not final", "sent")
	if m := f.awaitArrival(number, 1); !strings.HasPrefix(m.ID, "gateway-") {
		t.Errorf("arrived by %s", m.ID)
	}
}

func TestABadNumberIsNotTriedElsewhere(t *testing.T) {
	f := chained(t, func(*notifier.Config) {})
	e := f.requests("ann-1", "+15005550001")
	f.wantEnds(e.EnrollmentID, "failed bad_address")
	f.wantArrivals("+15005550001", 0)
}

func TestAfterSomeFailuresAProviderIsLeftAlone(t *testing.T) {
	f := chained(t, func(c *notifier.Config) { c.Twilio.AuthToken, c.Pause = events.NewSecret("wrong"), time.Hour })
	for i := range 8 {
		user, to := many(2*i + 1)
		f.requests(user, to)
		f.awaitArrival(to, 1)
	}
	f.Quiet()
	refused := f.Heard(func(e workertest.Event) bool { return e.Envelope.Type == notification.FailedType })
	if n := len(workertest.Once(refused)); n != 5 {
		t.Errorf("Twilio was asked %d times for 8 texts, want 5", n)
	}
}

// Once the pause is over one text tries the provider; when that goes well the others follow. Texts that come again try nobody.
func TestAProviderThatComesBackTakesTextsAgain(t *testing.T) {
	f := chained(t, func(*notifier.Config) {})
	var down atomic.Bool
	down.Store(true)
	f.texts.Disturb(func(sink.Call) (sink.TextFault, bool) { return sink.TooManyTexts(), down.Load() })
	for i := range 6 {
		if i == 4 {
			down.Store(false)
			f.Clock.Ahead(6 * time.Second)
			f.publishAgain(f.requestsHeard()...)
			f.Quiet()
		}
		user, to := many(2*i + 1)
		e := f.requests(user, to)
		f.wantEndsSent(e.EnrollmentID)
		if byGateway := strings.HasPrefix(f.awaitArrival(to, 1).ID, "gateway-"); byGateway != (i < 4) {
			t.Errorf("text %d went by the gateway: %v", i, byGateway)
		}
	}
}

func TestWhereNobodyCanBeAskedACodeWaits(t *testing.T) {
	f := start(t, func(o *options) {
		o.pace.Backoff = 20 * time.Millisecond
		o.using = func(c *notifier.Config) { c.Twilio.AccountSID = "" }
	})
	second := once(notification.DeferredType, 2)
	waited := make(chan struct{})
	f.Store.Break(workertest.Faults{After: func(c workertest.Call) error {
		if second(c) {
			close(waited)
		}
		return nil
	}})
	e := f.requests("ann-1", number)
	<-waited
	f.Clock.Ahead(5*time.Minute + time.Second)
	f.wantEnds(e.EnrollmentID, "suppressed expired")
}
