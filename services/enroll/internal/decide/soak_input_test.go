package decide_test

import (
	"strconv"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/services/enroll/internal/decide"
)

// guessed is what somebody does who has the password and no code; nil for a change.
func (s *soak) guessed() (decide.Input, bool) {
	if !s.guess || s.next(64) == 0 {
		return nil, false
	}
	r := decide.Request{User: user, Cause: "c" + strconv.Itoa(s.n), ID: "ce"}
	if s.state.Open == nil || s.next(16) == 0 {
		s.now = s.now.Add(13 * time.Minute)
		return decide.Requested{Request: r, Factor: events.TOTP, Key: key, ReauthenticatedAt: s.now, Login: s.accepted()}, false
	}
	return decide.CodeSubmitted{Request: r, EnrollmentID: s.state.Open.ID, ReauthenticatedAt: s.now}, false
}

var factors = []events.Factor{events.TOTP, events.Email, events.SMS}

// input makes one up; right says that a code of it fits.
func (s *soak) input() (in decide.Input, right bool) {
	r := decide.Request{User: user, Cause: "c" + strconv.Itoa(s.n), ID: "ce"}
	switch s.next(10) {
	case 0, 1:
		return decide.Requested{Request: r, Factor: factors[s.next(3)], Email: s.named(), Phone: s.named(), Key: key,
			ReauthenticatedAt: s.password(), Login: s.login()}, false
	case 2, 3, 4:
		in := decide.CodeSubmitted{Request: r, EnrollmentID: s.enrollment(), ReauthenticatedAt: s.password(), Login: s.login()}
		if right = s.next(3) == 0; right {
			in.Steps, in.Sent = []uint64{uint64(s.now.Unix() / 30)}, true
		}
		return in, right
	case 5:
		return decide.ResendRequested{Request: r, EnrollmentID: s.enrollment()}, false
	case 6:
		return decide.ExpiryDue{Request: r, EnrollmentID: s.enrollment()}, false
	case 7:
		return decide.RemovalRequested{Request: r, Factor: append(factors, enrollment.All)[s.next(4)],
			ReauthenticatedAt: s.password(), Login: s.login()}, false
	case 8:
		return decide.ContactsReported{Request: r, Email: s.named(), Phone: s.named(), Login: s.login()}, false
	}
	return s.rare(r), false
}

func (s *soak) rare(r decide.Request) decide.Input {
	must := s.flip()
	switch s.next(13) {
	case 0:
		return decide.ResetRequested{Request: r, By: "staff", Reason: "sealed", ReasonKey: key, Required: &must}
	case 1:
		return decide.RequirementRequested{Request: r, By: "staff", Required: must}
	case 2:
		return decide.RecoveryCodesRequested{Request: r, Key: key, ReauthenticatedAt: s.password(), Login: s.login()}
	case 3:
		return decide.ErasureRequested{Request: r}
	case 4:
		return decide.RevealAsked{Request: r, SetID: s.set(), Used: s.next(8) == 0}
	case 5:
		n := s.next(8) // the same case comes again, in any order
		return decide.RecoveryCompleted{Request: r, RecoveryID: "r" + strconv.Itoa(n), CompletedAt: s.through(n)}
	case 6:
		app := enrollment.ImportedApp{Seed: "sealed", Algorithm: enrollment.SHA1, Digits: 6, Period: 30}
		return decide.ImportRequested{Request: r, App: app, Key: key, By: "staff", Same: s.flip(), Last: uint64(s.now.Unix()/30) + uint64(s.next(32))}
	case 7, 9:
		return decide.Bounced{Request: r, Message: s.message()}
	case 8, 10, 11:
		return decide.Arrived{Request: r, Message: s.message()}
	}
	return decide.ProvisioningAsked{Request: r, EnrollmentID: s.enrollment(), Login: s.login()}
}

// message is one to a contact of now or to another.
func (s *soak) message() decide.Message {
	c := []notification.Channel{notification.Email, notification.SMS}[s.next(2)]
	return decide.Message{
		Channel: c, NotificationID: "n" + strconv.Itoa(s.n), SentAt: s.now.Add(-time.Duration(s.next(4)) * time.Minute),
		Kept: s.next(4) > 0, EnrollmentIDs: []string{s.enrollment()},
	}
}

func (s *soak) set() string {
	if s.state.RecoveryCodes == nil || s.next(4) == 0 {
		return "nobody's"
	}
	return s.state.RecoveryCodes.SetID
}

// through is when the nth recovery was, which is always the same time; it may not have come.
func (s *soak) through(n int) time.Time {
	at := noon.Add(time.Duration(n) * 6 * time.Hour)
	if at.After(s.now) {
		return time.Time{}
	}
	return at
}

func (s *soak) named() *decide.Named {
	if s.flip() {
		return nil
	}
	return &decide.Named{Contact: enrollment.Contact{Ciphertext: "sealed", Hint: "•••", Key: key}, Same: s.flip()}
}

func (s *soak) password() time.Time {
	switch s.next(4) {
	case 0:
		return time.Time{}
	case 1:
		return s.now.Add(-time.Hour)
	}
	return s.now.Add(-time.Minute)
}

// login takes one of many: none, one that means nothing, a new one that was just accepted, or one from before.
func (s *soak) login() decide.Login {
	switch s.next(5) {
	case 0:
		return decide.Login{}
	case 1:
		return decide.Login{ID: "unknown", StartedUnproven: s.flip()}
	case 2:
		if len(s.logins) > 0 {
			return s.logins[len(s.logins)-1]
		}
	}
	return s.accepted()
}

func (s *soak) accepted() decide.Login {
	l := decide.Login{ID: "L" + strconv.Itoa(s.n), AcceptedAt: s.now, StartedUnproven: !s.state.HasFactor()}
	s.logins = append(s.logins, l)
	return l
}

// enrollment names one that there is, or was, or never will be.
func (s *soak) enrollment() string {
	var ids []string
	if s.state.Open != nil {
		ids = append(ids, s.state.Open.ID, s.state.Open.ID, s.state.Open.ID)
	}
	for _, a := range s.state.Factors {
		ids = append(ids, a.ID)
	}
	for _, e := range s.state.Past {
		ids = append(ids, e.ID)
	}
	ids = append(ids, "nobody's")
	return ids[s.next(len(ids))]
}
