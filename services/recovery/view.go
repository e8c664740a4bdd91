package recovery

import (
	"context"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/decide"
	"countersign/services/recovery/internal/web"
)

// over is what every link and ticket shows that leads nowhere.
func over() web.View { return web.View{Stage: web.StageOver} }

var stages = map[recovery.Step]web.Stage{
	recovery.Text: web.StageText, recovery.RecoveryCode: web.StageRecoveryCode, recovery.Captcha: web.StageCaptcha,
	recovery.Approval: web.StageApproval, recovery.WaitingPeriod: web.StageWaiting,
}

// standing is where the case of a ticket stands.
func (s *shell) standing(ctx context.Context, f finding) (web.View, error) {
	r := f.recovery
	stage, known := stages[r.Next()]
	switch {
	case r.End == recovery.CaseCompleted && f.cleared():
		return f.view(web.StageDone), nil
	case r.End == recovery.CaseCompleted:
		return f.view(web.StageFinishing), nil
	case !known || r.Over(f.now):
		return over(), nil
	}
	v, l := f.view(stage), decide.Look(f.state, r, f.policy, f.now)
	var err error
	switch stage {
	case web.StageText:
		v.RetryAt, v.AttemptsLeft = l.RetryAt, l.AttemptsLeft
		f.texting(&v, l)
	case web.StageRecoveryCode:
		v.RetryAt, v.AttemptsLeft = l.RetryAt, l.AttemptsLeft
	case web.StageCaptcha:
		v.Captcha, err = s.captcha.Page(ctx, captcha.Binding{Case: r.ID, Claim: r.Claim})
	}
	return v, err
}

// view is what all stages show.
func (f finding) view(stage web.Stage) web.View {
	r := f.recovery
	v := web.View{
		Platform: f.platform, RecoveryID: r.ID, Locale: r.Locale, Stage: stage, Steps: r.Steps, Passed: r.Passed,
		ExpiresAt: r.ExpiresAt, CompletesAt: r.CompletesAt,
	}
	if f.person.Email != nil {
		v.Account = f.person.Email.Hint
	}
	return v
}

// texting is what is special about the step of the texted code.
func (f finding) texting(v *web.View, l decide.Limits) {
	if f.person.Phone != nil {
		v.PhoneHint = f.person.Phone.Hint
	}
	v.CodeSent, v.ResendAt = l.CodeSent, l.ResendAt
	if l.CodeSent {
		v.CodeExpiresAt = f.recovery.Text.ExpiresAt
	}
}

// cleared reports whether the enrollment's own head says that the factors are gone.
func (f finding) cleared() bool {
	done := f.state.Completions
	later := len(done) > 0 && done[len(done)-1] != f.recovery.ID // the head remembers the last one alone
	return f.person.Recovered == f.recovery.ID || later
}
