package e2e_test

import (
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
)

// A row is one event that a platform may send, to a user with an active app, and what answers it.
type row struct {
	fact, answer string
	code         string // of request.rejected
	data         data
}

// Every row of the contract's table of what comes in has its one answer.
func TestEveryRequestHasItsOneAnswer(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	challenge := challenged(ctx, t, p, h.user)
	id, loginID := challenge.Text("challenge_id"), challenge.Text("login_id")
	now := time.Now().UTC().Format(time.RFC3339)
	for _, r := range []row{
		{"challenge.resend_requested", "challenge.issued", "", data{"challenge_id": id}}, // an app is sent nothing: as it stands
		{"attempt.submitted", "attempt.accepted", "", data{"challenge_id": id, "code": h.next()}},
		{"contacts.reported", "contacts.changed", "", data{"email": stranger.NewID("jane.") + "@example.org", "login_id": loginID}},
		{"enrollment.requested", "request.rejected", "step_up_required", data{"factor": "email", "reauthenticated_at": now, "login_id": loginID}},
		{"enrollment.resend_requested", "request.rejected", "not_found", data{"enrollment_id": "e-none"}},
		{"enrollment.code_submitted", "request.rejected", "not_found", data{"enrollment_id": "e-none", "code": "123456"}},
		{"factor.unlock_requested", "factor.unlocked", "", data{"by": "staff-7"}},
		{"requirement.requested", "requirement.changed", "", data{"required": true, "by": "staff-7"}},
		{"recovery_codes.requested", "request.rejected", "step_up_required", data{"login_id": loginID, "reauthenticated_at": now}},
		{"factor.removal_requested", "request.rejected", "step_up_required", data{"factor": "all", "login_id": loginID, "reauthenticated_at": now}},
		{"factor.reset_requested", "factor.removed", "", data{"by": "staff-7", "reason": "lost in the lake"}},
		{"login.started", "enrollment.required", "", data{"login_id": stranger.NewID("l-")}},
		{"enrollment.import_requested", "request.rejected", "unknown_key", data{"factor": "totp", "algorithm": "SHA1", "digits": 6, "period": 30, "by": "staff-7", "sealed_key_id": "k", "sealed_seed": strings.Repeat("AAAA", 22)}},
		{"user.erasure_requested", "user.erased", "", data{"by": "staff-7"}},
		{"recovery.requested", "request.rejected", "wrong_state", data{"login_id": loginID, "reauthenticated_at": now}},
		{"recovery.support_requested", "request.rejected", "wrong_state", data{"by": "staff-7", "reason": "lost", "case_ref": "c-1"}},
		{"recovery.approval_given", "request.rejected", "not_found", data{"recovery_id": "r-1", "by": "staff-8"}},
		{"recovery.denial_given", "request.rejected", "not_found", data{"recovery_id": "r-1", "by": "staff-8"}},
		{"recovery.cancellation_requested", "request.rejected", "not_found", data{"recovery_id": "r-1", "by": "staff-8"}},
	} {
		t.Run(r.fact, func(t *testing.T) {
			r.data["user"] = h.user
			answer := got(t, r.answer)(p.Ask(ctx, r.fact, r.data))
			if answer.Text("code") != r.code || answer.Text("user") != h.user {
				t.Errorf("got %s, want %s", answer, r.code)
			}
		})
	}
}
