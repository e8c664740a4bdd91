package enroll_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// A deluge is what somebody who is signed in can ask without end. It begins with what made the user.
type deluge struct {
	name, want string
	of         func(f *fixture, u workertest.User) events.Event
}

var deluges = []deluge{
	{"requests above the limit", "rate_limited", func(f *fixture, u workertest.User) events.Event {
		f.created(by(u, requested(events.TOTP)))
		return by(u, requested(events.TOTP))
	}},
	{"requests without a fresh password", "stale_reauthentication", func(_ *fixture, u workertest.User) events.Event {
		return &enrollment.Requested{User: u.ID, Factor: events.TOTP, ReauthenticatedAt: time.Now().Add(-time.Hour)}
	}},
	{"requests without a step-up", "step_up_required", func(_ *fixture, u workertest.User) events.Event {
		u.Enrolled(events.SMS)
		return by(u, requested(events.TOTP))
	}},
	{"requests for a number that does not open", "unknown_key", func(_ *fixture, u workertest.User) events.Event {
		return &enrollment.Requested{User: u.ID, Factor: events.SMS, SealedPhone: strings.Repeat("AAAA", 20), SealedKeyID: "nokey"}
	}},
	{"other codes of an app", enrollment.SecretCreatedType, func(f *fixture, u workertest.User) events.Event {
		return &enrollment.ResendRequested{User: u.ID, EnrollmentID: f.created(by(u, requested(events.TOTP))).EnrollmentID}
	}},
	{"other codes too soon", "rate_limited", func(f *fixture, u workertest.User) events.Event {
		return &enrollment.ResendRequested{User: u.ID, EnrollmentID: f.created(by(u, requested(events.SMS))).EnrollmentID}
	}},
	{"codes for an enrollment that there is not", "not_found", func(_ *fixture, u workertest.User) events.Event {
		return &enrollment.CodeSubmitted{User: u.ID, EnrollmentID: "none", Code: events.NewSecret("000000")}
	}},
	{"codes for an enrollment that is active", "wrong_state", func(_ *fixture, u workertest.User) events.Event {
		return &enrollment.CodeSubmitted{User: u.ID, EnrollmentID: u.Enrolled(events.TOTP).ID, Code: events.NewSecret("000000")}
	}},
	{"removals without a step-up", "step_up_required", func(_ *fixture, u workertest.User) events.Event {
		u.Enrolled(events.TOTP)
		return &enrollment.RemovalRequested{User: u.ID, Factor: events.TOTP, LoginID: "none", ReauthenticatedAt: time.Now()}
	}},
	{"removals of nothing", string(enrollment.RemovedByUser), func(_ *fixture, u workertest.User) events.Event {
		return &enrollment.RemovalRequested{User: u.ID, Factor: enrollment.All, LoginID: "none", ReauthenticatedAt: time.Now()}
	}},
	{"recovery codes without a factor", "wrong_state", func(_ *fixture, u workertest.User) events.Event {
		return &enrollment.RecoveryCodesRequested{User: u.ID, LoginID: "none", ReauthenticatedAt: time.Now()}
	}},
	{"contacts without a step-up", "step_up_required", func(_ *fixture, u workertest.User) events.Event {
		u.Enrolled(events.TOTP)
		return &enrollment.ContactsReported{User: u.ID, Email: events.NewSecret(email)}
	}},
}

func by(u workertest.User, e *enrollment.Requested) *enrollment.Requested {
	e.User = u.ID
	return e
}

// Who is signed in and asks for what cannot be, or is so already, cannot fill a stream.
func TestAFloodThatChangesNothingCostsOneCommitASecond(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Enrollment.PerHour, p.Resend.After = 1, time.Minute })
	for i, d := range deluges {
		u := f.User("user-" + strconv.Itoa(i))
		e := d.of(f, u)
		t.Log(d.name)
		f.Flood(u, "enrollment", d.want, func(int) events.Event { return e })
	}
}
