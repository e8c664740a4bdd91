package main

import (
	"time"

	"countersign/pkg/events/recovery"
)

func recoveryStream() stream {
	one := fold[recovery.State]{recovery.Evolve, recoveryStatus}
	return stream{
		Kind: "recovery/<userkey>", Owner: "recovery", Fold: "recovery", knows: one.knows,
		About: "The case in which a user gets back without the lost device: at most one is open, and of what has ended the last few are remembered.",
		machines: []machine{one.machine("A case",
			"As `recovery.status` tells it; `over` is one whose `expires_at` has come before its timer.", recoveryHistories())},
	}
}

func recoveryStatus(s recovery.State, now time.Time) string {
	switch r, known := s.Recovery(theRecovery); {
	case !known:
		return "none"
	case r.End == "" && r.Over(now):
		return "over"
	default:
		return string(r.Status())
	}
}

func opened() commit {
	return at(0, said("recovery.opened"), said("notification.requested", change{"about": theRecovery}))
}

// claimed is a browser that takes the case over by its link.
func claimed(after time.Duration, n int) commit {
	return at(after, said("recovery.claimed", change{"claim": n}), passed("link", "sms", change{"record.claim": n}))
}

func passed(step, next string, with ...change) written {
	bare := change{"step": step, "next_step": next, "completes_at": nil, "record.expires_at": nil, "record.proof": nil}
	if next == "" {
		bare["next_step"] = nil
	}
	return said("recovery.step_passed", append([]change{bare}, with...)...)
}

// bySupport is a step that no browser passes.
func bySupport() change { return change{"record.claim": nil} }

func recoveryHistories() []history {
	const m, day = time.Minute, 24 * time.Hour
	text := at(2*m, said("recovery.text_sent"), said("notification.requested", change{"about": theRecovery}))
	asked := at(0, said("recovery.approval_required"), said("notification.requested", change{"about": theRecovery}))
	approved := at(time.Hour, said("recovery.approved", change{"reason": nil}),
		passed("approval", "waiting_period", bySupport(), change{"completes_at": "2026-01-03T16:04:05Z"}))
	other := said("recovery.opened", change{"recovery_id": otherRecovery})
	own := change{"steps": []any{"link", "approval"}}
	return []history{
		{opened(), claimed(m, 1), claimed(m, 2).noted("by another browser: what was passed before is void"), text,
			at(3*m, said("recovery.code_missed", change{"claim": 2})),
			at(3*m, passed("sms", "captcha", change{"record.claim": 2})), at(3*m, said("recovery.captcha_failed", change{"claim": 2})),
			at(4*m, passed("captcha", "", change{"record.claim": 2, "record.proof": "p1"}), said("recovery.completed", change{"reason": nil}))},
		{opened(), comes("`expires_at` has come", 30*m), at(30*m, said("recovery.expired", change{"reason": nil}))},
		{opened(), at(m, said("recovery.opened", change{"record.sending": 2})).noted("again: another link"), at(m, said("request.rejected")),
			at(2*m, because("recovery.cancelled", "contact"))},
		{opened(), at(m, other, because("recovery.cancelled", "replaced"))},
		{at(0, said("recovery.opened", own)), at(m, said("recovery.claimed"), passed("link", "approval"), because("recovery.approval_required", "policy")),
			at(2*m, said("recovery.approved", change{"reason": nil}), passed("approval", "", bySupport()), said("recovery.completed", change{"reason": nil}))},
		{asked, approved, at(2*day, passed("waiting_period", "", bySupport()), said("recovery.completed", change{"reason": nil}))},
		{asked, approved, at(2*time.Hour, because("recovery.cancelled", "support"))},
		{asked, approved, at(2*time.Hour, because("recovery.cancelled", "contact"))},
		{asked, at(time.Hour, said("recovery.denied", change{"reason": nil}))},
		{asked, at(time.Hour, because("recovery.cancelled", "support"))},
		{asked, comes("`expires_at` has come", 7*day), at(7*day, said("recovery.expired", change{"reason": nil}))},
	}
}
