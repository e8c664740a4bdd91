package decide_test

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

// What may be asked. Every request has the cause "c", so that what it names anew is known.

var asks = decide.Request{User: user, Cause: "c", ID: "ce-1"}

// The names of what a request makes.
var (
	newEnrollment   = events.DerivedID("c", "enrollment")
	newNotification = events.DerivedID("c", "notification")
	newSet          = events.DerivedID("c", "recovery codes")
	newReceipt      = events.DerivedID("c", "receipt")
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

func due(id string) decide.Input { return decide.ExpiryDue{Request: asks, EnrollmentID: id} }

func show(id string, l decide.Login) decide.Input {
	return decide.ProvisioningAsked{Request: asks, EnrollmentID: id, Login: l}
}

func remove(f events.Factor, password time.Duration, l decide.Login) decide.Input {
	return decide.RemovalRequested{Request: asks, Factor: f, ReauthenticatedAt: noon.Add(password), Login: l}
}

func bring(changes ...func(*decide.ImportRequested)) decide.Input {
	in := decide.ImportRequested{Request: asks, Key: key, By: "staff-1", App: enrollment.ImportedApp{
		Seed: "sealed seed", Label: "sealed label", Algorithm: enrollment.SHA256, Digits: 8, Period: 60, Locale: "de",
	}}
	for _, change := range changes {
		change(&in)
	}
	return in
}

func sameSeed(in *decide.ImportRequested) { in.Same = true }

func lastStep(n uint64) func(*decide.ImportRequested) {
	return func(in *decide.ImportRequested) { in.Last = n }
}
