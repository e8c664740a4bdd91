package web

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/web/words"
)

// Pages that are not of a case.
const (
	stageDoubt   Stage = "doubt"   // nobody knows
	stageRefused Stage = "refused" // a form that is not ours
)

var stages = []Stage{
	StageLink, StageText, StageRecoveryCode, StageCaptcha, StageApproval, StageWaiting, StageFinishing, StageDone, StageCancel,
	StageCancelled, StageOver, stageDoubt, stageRefused,
}

type pages map[Stage]*template.Template

func newPages() pages {
	all := template.Must(template.ParseFS(assets, "assets/*.html"))
	made := pages{}
	for _, stage := range stages {
		one := template.Must(all.Clone())
		template.Must(one.New("body").Parse(`{{template "` + string(stage) + `" .}}`))
		made[stage] = one
	}
	return made
}

// A page is what its template needs.
type page struct {
	Words    words.Language
	Base     string
	Platform string // empty: unknown
	Brand    brand
	View     View
	Now      time.Time
	Form     string // the field that every form has
	Digits   int    // of texted codes
	Resume   bool   // there may be a case of this browser
	Captcha  captcha.Page

	Notice      string // good news
	Fault, Help string // what went wrong, and what to do
	Field       string // which the fault is about
}

// rules are the platform's policy; of an unknown one they are empty.
func (s *site) rules(platform string) policy.Policy {
	if rules, known := s.conf.Policies(platform); known {
		return rules
	}
	return policy.Policy{}
}

func (s *site) page(r *http.Request, platform string, v View) *page {
	rules := s.rules(platform)
	if v.Stage == StageOver {
		v = View{Stage: StageOver} // nothing tells one dead end from another
	}
	p := &page{
		Words: s.words.For(r.Header.Get("Accept-Language"), v.Locale, rules.Locale), Base: s.conf.Base, Platform: rules.Platform,
		Brand: brandOf(rules), View: v, Now: s.conf.Now(), Digits: rules.Code.Digits,
	}
	if v.Stage == StageCaptcha {
		p.Captcha = v.Captcha.At(s.conf.Base)
	}
	return p
}

// show answers with a page.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, p *page) {
	var text bytes.Buffer
	made, ok := s.pages[p.View.Stage]
	if !ok {
		s.fail(w, r, "no page for stage "+string(p.View.Stage))
		return
	}
	if err := made.ExecuteTemplate(&text, "frame", p); err != nil {
		s.fail(w, r, err.Error())
		return
	}
	w.Header().Set("Content-Security-Policy", contentPolicy(p.Captcha.Sources))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // nobody is left to tell
}

func (s *site) fail(w http.ResponseWriter, r *http.Request, why string) {
	s.conf.Log.ErrorContext(r.Context(), "make recovery page", "route", r.Pattern, "error", why)
	http.Error(w, "The page could not be made.", http.StatusInternalServerError)
}

// doubt says that nobody knows, and that trying again is safe. The log names the route, never the path: that holds the token.
func (s *site) doubt(w http.ResponseWriter, r *http.Request, platform string, err error) {
	if r.Context().Err() == nil {
		s.conf.Log.ErrorContext(r.Context(), "answer recovery page", "route", r.Pattern, "error", err)
	}
	w.Header().Set("Retry-After", "5")
	s.show(w, r, http.StatusServiceUnavailable, s.page(r, platform, View{Stage: stageDoubt}))
}

// Say is a message; see words.
func (p *page) Say(id string, named ...any) string { return p.Words.Say(id, named...) }

func (p *page) Stage() string { return string(p.View.Stage) }

func (p *page) Title() string {
	if p.View.Stage == StageText && p.Enterable() {
		return p.Say("title_code")
	}
	return p.Say("title_" + p.Stage())
}

// Locked reports whether codes are not looked at for now.
func (p *page) Locked() bool { return p.View.RetryAt.After(p.Now) }

// Outlived reports whether the case ends before codes are looked at again.
func (p *page) Outlived() bool { return p.Locked() && !p.View.RetryAt.Before(p.View.ExpiresAt) }

// Enterable reports whether there is a texted code to be entered.
func (p *page) Enterable() bool {
	return p.View.CodeSent && !p.Locked() && p.View.CodeExpiresAt.After(p.Now) && p.View.AttemptsLeft > 0
}

// typed reports whether the page has a field for a code.
func (p *page) typed() bool {
	return p.View.Stage == StageText && p.Enterable() || p.View.Stage == StageRecoveryCode && !p.Locked() && !p.Spent()
}

// Spent reports whether no printed code is looked at any more in this case.
func (p *page) Spent() bool { return p.View.AttemptsLeft <= 0 }

// Early reports whether it is too early for another text.
func (p *page) Early() bool { return p.View.ResendAt.After(p.Now) }

// Ahead is what the case will be, in sentences.
func (p *page) Ahead() []string {
	var all []string
	for _, step := range p.View.Steps {
		if step != recovery.Link {
			all = append(all, p.Say("ahead_"+string(step), "Brand", p.Brand.Name))
		}
	}
	return append(all, p.Say("ahead_end"))
}

// A moment is a time for people and for machines.
type moment struct{ Stamp, Text string }

// At is a time by which something ends, After one from which on it is.
func (p *page) At(t time.Time) moment { return moment{stamp(t), p.Until(t)} }

func (p *page) After(t time.Time) moment { return moment{stamp(t), p.From(t)} }

func (p *page) Until(t time.Time) string { return p.Words.Until(t, p.Now) }

func (p *page) From(t time.Time) string { return p.Words.From(t, p.Now) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// A progress is how far the steps are.
type progress struct {
	Step, Of int
	Bars     []string
}

// underway are the stages in which somebody passes steps.
var underway = []Stage{StageText, StageRecoveryCode, StageCaptcha, StageApproval, StageWaiting}

// Progress is nil where nobody passes steps.
func (p *page) Progress() *progress {
	v := p.View
	if v.Passed >= len(v.Steps) || !slices.Contains(underway, v.Stage) {
		return nil
	}
	g := &progress{Step: v.Passed + 1, Of: len(v.Steps), Bars: make([]string, len(v.Steps))}
	for i := range v.Passed {
		g.Bars[i] = "done"
	}
	g.Bars[v.Passed] = "now"
	return g
}
