package e2e_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
)

// recovery has the user lose the device: links, cookies, texted codes, recovery codes and what people write about it are secrets.
func (r *secretRun) recovery(ctx context.Context, t *testing.T) {
	user, email, phone := newUser(), stranger.NewID("joan-")+"@example.org", "+49151"+digits(8)
	r.hide("email of the lost", email[:20])
	r.hide("phone of the lost", phone[1:])
	r.losable(ctx, t, user, email, phone)
	loginID := challenged(ctx, t, r.platform, user).Text("login_id")
	got(t, "recovery.opened")(r.platform.Ask(ctx, "recovery.requested", data{"user": user, "login_id": loginID, "reauthenticated_at": now()}))
	link := letterFor(ctx, t, r.process, email, 0, recoveryLink)
	r.hide("link", last(link))
	for _, to := range []string{email, phone} {
		r.hide("cancel link", last(letterFor(ctx, t, r.process, to, 0, cancelLink)))
	}
	g := newGuest(t)
	g.open(ctx, link)
	g.send(ctx, "", nil)
	g.send(ctx, "/case/text", nil)
	for _, c := range g.cookies() {
		r.hide("cookie", last(strings.ReplaceAll(c, ".", "/")))
	}
	code := codeFor(ctx, t, r.process, phone, 0)
	r.hide("texted code", code)
	g.send(ctx, "/case/code", url.Values{"code": {strings.Repeat("9", len(code))}})
	g.send(ctx, "/case/code", url.Values{"code": {code}})
	g.sees("A check against robots")
}

// losable has an app, a mail address and a number, and takes the recovery codes that come with it.
func (r *secretRun) losable(ctx context.Context, t *testing.T, user, email, phone string) {
	p := r.platform
	created := got(t, "secret.created")(p.Ask(ctx, "enrollment.requested", data{
		"user": user, "factor": "totp", "email": email, "phone": phone, "reauthenticated_at": now(),
	}))
	id := created.Text("enrollment_id")
	shown := answered(t)(p.Call(ctx, "enrollment.provisioning", data{"user": user, "enrollment_id": id}))
	app := stranger.AppOf(shown)
	h := holder{user, app, app.Step(time.Now())}
	activated := got(t, "enrollment.activated")(p.Ask(ctx, "enrollment.code_submitted", data{"user": user, "enrollment_id": id, "code": app.Code(h.step)}))
	set := answered(t)(p.Call(ctx, "recovery_codes.reveal", data{"user": user, "set_id": activated.Text("recovery_codes_set_id")}))
	codes, _ := set.Data["codes"].([]any)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	for _, one := range codes {
		r.hide("recovery code", one.(string))
		r.hide("recovery code without hyphens", strings.ReplaceAll(one.(string), "-", ""))
	}
	spent := attempt(challenged(ctx, t, p, user), codes[0].(string))
	spent["factor"] = "recovery_code"
	got(t, "attempt.accepted")(p.Ask(ctx, "attempt.submitted", spent))
}

// support asks in somebody's own words, and another person decides in theirs.
func (r *secretRun) support(ctx context.Context, t *testing.T) {
	user, p := newUser(), r.platform
	email, phone := stranger.NewID("june-")+"@example.org", "+49151"+digits(8)
	r.hide("email of the helpless", email[:20])
	r.losable(ctx, t, user, email, phone)
	why, note := stranger.NewID("shown-a-passport-"), stranger.NewID("called-back-")
	r.hide("why support asks", why)
	r.hide("what the approver notes", note)
	required := got(t, "recovery.approval_required")(p.Ask(ctx, "recovery.support_requested", data{"user": user, "by": "staff-7", "reason": why, "case_ref": "T-1"}))
	id := required.Text("recovery_id")
	got(t, "recovery.approved")(p.Ask(ctx, "recovery.approval_given", data{"user": user, "recovery_id": id, "by": "staff-8", "note": note}))
	if told := answered(t)(p.Call(ctx, "recovery.status", data{"recovery_id": id})); told.Text("reason") != why {
		t.Errorf("the reason is told as %q", told.Text("reason"))
	}
	r.hide("cancel link of support", last(letterFor(ctx, t, r.process, email, 1, cancelLink)))
}

// last is what a path ends with.
func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func now() string { return time.Now().UTC().Format(time.RFC3339) }
