package policy

import (
	"math"
	"slices"

	"countersign/pkg/events/recovery"
)

// maxGuessed is how likely someone who only guesses may be right within a day.
const maxGuessed = 1e-4

// settle fills in what follows from other fields and holds fields against each other.
func (s *section) settle(p *Policy) {
	if _, named := s.lines["totp.issuer"]; !named {
		p.TOTP.Issuer = p.Brand
	}
	for _, rule := range p.rules() {
		if rule.broken && !s.blamed(rule.fields) {
			s.fault(s.line(rule.fields), s.where+"."+rule.fields[0], "%s", rule.problem)
		}
	}
}

// A rule is about several fields at once.
type rule struct {
	broken  bool
	fields  []string // the first is named
	problem string
}

func (p Policy) rules() []rule {
	return []rule{
		{p.Enforcement == Grace && p.GraceDays == 0, []string{"grace_days", "enforcement"},
			"is missing: enforcement grace needs 1 to 90 days"},
		{p.Enforcement != Grace && p.GraceDays > 0, []string{"grace_days", "enforcement"},
			"is set without enforcement: grace, which alone reads it: remove one or set the other"},
		{p.TOTP.Issuer == p.Brand && issuer(p.Brand) != nil, []string{"totp.issuer", "brand"},
			"would be the brand, which has a colon: name an issuer without one"},
		{p.Challenge.Life < p.Code.Life, []string{"challenge.life", "code.life"},
			"is shorter than code.life: make it at least as long"},
		{p.Guess.MaxWait < p.Guess.FirstWait, []string{"guess.max_wait", "guess.first_wait"},
			"is shorter than guess.first_wait: make it at least as long"},
		{p.guessed() >= maxGuessed, []string{"guess.first_wait", "guess.max_wait", "guess.free", "guess.window", "totp.back", "totp.forward"},
			"and its neighbors let a guesser be right on one day in ten thousand or more: lengthen waits, lower guess.free, " +
				"totp.back or totp.forward, or take 8 digits"},
		{p.RecoveryCodes.WarnAt >= p.RecoveryCodes.Count, []string{"recovery_codes.warn_at", "recovery_codes.count"},
			"is not less than recovery_codes.count: lower it"},
		{p.Recovery.Steps[0] != recovery.Link, []string{"recovery.steps"},
			"do not begin with link, by which alone a user reaches the pages of the others: put it first"},
		{!slices.ContainsFunc(p.Recovery.Steps, needsPerson), []string{"recovery.steps"},
			"would be passed by a mail scanner that sends forms: add sms, captcha, recovery_code or approval"},
		{p.Recovery.SupportLife <= p.Recovery.SupportWait, []string{"recovery.support_life", "recovery.support_wait"},
			"is not more than recovery.support_wait: lengthen it"},
	}
}

// needsPerson reports whether nobody passes a step by just following the link and waiting.
func needsPerson(s recovery.Step) bool { return s != recovery.Link && s != recovery.WaitingPeriod }

// blamed says whether one of the fields has a fault of its own, so that comparing it would only confuse.
func (s *section) blamed(fields []string) bool {
	return slices.ContainsFunc(s.faults, func(f Fault) bool {
		return slices.ContainsFunc(fields, func(name string) bool { return f.Field == s.where+"."+name })
	})
}

// line is of the first field that the file names, else the platform's.
func (s *section) line(fields []string) int {
	for _, name := range append(slices.Clone(fields), "") {
		if line, ok := s.lines[name]; ok {
			return line
		}
	}
	return 0
}

// GuessesPerDay is the most wrong codes that can be tried within 24 hours: the free ones and the one that begins the first
// wait, then one after each wait. With the defaults 23.
func (p Policy) GuessesPerDay() int {
	guesses, wait := p.Guess.Free+1, p.Guess.FirstWait
	for elapsed := wait; elapsed <= p.Guess.Window; elapsed += wait {
		guesses++
		wait = min(2*wait, p.Guess.MaxWait)
	}
	windows := math.Ceil(float64(day) / float64(p.Guess.Window)) // a shorter window forgets sooner
	return guesses * int(windows)
}

// guessed is the chance of being right within a day: guesses times codes that are right at once, out of all codes.
func (p Policy) guessed() float64 {
	totp := float64(1+p.TOTP.Back+p.TOTP.Forward) / math.Pow10(p.TOTP.Digits)
	sent := 1 / math.Pow10(p.Code.Digits)
	return float64(p.GuessesPerDay()) * max(totp, sent)
}
