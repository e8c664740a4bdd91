package notifier_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
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

// A reported fixture has Twilio report to the notifier's pages.
type reported struct {
	*fixture
	address string // public
	pages   atomic.Pointer[http.Handler]
}

func reports(t *testing.T, change ...func(*options)) *reported {
	t.Helper()
	r := &reported{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if pages := r.pages.Load(); pages != nil {
			(*pages).ServeHTTP(w, q)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	r.address = server.URL + "/twilio"
	r.fixture = start(t, append(change, asleep, func(o *options) {
		o.using = func(c *notifier.Config) {
			c.Twilio.StatusCallback, c.Twilio.FormerToken = r.address, events.NewSecret(o.exchanging)
		}
	})...)
	r.Wake("enroll", "verify")
	r.wakes()
	return r
}

// wakes starts a notifier whose pages are served from now on.
func (r *reported) wakes() *workertest.Replica {
	r.t.Helper()
	replica := r.Wake("notifier")[0]
	pages := replica.Pages()
	r.pages.Store(&pages)
	return replica
}

// post is a report as anybody could write one.
func (r *reported) post(address string, form url.Values, signature string) int {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Twilio-Signature", signature)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	return response.StatusCode
}

func report(text sink.Text, status string) url.Values {
	return url.Values{"AccountSid": {text.Account}, "MessageSid": {text.SID}, "MessageStatus": {status}, "To": {text.To}}
}

const authToken = "00000000000000000000000000000002"

func (r *reported) heardOf(about string) (said []string) {
	for _, e := range workertest.Once(r.Heard(func(workertest.Event) bool { return true })) {
		switch e := e.Event.(type) {
		case *notification.Delivered:
			if e.About == about {
				said = append(said, "delivered")
			}
		case *notification.Failed:
			if e.About == about {
				said = append(said, "failed "+string(e.Reason))
			}
		}
	}
	return said
}

func (r *reported) awaitWord(name, about string) {
	r.t.Helper()
	r.Await(name, 1, func(e workertest.Event) bool {
		switch e := e.Event.(type) {
		case *notification.Delivered:
			return e.About == about
		case *notification.Failed:
			return e.About == about && e.Final
		}
		return false
	})
	r.Quiet()
}

func TestADeliveryIsTold(t *testing.T) {
	r := reports(t)
	e := r.requests("ann-1", number)
	r.awaitWord("a delivery", e.EnrollmentID)
	r.wantArrivals(number, 1)
	sent := r.Heard(workertest.Of(notification.SentType))
	if len(sent) > 0 && sent[0].Event.(*notification.Sent).Final {
		t.Error("what will be reported of is told as final")
	}
	text := r.texts.Ledger()[0]
	form := report(text, "delivered")
	for range 3 { // Twilio says it once more
		if status := r.post(text.StatusCallback, form, sink.Sign(authToken, text.StatusCallback, form)); status != http.StatusNoContent {
			t.Errorf("answered %d", status)
		}
	}
	late := report(text, "failed")
	if status := r.post(text.StatusCallback, late, sink.Sign(authToken, text.StatusCallback, late)); status != http.StatusNoContent {
		t.Errorf("answered %d", status)
	}
	r.Quiet()
	if said := r.heardOf(e.EnrollmentID); len(said) != 1 || said[0] != "delivered" {
		t.Errorf("said was %q", said)
	}
}

// The report comes while the call is under way: what the call comes to means nothing any more.
func TestADeliveryThatIsReportedBeforeTheAnswerIsTold(t *testing.T) {
	r := reports(t, calls(2*time.Second))
	r.texts.Script(sink.AcceptThenTimeout())
	e := r.requests("ann-1", number)
	r.awaitWord("a delivery", e.EnrollmentID)
	r.Drain("notifier") // its call has come to an end
	if said := r.heardOf(e.EnrollmentID); len(said) != 1 || said[0] != "delivered" {
		t.Errorf("said was %q", said)
	}
	r.wantArrivals(number, 1)
}

func TestAReportThatTheFormerTokenSignedIsTakenWhileTokensAreExchanged(t *testing.T) {
	const former = "00000000000000000000000000000003"
	r := reports(t, func(o *options) { o.exchanging = former })
	about, text := r.sendsUnreported()
	form := report(text, "delivered")
	for signer, want := range map[string]int{former: http.StatusNoContent, "00000000000000000000000000000004": http.StatusForbidden} {
		if status := r.post(text.StatusCallback, form, sink.Sign(signer, text.StatusCallback, form)); status != want {
			t.Errorf("signed with %s: answered %d", signer, status)
		}
	}
	r.Quiet()
	if said := r.heardOf(about); len(said) != 1 || said[0] != "delivered" {
		t.Errorf("said was %q", said)
	}
}

func TestATextThatDoesNotArriveIsTold(t *testing.T) {
	r := reports(t)
	r.texts.Script(sink.Undelivered(30005))
	e := r.requests("ann-1", number)
	r.awaitWord("a failure", e.EnrollmentID)
	if said := r.heardOf(e.EnrollmentID); len(said) != 1 || said[0] != "failed bad_address" {
		t.Errorf("said was %q", said)
	}
	r.wantArrivals(number, 1)
}

func TestATextThatDoesNotArriveForNowGoesOutAgain(t *testing.T) {
	r := reports(t, func(o *options) { o.pace.Backoff = 10 * time.Millisecond })
	r.texts.Script(sink.Undelivered(30008))
	e := r.requests("ann-1", number)
	r.awaitWord("a delivery", e.EnrollmentID)
	r.wantArrivals(number, 2)
	r.wantCode(number, r.User("ann-1").Sent(e.EnrollmentID, 1))
	if said := r.heardOf(e.EnrollmentID); len(said) != 2 || said[1] != "delivered" {
		t.Errorf("said was %q", said)
	}
}

func TestAForgedReportIsRefused(t *testing.T) {
	r := reports(t)
	about, text := r.sendsUnreported()
	form := report(text, "failed")
	elsewhere := r.address + "/acme/" + r.User("bob-1").Key + "/n-1"
	for name, c := range map[string]struct{ address, signature string }{
		"without a signature":           {text.StatusCallback, ""},
		"with another's signature":      {text.StatusCallback, sink.Sign("another", text.StatusCallback, form)},
		"signed for another address":    {text.StatusCallback, sink.Sign(authToken, elsewhere, form)},
		"of what was never sent":        {elsewhere, sink.Sign(authToken, elsewhere, form)},
		"of a platform that nobody has": {r.address + "/globex/k/n", sink.Sign(authToken, r.address+"/globex/k/n", form)},
	} {
		if status := r.post(c.address, form, c.signature); status != http.StatusForbidden {
			t.Errorf("%s: answered %d", name, status)
		}
	}
	form.Set("Body", strings.Repeat("x", 17<<10))
	if status := r.post(text.StatusCallback, form, ""); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: answered %d", status)
	}
	r.Quiet()
	if said := r.heardOf(about); len(said) != 0 {
		t.Errorf("said was %q", said)
	}
}

// sendsUnreported has a text sent whose own reports are lost: what is told of it from now on, the test posts.
func (r *reported) sendsUnreported() (about string, text sink.Text) {
	r.t.Helper()
	r.pages.Store(nil)
	e := r.requests("ann-1", number)
	r.wantEndsSent(e.EnrollmentID)
	r.Drain("notifier")
	r.wakes()
	return e.EnrollmentID, r.texts.Ledger()[0]
}

// wantEndsSent awaits that a text was sent of which more will be told.
func (f *fixture) wantEndsSent(about string) {
	f.t.Helper()
	f.Await("a text that was sent", 1, func(e workertest.Event) bool {
		s, ok := e.Event.(*notification.Sent)
		return ok && s.About == about
	})
}

func TestAReportSettlesWhatNobodyKnew(t *testing.T) {
	r := reports(t, func(o *options) { o.pace.Backoff = time.Minute }) // nobody would be asked before
	r.texts.Script(sink.AcceptThenServerFault(500))
	e := r.requests("ann-1", number)
	r.awaitWord("a delivery", e.EnrollmentID)
	r.wantArrivals(number, 1)
	r.SearchFor(number, r.address) // neither rests in a log
}
