package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// What a page can say first, beside the problems of the cases.
const (
	saidSent   = "sent"
	saidStale  = "stale"
	saidEmpty  = "empty_code"
	saidUnlike = "unlike_code"
)

// A saying is one such sentence.
type saying struct {
	notice  bool   // it is good news
	onField bool   // it is about the code that was typed
	help    string // what to do, by its name; empty: nothing
	printed string // likewise for printed codes, where that differs
}

// sayings are by what stands in the address. OtherStep is not among them: the page shows the step that is next, and that says it all.
var sayings = map[string]saying{
	saidSent:              {notice: true},
	saidStale:             {help: "help_stale"},
	saidEmpty:             {onField: true, help: "help_empty_code", printed: "help_empty_recovery_code"},
	saidUnlike:            {onField: true, help: "help_wrong_code", printed: "help_wrong_recovery_code"},
	string(WrongCode):     {onField: true, help: "help_wrong_code", printed: "help_wrong_recovery_code"},
	string(CodeExpired):   {help: "help_code_expired"},
	string(TooManyCodes):  {help: "help_too_many"},
	string(TooSoon):       {help: "help_too_soon"},
	string(NoMoreTexts):   {help: "help_no_more_texts"},
	string(CaptchaFailed): {help: "help_captcha_failed"},
	string(CaptchaDoubt):  {help: "help_captcha_doubt"},
}

// mark binds what is said to where the case stood: a page that is gone back to does not say what is no longer so.
func mark(v View) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%t/%d/%d/%d", v.Stage, v.Passed, v.CodeSent, v.CodeExpiresAt.UnixNano(), v.AttemptsLeft, v.RetryAt.UnixNano()))
	return hex.EncodeToString(sum[:4])
}

// tell has the page say it first.
func (p *page) tell(said string) {
	s, ok := sayings[said]
	switch {
	case !ok || said == string(TooManyCodes) && (p.Locked() || p.View.Stage == StageRecoveryCode): // the page says so by itself
		return
	case s.notice:
		p.Notice = p.Say("notice_" + said)
		return
	}
	p.Fault = p.Say("fault_" + said)
	if p.View.Stage == StageRecoveryCode && s.printed != "" {
		s.help = s.printed
	}
	switch {
	case !s.onField:
		p.Help = p.Say(s.help)
	case p.typed():
		p.Field, p.Help = "code", p.Say(s.help)
	}
}
