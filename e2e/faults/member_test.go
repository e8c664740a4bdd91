package faults_test

import (
	"context"
	"errors"
	"time"

	"countersign/e2e/stranger"
)

// lives is all that a user does: nothing of it is done twice but what two browsers do at once. Without an
// app it has mails sent, and calls support.
func (m *member) lives(ctx context.Context, byApp bool) error {
	waived := question{"login", "login.started", []string{"challenge.waived"}, m.login, false}
	if _, err := m.ask(ctx, waived); err != nil {
		return err
	}
	if byApp {
		return m.livesByApp(ctx)
	}
	if err := m.livesByMail(ctx); err != nil {
		return err
	}
	return m.callsSupport(ctx)
}

func (m *member) login() data { return data{"login_id": stranger.NewID("l-")} }

func now() string { return time.Now().UTC().Format(time.RFC3339) }

func (m *member) enrolls(ctx context.Context, factor string, more data) (enrollment string, err error) {
	created, err := m.ask(ctx, question{"settings", "enrollment.requested", []string{"secret.created"}, func() data {
		d := data{"factor": factor, "reauthenticated_at": now()}
		for field, value := range more {
			d[field] = value
		}
		return d
	}, false})
	return created.Text("enrollment_id"), err
}

func (m *member) confirms(ctx context.Context, enrollment string, code func() string, wrong bool) (stranger.Event, error) {
	want := "enrollment.activated"
	if wrong {
		want = "enrollment.code_rejected"
	}
	return m.ask(ctx, question{"settings", "enrollment.code_submitted", []string{want}, func() data {
		return data{"enrollment_id": enrollment, "code": code()}
	}, wrong})
}

func (m *member) livesByApp(ctx context.Context) error {
	id, err := m.enrolls(ctx, "totp", nil)
	if err != nil {
		return err
	}
	shown, err := m.call(ctx, "enrollment.provisioning", data{"enrollment_id": id})
	if err != nil {
		return err
	}
	a := &app{App: stranger.AppOf(shown)}
	if _, err := m.confirms(ctx, id, a.wrong, true); err != nil {
		return err
	}
	activated, err := m.confirms(ctx, id, a.first, false)
	if err != nil {
		return err
	}
	m.guarded = true
	if err := m.logsInTwiceAtOnce(ctx, "totp", a); err != nil {
		return err
	}
	codes, err := m.call(ctx, "recovery_codes.reveal", data{"set_id": activated.Text("recovery_codes_set_id")})
	if err != nil {
		return err
	}
	printed, _ := codes.Data["codes"].([]any)
	if len(printed) == 0 {
		return errors.New("no recovery codes are shown")
	}
	return m.logsInTwiceAtOnce(ctx, "recovery_code", fixed(printed[0].(string)))
}

// A proof is what a user types.
type proof interface {
	next() string
	wrong() string
}

// An app is an authenticator app and the step whose code was used last.
type app struct {
	stranger.App
	used int64
}

func (a *app) first() string {
	a.used = a.Step(time.Now())
	return a.Code(a.used)
}

// next is the code of the present, or the one after where that has been used.
func (a *app) next() string { return a.Code(max(a.used+1, a.Step(time.Now()))) }

func (a *app) wrong() string { return a.Wrong(a.Step(time.Now())) }

// fixed is a code that is given.
type fixed string

func (f fixed) next() string  { return string(f) }
func (f fixed) wrong() string { return "aaaa-bbbb-cccc-dddd" }

func (m *member) challenge(ctx context.Context) (string, error) {
	issued, err := m.ask(ctx, question{"login", "login.started", []string{"challenge.issued"}, m.login, false})
	return issued.Text("challenge_id"), err
}

// logsInTwiceAtOnce tries one code at two logins at once, after a wrong one: one of them is let in.
func (m *member) logsInTwiceAtOnce(ctx context.Context, factor string, p proof) error {
	var challenges [2]string
	var err error
	for i := range challenges {
		if challenges[i], err = m.challenge(ctx); err != nil {
			return err
		}
	}
	if _, err := m.tries(ctx, challenges[0], factor, p.wrong, true); err != nil {
		return err
	}
	code := p.next()
	same := func() string { return code }
	answers := make(chan error)
	for _, id := range challenges {
		go func() { _, err := m.tries(ctx, id, factor, same, false); answers <- err }()
	}
	return errors.Join(<-answers, <-answers)
}

func (m *member) tries(ctx context.Context, challenge, factor string, code func() string, wrong bool) (stranger.Event, error) {
	want := []string{"attempt.accepted", "attempt.rejected"}
	if wrong {
		want = want[1:]
	}
	return m.ask(ctx, question{"login", "attempt.submitted", want, func() data {
		return data{"challenge_id": challenge, "factor": factor, "code": code()}
	}, wrong})
}

func (m *member) livesByMail(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	address := stranger.NewID("jane.") + "@example.org"
	id, err := m.enrolls(ctx, "email", data{"email": address})
	if err != nil {
		return err
	}
	first, err := m.mail.code(ctx, address, nil)
	if err != nil {
		return err
	}
	if _, err := m.confirms(ctx, id, func() string { return first }, false); err != nil {
		return err
	}
	m.guarded = true
	challenge, err := m.challenge(ctx)
	if err != nil {
		return err
	}
	second, err := m.mail.code(ctx, address, []string{first})
	if err != nil {
		return err
	}
	_, err = m.tries(ctx, challenge, "email", func() string { return second }, false)
	return err
}

// callsSupport opens a case, which is denied, and then closed once more.
func (m *member) callsSupport(ctx context.Context) error {
	opened, err := m.ask(ctx, question{"support", "recovery.support_requested", []string{"recovery.approval_required"}, func() data {
		return data{"by": "staff-1", "reason": "lost the phone", "case_ref": "c-1"}
	}, false})
	if err != nil {
		return err
	}
	id := opened.Text("recovery_id")
	if _, err := m.ask(ctx, question{"approver", "recovery.denial_given", []string{"recovery.denied"}, func() data {
		return data{"recovery_id": id, "by": "staff-2"}
	}, false}); err != nil {
		return err
	}
	_, err = m.ask(ctx, question{"support", "recovery.cancellation_requested", []string{"recovery.cancelled", "request.rejected"}, func() data {
		return data{"recovery_id": id, "by": "staff-1"}
	}, false})
	return err
}
