package recovery

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/totp"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/decide"
	"countersign/services/recovery/internal/web"
)

func (c cases) SendText(ctx context.Context, t web.Ticket) (web.View, web.Problem, error) {
	return c.submit(ctx, t, func(f finding) (string, gather, error) {
		next := strconv.FormatUint(f.recovery.Text.Sending+1, 10) // clicked twice, one is sent
		return f.id("text", next), func(_ context.Context, m moment) (decide.Input, error) {
			return decide.TextAsked{Request: asked(m.Request), Browser: f.holder(), Evidence: m.evidence}, nil
		}, nil
	})
}

func (c cases) SubmitText(ctx context.Context, t web.Ticket, code events.Secret) (web.View, web.Problem, error) {
	return c.submit(ctx, t, func(f finding) (string, gather, error) {
		code := totp.Normalize(code)
		id := f.id("code", strconv.FormatUint(f.recovery.Text.Sending, 10), code.Reveal())
		return c.Rings.Digest([]byte(id)), func(_ context.Context, m moment) (decide.Input, error) {
			in := decide.CodeSubmitted{Request: asked(m.Request), Browser: f.holder(), Evidence: m.evidence}
			in.Sending = f.match(m, code)
			return in, nil
		}, nil
	})
}

// match compares a code with the newest that was sent, and only where it will be judged: nothing is to be learned from one that is refused
// unseen.
func (f finding) match(m moment, code events.Secret) uint64 {
	r, _ := m.state.Recovery(f.recovery.ID)
	if !decide.Ready(m.state, f.holder(), recovery.Text, f.policy, m.now) {
		return 0
	}
	if !f.key.MatchCode(r.ID, r.Text.Sending, r.Text.Digits, code) {
		return 0
	}
	return r.Text.Sending
}

func (c cases) SubmitRecoveryCode(ctx context.Context, t web.Ticket, code events.Secret) (web.View, web.Problem, error) {
	return c.submit(ctx, t, func(f finding) (string, gather, error) {
		code := keyring.BareRecoveryCode(code)
		id := c.Rings.Digest([]byte(f.id("recovery code", code.Reveal())))
		var verdict guard.Verdict
		ready := decide.Ready(f.state, f.holder(), recovery.RecoveryCode, f.policy, f.now)
		if ready && !code.IsZero() {
			var err error
			if verdict, err = c.judge(ctx, f.platform, guard.JudgeRequest{User: f.state.User, ID: id, Code: code}); err != nil {
				return "", nil, err
			}
		}
		return id, func(_ context.Context, m moment) (decide.Input, error) {
			return decide.RecoveryCodeJudged{
				Request: asked(m.Request), Browser: f.holder(), Evidence: m.evidence, Right: verdict == guard.VerdictRight, Unasked: !ready,
			}, nil
		}, nil
	})
}

func (c cases) SubmitCaptcha(ctx context.Context, t web.Ticket, form url.Values, ip string) (web.View, web.Problem, error) {
	return c.submit(ctx, t, func(f finding) (string, gather, error) {
		var proof captcha.Proof
		ready := decide.Ready(f.state, f.holder(), recovery.Captcha, f.policy, f.now)
		if ready {
			var err error
			proof, err = c.captcha.Verify(ctx, captcha.Binding{Case: f.recovery.ID, Claim: f.recovery.Claim}, form, ip)
			if err != nil && !errors.Is(err, captcha.ErrRefused) {
				return "", nil, errDoubt{err}
			}
		}
		id := f.id("captcha", proof.ID)
		if proof.ID == "" {
			id = f.id("captcha", c.Rings.Digest([]byte(form.Encode())))
		}
		return id, func(_ context.Context, m moment) (decide.Input, error) {
			return decide.CaptchaJudged{
				Request: asked(m.Request), Browser: f.holder(), Evidence: m.evidence, Proof: proof.ID, Unasked: !ready,
			}, nil
		}, nil
	})
}

// errDoubt says that a captcha's provider did not.
type errDoubt struct{ error }

// submit brings a form of the browser that holds the ticket to its effect, and shows where the case then stands.
func (c cases) submit(ctx context.Context, t web.Ticket, question func(finding) (string, gather, error)) (web.View, web.Problem, error) {
	f, err := c.browser(ctx, t)
	if err != nil || !f.ofTicket(t) {
		return over(), web.NoProblem, err
	}
	id, input, err := question(f)
	if doubt, ok := errors.AsType[errDoubt](err); ok {
		c.Logger.WarnContext(ctx, "judge captcha", "provider", c.captcha.Name(), "error", doubt.error)
		return c.after(ctx, t, web.CaptchaDoubt)
	}
	if err != nil {
		return over(), web.NoProblem, err
	}
	_, told, err := c.put(ctx, f, id, input)
	if err != nil {
		return over(), web.NoProblem, err
	}
	return c.after(ctx, t, problems[told])
}

// after is where the case stands now.
func (c cases) after(ctx context.Context, t web.Ticket, p web.Problem) (web.View, web.Problem, error) {
	v, err := c.View(ctx, t)
	if v.Stage == web.StageOver {
		p = web.NoProblem
	}
	return v, p, err
}

// holder is the browser, whose ticket has been proven.
func (f finding) holder() decide.Browser {
	return decide.Browser{RecoveryID: f.recovery.ID, Claim: f.recovery.Claim}
}

// id names what a browser asks: the same asked twice is one question. What it is made of may be a secret; then its digest is the id.
func (f finding) id(parts ...string) string {
	return strings.Join(append(parts, f.recovery.ID, strconv.FormatUint(f.recovery.Claim, 10)), "/")
}
