package main

import (
	"time"

	"countersign/pkg/events/enrollment"
)

func enrollmentStream() stream {
	one := fold[enrollment.State]{enrollment.Evolve, enrollmentStatus}
	return stream{
		Kind: "enrollment/<userkey>", Owner: "enroll", Fold: "enrollment", knows: one.knows,
		About: "A user's factors, the one that is pending, contacts, whether a factor is required, and the logins that changes have spent.",
		machines: []machine{one.machine("An enrollment",
			"One factor of a user. `over` is one whose `expires_at` has come before its timer; of what has `ended` the last few are remembered.",
			enrollmentHistories())},
	}
}

func enrollmentStatus(s enrollment.State, now time.Time) string {
	if !s.ErasedAt.IsZero() {
		return "erased"
	}
	if _, ended := s.Ended(theEnrollment); ended {
		return "ended"
	}
	e, known := s.Enrollment(theEnrollment)
	if !known {
		return "none"
	}
	if _, pending := s.Pending(now); e.Status == enrollment.StatusPending && !pending {
		return "over"
	}
	return string(e.Status)
}

// asked is an enrollment whose codes are sent; app is one that sends none.
func asked() commit {
	return at(0, said("secret.created", change{"factor": "sms", "record.sending": 1}), said("notification.requested"))
}

func app() commit { return at(0, said("secret.created", change{"record.sending": 0})) }

func activated() commit { return at(time.Minute, said("enrollment.activated")) }

func enrollmentHistories() []history {
	const m, day = time.Minute, 24 * time.Hour
	again := at(m, said("secret.created", change{"factor": "sms", "record.sending": 2}), said("notification.requested"))
	rejected := func(reason string) commit { return at(m, because("enrollment.code_rejected", reason)) }
	other := said("secret.created", change{"enrollment_id": otherEnrollment})
	replaced := []written{
		said("enrollment.activated", change{"enrollment_id": otherEnrollment}), because("factor.removed", "replaced"),
	}
	brought := change{"imported": true, "record.app": map[string]any{"algorithm": "SHA1", "digits": 6, "period": 30}}
	return []history{
		{at(0, said("enrollment.activated", brought))},
		{asked(), again, rejected("wrong_code"), rejected("expired"), rejected("rate_limited"), activated()},
		{app(), at(m, said("enrollment.activated"), said("contacts.changed")),
			at(2*m, said("enrollment.provisioned")), at(3*m, because("factor.removed", "user"))},
		{asked(), activated(), at(2*m, said("contacts.bounced")), at(3*m, said("contacts.reached"))},
		{app(), activated(), at(2*m, other), at(3*m, replaced...)},
		{app(), activated(), at(2*m, because("factor.removed", "admin"), said("notification.requested"))},
		{app(), activated(), at(2*m, because("factor.removed", "recovery"))},
		{app(), at(m, other, because("enrollment.discarded", "replaced"))},
		{app(), at(m, because("enrollment.discarded", "too_many_attempts"))},
		{app(), at(m, because("factor.removed", "admin", change{"factors": []any{}}), because("enrollment.discarded", "removed"))},
		{app(), comes("`expires_at` has come", day), at(day, because("enrollment.discarded", "expired"))},
		{app(), activated(), at(2*m, said("requirement.changed")), at(2*m, said("request.rejected")),
			at(3*m, said("recovery_codes.generated")), at(4*m, said("recovery_codes.revealed")), at(5*m, said("user.erased"))},
		{app(), at(m, said("user.erased"))},
	}
}
