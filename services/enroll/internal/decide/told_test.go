package decide_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/services/enroll/internal/decide"
)

const user = "u-4711"

// noon is when scenarios begin; times in them are durations since.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

var key = enrollment.Key{Keyring: "ring", Number: 1}

// A past event was committed at a time since noon.
type past struct {
	at    time.Duration
	event events.Event
}

func history(parts ...[]past) []past {
	var all []past
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func fold(t testing.TB, given []past) enrollment.State {
	t.Helper()
	var s enrollment.State
	for _, p := range given {
		next, err := enrollment.Evolve(s, p.event, noon.Add(p.at))
		if err != nil {
			t.Fatalf("fold history: %v", err)
		}
		s = next
	}
	return s
}

// What may have happened.

func pending(at time.Duration, id string, f events.Factor, changes ...func(*enrollment.SecretCreated)) []past {
	e := &enrollment.SecretCreated{
		User: user, EnrollmentID: id, Factor: f, Digits: 6, ExpiresAt: noon.Add(at + 24*time.Hour),
		Record: enrollment.SecretRecord{Key: key, Reauthenticated: true},
	}
	if f == events.TOTP {
		e.Algorithm, e.Period = enrollment.SHA1, 30
	} else {
		e.Record.To, e.Record.Sending = contact(f), 1
		e.DestinationHint, e.Record.NotificationID = e.Record.To.Hint, id+" code"
		e.CodeExpiresAt, e.ResendAt = noon.Add(at+5*time.Minute), noon.Add(at+30*time.Second)
	}
	for _, change := range changes {
		change(e)
	}
	return []past{{at, e}}
}

func withoutPassword(e *enrollment.SecretCreated) { e.Record.Reauthenticated = false }
func withStepUp(e *enrollment.SecretCreated)      { e.Record.SpentLogin = "L of " + e.EnrollmentID }

func contact(f events.Factor) *enrollment.Contact {
	if f == events.Email {
		return &enrollment.Contact{Ciphertext: "sealed mail", Hint: "j•••@example.org", Key: key}
	}
	return &enrollment.Contact{Ciphertext: "sealed number", Hint: "•••• 1234", Key: key}
}

func activated(at time.Duration, id string, f events.Factor, changes ...func(*enrollment.SecretCreated)) []past {
	return append(pending(at-time.Minute, id, f, changes...), past{at, &enrollment.Activated{
		User: user, EnrollmentID: id, Factor: f, Record: enrollment.ActivatedRecord{Key: key, Step: 100},
	}})
}

func missed(at time.Duration, id string, times int) []past {
	var all []past
	for range times {
		all = append(all, past{at, &enrollment.CodeRejected{User: user, EnrollmentID: id, Reason: enrollment.CodeWrong}})
	}
	return all
}

func discarded(at time.Duration, id string, why enrollment.DiscardReason) []past {
	return []past{{at, &enrollment.Discarded{User: user, EnrollmentID: id, Reason: why}}}
}

func resent(at time.Duration, id string, sending uint64, again time.Duration) []past {
	return []past{{at, &enrollment.SecretCreated{
		User: user, EnrollmentID: id, CodeExpiresAt: noon.Add(at + 5*time.Minute), ResendAt: noon.Add(at + again),
		Record: enrollment.SecretRecord{Sending: sending, NotificationID: "n"},
	}}}
}

func kept(at time.Duration, f events.Factor) []past {
	e := &enrollment.ContactsChanged{User: user}
	if f == events.Email {
		e.Record.Email = contact(f)
	} else {
		e.Record.Phone = contact(f)
	}
	return []past{{at, e}}
}

func required(at time.Duration) []past {
	return []past{{at, &enrollment.RequirementChanged{User: user, Required: true, By: "staff-1"}}}
}

func spent(at time.Duration, login, on string) []past {
	return []past{{at, &enrollment.Provisioned{User: user, EnrollmentID: on, LoginID: login}}}
}

// What may be asked. Every request has the cause "c", so that what it names anew is known.

var asks = decide.Request{User: user, Cause: "c", ID: "ce-1"}

// The names of what a request makes.
var (
	newEnrollment   = events.DerivedID("c", "enrollment")
	newNotification = events.DerivedID("c", "notification")
)

func request(f events.Factor, changes ...func(*decide.Requested)) decide.Input {
	in := decide.Requested{Request: asks, Factor: f, Key: key}
	for _, change := range changes {
		change(&in)
	}
	return in
}

func passwordAt(at time.Duration) func(*decide.Requested) {
	return func(in *decide.Requested) { in.ReauthenticatedAt = noon.Add(at) }
}

func withLogin(l decide.Login) func(*decide.Requested) {
	return func(in *decide.Requested) { in.Login = l }
}

func withPhone(in *decide.Requested) { in.Phone = &decide.Named{Contact: *contact(events.SMS)} }
func withSameEmail(in *decide.Requested) {
	in.Email = &decide.Named{Contact: *contact(events.Email), Same: true}
}

func acceptedAt(id string, at time.Duration) decide.Login {
	return decide.Login{ID: id, AcceptedAt: noon.Add(at)}
}

func unproven(id string) decide.Login { return decide.Login{ID: id, StartedUnproven: true} }

func submit(id string, changes ...func(*decide.CodeSubmitted)) decide.Input {
	in := decide.CodeSubmitted{Request: asks, EnrollmentID: id}
	for _, change := range changes {
		change(&in)
	}
	return in
}

func fits(steps ...uint64) func(*decide.CodeSubmitted) {
	return func(in *decide.CodeSubmitted) { in.Steps = steps }
}

func fitsSent(in *decide.CodeSubmitted) { in.Sent = true }

func codePasswordAt(at time.Duration) func(*decide.CodeSubmitted) {
	return func(in *decide.CodeSubmitted) { in.ReauthenticatedAt = noon.Add(at) }
}

func codeLogin(l decide.Login) func(*decide.CodeSubmitted) {
	return func(in *decide.CodeSubmitted) { in.Login = l }
}

func resend(id string) decide.Input { return decide.ResendRequested{Request: asks, EnrollmentID: id} }
func due(id string) decide.Input    { return decide.ExpiryDue{Request: asks, EnrollmentID: id} }

func show(id string, l decide.Login) decide.Input {
	return decide.ProvisioningAsked{Request: asks, EnrollmentID: id, Login: l}
}

func remove(f events.Factor, password time.Duration, l decide.Login) decide.Input {
	return decide.RemovalRequested{Request: asks, Factor: f, ReauthenticatedAt: noon.Add(password), Login: l}
}

// How a decision is told, one line for each event.

func tell(d decide.Decision, no *events.Rejection, now time.Time) []string {
	if no != nil {
		return []string{strings.TrimSpace(fmt.Sprintf("refused %s %s", no.Code, no.Field)) + when("again", no.RetryAt, now)}
	}
	var lines []string
	for _, e := range d.Events {
		lines = append(lines, tellEvent(e, now))
	}
	for _, timer := range d.Timers {
		lines = append(lines, fmt.Sprintf("timer%s", when("due", timer.At, now)))
	}
	if d.Early {
		lines = append(lines, "early")
	}
	return lines
}

func tellEvent(e events.Event, now time.Time) string {
	switch e := e.(type) {
	case *enrollment.SecretCreated:
		sending := ""
		if e.Record.Sending > 0 {
			sending = fmt.Sprintf(" to %s, sending %d", e.DestinationHint, e.Record.Sending)
		}
		return fmt.Sprintf("created %s %s", name(e.EnrollmentID), e.Factor) + sending +
			when("resend", e.ResendAt, now) + when("expires", e.ExpiresAt, now) + tellSpent(e.Record.SpentLogin)
	case *enrollment.CodeRejected:
		return fmt.Sprintf("rejected %s, %d left", e.Reason, e.AttemptsLeft) + when("again", e.RetryAt, now)
	case *enrollment.Activated:
		passes := ""
		if e.LoginID != "" {
			passes = ", passes " + e.LoginID
		}
		return fmt.Sprintf("activated %s %s at step %d%s", name(e.EnrollmentID), e.Factor, e.Record.Step, passes) +
			tellSpent(e.Record.SpentLogin)
	case *enrollment.Discarded:
		return fmt.Sprintf("discarded %s %s", name(e.EnrollmentID), e.Reason)
	case *enrollment.FactorRemoved:
		line := "removed"
		for _, f := range e.Factors {
			line += " " + f.EnrollmentID + " " + string(f.Factor)
		}
		return line + ", " + string(e.Reason) + tellSpent(e.Record.SpentLogin)
	case *enrollment.ContactsChanged:
		return fmt.Sprintf("contacts %s %s", e.EmailHint, e.PhoneHint) + tellSpent(e.Record.SpentLogin)
	case *enrollment.RequirementChanged:
		return fmt.Sprintf("required %v by %s", e.Required, e.By)
	case *enrollment.Provisioned:
		return fmt.Sprintf("provisioned %s", e.EnrollmentID) + tellSpent(e.LoginID)
	case *notification.Requested:
		return fmt.Sprintf("notify %s by %s about %s", e.Template, e.Channel, name(e.About)) + when("until", e.ExpiresAt, now)
	}
	return e.EventType()
}

func name(id string) string {
	if id == newEnrollment {
		return "new"
	}
	return id
}

func tellSpent(login string) string {
	if login == "" {
		return ""
	}
	return ", spends " + login
}

func when(word string, at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ", " + word + " " + at.Sub(now).String()
}
