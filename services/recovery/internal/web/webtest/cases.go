// Package webtest has cases in memory for tests of the pages: one user of one platform, steps in any order, every clock and number in the
// test's hands. It is no model of what a case may do; it gives the pages something to show.
package webtest

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/links"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/web"
)

// What the one case has.
const (
	Platform     = "acme"
	Account      = "m•••@example.org"
	PhoneHint    = "•••• 1234"
	Code         = "123456"
	RecoveryCode = "abcd-efgh-ijkl-mnop"
)

var (
	UserKey    = strings.Repeat("u", 26)
	RecoveryID = UserKey + "-" + strings.Repeat("c", 26)
)

// Cases is one case, of which tests may set every part between requests.
type Cases struct {
	mu      sync.Mutex
	captcha captcha.Provider
	now     func() time.Time
	view    web.View
	claim   uint64
	dead    bool // the link, by the first right code
	cancel  bool // whether the cancel link is good
	writes  int
	fault   error
	looks   int // that are left until a case that finishes is done
}

// New has a case of these steps that nobody has claimed.
func New(now func() time.Time, p captcha.Provider, steps ...recovery.Step) *Cases {
	start := now()
	return &Cases{captcha: p, now: now, cancel: true, looks: -1, view: web.View{
		Platform: Platform, RecoveryID: RecoveryID, Account: Account, Stage: web.StageLink, Steps: steps,
		LinkExpiresAt: start.Add(5 * time.Minute), ExpiresAt: start.Add(30 * time.Minute),
		PhoneHint: PhoneHint, ResendAt: start, AttemptsLeft: 5,
	}}
}

// Link and CancelLink are what the mail holds.
func Link() links.Link { return link("l", false) }

func CancelLink() links.Link { return link("x", true) }

func link(letter string, cancel bool) links.Link {
	return links.Link{Platform: Platform, UserKey: UserKey, Token: events.NewSecret(strings.Repeat(letter, 43)), Cancel: cancel}
}

// Set changes the case.
func (c *Cases) Set(change func(*web.View)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.view)
}

// Fail has every following call answer with err; nil ends that.
func (c *Cases) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = err
}

// Provide has another provider make and judge captchas.
func (c *Cases) Provide(p captcha.Provider) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.captcha = p
}

// End has links and tickets lead nowhere.
func (c *Cases) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view.Stage, c.dead, c.cancel = web.StageOver, true, false
}

// DoneAfter has a case that finishes be done at the n-th look from now.
func (c *Cases) DoneAfter(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks = n
}

// Writes is how often something was called that may change the case.
func (c *Cases) Writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

var over = web.View{Stage: web.StageOver}

func same(a, b links.Link) bool {
	return a.Platform == b.Platform && a.UserKey == b.UserKey && a.Cancel == b.Cancel && a.Token.Equal(b.Token)
}

// Look is what the mailed link leads to.
func (c *Cases) Look(_ context.Context, l links.Link) (web.View, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !same(l, Link()) || c.dead || !c.now().Before(c.view.LinkExpiresAt) {
		return over, c.fault
	}
	v := c.view
	v.Stage = web.StageLink
	return v, c.fault
}

// Claim voids the steps passed since the link.
func (c *Cases) Claim(ctx context.Context, l links.Link, held web.Ticket) (web.View, web.Ticket, error) {
	v, err := c.Look(ctx, l)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	switch {
	case err != nil || v.Stage == web.StageOver:
		return v, web.Ticket{}, err
	case c.holds(held):
		return c.view, held, nil
	}
	c.claim++
	c.view.Passed = 0
	c.pass()
	return c.view, c.ticket(), nil
}

func (c *Cases) ticket() web.Ticket {
	return web.Ticket{
		Platform: Platform, UserKey: UserKey, RecoveryID: RecoveryID, Claim: c.claim,
		Token: events.NewSecret(strings.Repeat("b", 40) + strconv.FormatUint(100+c.claim, 10)),
	}
}

func (c *Cases) holds(t web.Ticket) bool {
	own := c.ticket()
	return c.claim > 0 && t.Claim == own.Claim && t.RecoveryID == own.RecoveryID && t.Platform == own.Platform && t.Token.Equal(own.Token)
}

var stages = map[recovery.Step]web.Stage{
	recovery.Text: web.StageText, recovery.RecoveryCode: web.StageRecoveryCode, recovery.Captcha: web.StageCaptcha,
	recovery.Approval: web.StageApproval, recovery.WaitingPeriod: web.StageWaiting,
}

// Pass passes the present step.
func (c *Cases) Pass() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pass()
}

