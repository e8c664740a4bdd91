package web

import (
	"context"
	"net/url"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/links"
	"countersign/services/recovery/internal/captcha"
)

// Cases are the cases behind the pages. An error means that nobody knows: nothing may be concluded from it, and the page says that trying
// again is safe. Whatever leads nowhere (unknown, expired, used, cancelled, another browser's) is no error but a View with StageOver
// and no other field, after the same reads for every kind of it.
//
// Look, LookCancel and View never write. All others may be called twice with the same arguments by a double click, at the same time.
type Cases interface {
	// Look is what a mailed link leads to: StageLink or StageOver.
	Look(ctx context.Context, l links.Link) (View, error)

	// Claim gives the link's case to this browser. held is what the browser has already, or the zero Ticket; where it is the present claim,
	// nothing changes. With StageOver the ticket is zero.
	Claim(ctx context.Context, l links.Link, held Ticket) (View, Ticket, error)

	// LookCancel is what a cancel link leads to: StageCancel or StageOver.
	LookCancel(ctx context.Context, l links.Link) (View, error)

	// Cancel ends the case of a cancel link: StageCancelled or StageOver.
	Cancel(ctx context.Context, l links.Link) (View, error)

	// View is where the case of a ticket stands: any stage but StageLink, StageCancel and StageCancelled.
	View(ctx context.Context, t Ticket) (View, error)

	// SendText sends a code, or another one, which kills the one before.
	SendText(ctx context.Context, t Ticket) (View, Problem, error)

	// SubmitText and SubmitRecoveryCode judge a code as it was typed: 1 to events.MaxCode bytes of UTF-8.
	SubmitText(ctx context.Context, t Ticket, code events.Secret) (View, Problem, error)
	SubmitRecoveryCode(ctx context.Context, t Ticket, code events.Secret) (View, Problem, error)

	// SubmitCaptcha judges what the widget has put into the form. ip is the browser's address, or empty.
	SubmitCaptcha(ctx context.Context, t Ticket, form url.Values, ip string) (View, Problem, error)
}

// A Ticket is what a browser holds that has claimed a case: its cookie. Only Token is a secret; the other fields say whose it would be
// and are as the browser sent them. The zero Ticket is none.
type Ticket struct {
	Platform   string
	UserKey    string
	RecoveryID string
	Claim      uint64        // from 1
	Token      events.Secret // of this claim
}

// Stage is what comes next.
type Stage string

const (
	StageLink         Stage = "link"          // the mailed link is good: it can be claimed
	StageText         Stage = "text"          // a texted code
	StageRecoveryCode Stage = "recovery_code" // a printed code
	StageCaptcha      Stage = "captcha"
	StageApproval     Stage = "approval"  // a second person
	StageWaiting      Stage = "waiting"   // the waiting period
	StageFinishing    Stage = "finishing" // all steps are passed, the factors not yet removed
	StageDone         Stage = "done"      // the factors are removed
	StageCancel       Stage = "cancel"    // the cancel link is good: the case can be ended
	StageCancelled    Stage = "cancelled" // it was, just now
	StageOver         Stage = "over"      // leads nowhere
)

// A View is what a page may show: never an address, a number or a code.
type View struct {
	Platform   string
	RecoveryID string
	Account    string // the account's masked address, such as m•••@example.org; may be empty
	Locale     string // of the case, BCP 47; may be empty
	Stage      Stage

	Steps  []recovery.Step // of the case, in order
	Passed int             // how many of them are

	LinkExpiresAt time.Time // StageLink
	ExpiresAt     time.Time // of the case
	CompletesAt   time.Time // StageWaiting, and StageCancel while it runs

	PhoneHint     string    // StageText: the masked number, such as •••• 1234
	CodeSent      bool      // StageText: a code was sent and is not used up by wrong ones
	CodeExpiresAt time.Time // StageText with CodeSent
	ResendAt      time.Time // StageText: from when on another text can be asked for; zero: none can in this case
	AttemptsLeft  int       // StageText, StageRecoveryCode: wrong codes that are still looked at
	RetryAt       time.Time // StageText, StageRecoveryCode: no code is looked at until then; zero: they are

	Captcha captcha.Page // StageCaptcha: bound to the case and the claim
}

// A Problem is why a form changed nothing, or not what was wished. The View beside it says where the case stands.
type Problem string

const (
	NoProblem     Problem = ""
	WrongCode     Problem = "wrong_code"
	CodeExpired   Problem = "code_expired"  // the texted code is too old, or none was sent
	TooManyCodes  Problem = "too_many"      // the code was not looked at: View.RetryAt, or another text is needed
	TooSoon       Problem = "too_soon"      // no text was sent: View.ResendAt
	NoMoreTexts   Problem = "no_more_texts" // no text was sent, and none will be in this case
	CaptchaFailed Problem = "captcha_failed"
	CaptchaDoubt  Problem = "captcha_doubt" // the provider did not say, so it does not count
	OtherStep     Problem = "other_step"    // the form was of a step that is not the present one
)