func (c *Cases) pass() {
	c.view.Passed++
	c.view.Stage = web.StageFinishing
	if c.view.Passed < len(c.view.Steps) {
		c.view.Stage = stages[c.view.Steps[c.view.Passed]]
	}
	switch c.view.Stage {
	case web.StageApproval, web.StageWaiting:
		c.view.ExpiresAt = c.now().Add(7 * 24 * time.Hour)
		c.view.CompletesAt = c.now().Add(24 * time.Hour)
	}
}

// LookCancel is what the cancel link leads to.
func (c *Cases) LookCancel(_ context.Context, l links.Link) (web.View, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !same(l, CancelLink()) || !c.cancel {
		return over, c.fault
	}
	v := c.view
	v.Stage = web.StageCancel
	return v, c.fault
}

// Cancel ends the case.
func (c *Cases) Cancel(ctx context.Context, l links.Link) (web.View, error) {
	v, err := c.LookCancel(ctx, l)
	c.mu.Lock()
	c.writes++
	c.mu.Unlock()
	if err == nil && v.Stage == web.StageCancel {
		c.End()
		v.Stage = web.StageCancelled
	}
	return v, err
}

// View is where the case stands.
func (c *Cases) View(ctx context.Context, t web.Ticket) (web.View, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view.Stage == web.StageFinishing && c.looks >= 0 {
		if c.looks--; c.looks < 0 {
			c.view.Stage = web.StageDone
		}
	}
	v := c.seen(t)
	if v.Stage == web.StageCaptcha {
		v.Captcha, _ = c.captcha.Page(ctx, c.Binding()) // what is embedded does not fail
	}
	return v, c.fault
}

// Binding is what the captcha of the case is bound to: one that nobody claims anew.
func (c *Cases) Binding() captcha.Binding { return captcha.Binding{Case: RecoveryID, Claim: 1} }

func (c *Cases) seen(t web.Ticket) web.View {
	if !c.holds(t) {
		return over
	}
	return c.view
}

// write is one form of a step.
func (c *Cases) write(t web.Ticket, stage web.Stage, do func() web.Problem) (web.View, web.Problem, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	problem := web.OtherStep
	switch {
	case c.fault != nil:
		return web.View{}, "", c.fault
	case !c.holds(t):
		return over, "", nil
	case c.view.Stage == stage:
		problem = do()
	}
	return c.seen(t), problem, nil
}

// SendText sends nothing: the code is Code.
func (c *Cases) SendText(_ context.Context, t web.Ticket) (web.View, web.Problem, error) {
	return c.write(t, web.StageText, func() web.Problem {
		switch now := c.now(); {
		case c.view.ResendAt.IsZero():
			return web.NoMoreTexts
		case now.Before(c.view.ResendAt):
			return web.TooSoon
		default:
			c.view.CodeSent, c.view.CodeExpiresAt, c.view.ResendAt, c.view.AttemptsLeft = true, now.Add(5*time.Minute), now.Add(30*time.Second), 5
			return web.NoProblem
		}
	})
}

// SubmitText takes Code.
func (c *Cases) SubmitText(_ context.Context, t web.Ticket, code events.Secret) (web.View, web.Problem, error) {
	return c.write(t, web.StageText, func() web.Problem {
		if !c.view.CodeSent || !c.now().Before(c.view.CodeExpiresAt) {
			return web.CodeExpired
		}
		return c.judge(strings.ReplaceAll(code.Reveal(), " ", "") == Code)
	})
}

// SubmitRecoveryCode takes RecoveryCode.
func (c *Cases) SubmitRecoveryCode(_ context.Context, t web.Ticket, code events.Secret) (web.View, web.Problem, error) {
	return c.write(t, web.StageRecoveryCode, func() web.Problem { return c.judge(code.Reveal() == RecoveryCode) })
}

func (c *Cases) judge(right bool) web.Problem {
	switch {
	case c.now().Before(c.view.RetryAt) || c.view.AttemptsLeft == 0:
		return web.TooManyCodes
	case !right:
		c.view.AttemptsLeft--
		return web.WrongCode
	}
	c.dead = true
	c.pass()
	return web.NoProblem
}

// SubmitCaptcha has the provider judge.
func (c *Cases) SubmitCaptcha(ctx context.Context, t web.Ticket, form url.Values, ip string) (web.View, web.Problem, error) {
	return c.write(t, web.StageCaptcha, func() web.Problem {
		_, err := c.captcha.Verify(ctx, c.Binding(), form, ip)
		switch {
		case errors.Is(err, captcha.ErrRefused):
			return web.CaptchaFailed
		case err != nil:
			return web.CaptchaDoubt
		}
		c.pass()
		return web.NoProblem
	})
}

// ErrDown is a fault for Fail.
var ErrDown = errors.New("load stream: connection refused")
