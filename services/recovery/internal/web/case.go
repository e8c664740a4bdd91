package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/pkg/events"
)

// showCase shows where the case of this browser stands.
func (s *site) showCase(w http.ResponseWriter, r *http.Request) {
	t, ok := s.cookie.ticket(r)
	v := View{Stage: StageOver}
	if ok {
		var err error
		if v, err = s.settled(r.Context(), t); err != nil {
			s.doubt(w, r, t.Platform, err)
			return
		}
	}
	p := s.page(r, t.Platform, v)
	p.Form = t.form()
	if said := r.URL.Query(); said.Get("at") == mark(v) {
		p.tell(said.Get("said"))
	}
	s.show(w, r, http.StatusOK, p)
}

const (
	patience  = 3 * time.Second // for which a page waits that would say "in a moment"
	lookEvery = 150 * time.Millisecond
)

// settled waits a little while the last worker finishes, so that hardly anybody has to look again.
func (s *site) settled(ctx context.Context, t Ticket) (View, error) {
	v, err := s.conf.Cases.View(ctx, t)
	for end := time.Now().Add(patience); err == nil && v.Stage == StageFinishing && time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return v, nil
		case <-time.After(lookEvery):
			v, err = s.conf.Cases.View(ctx, t)
		}
	}
	return v, err
}

// A submission hands a form to the cases. It gives what is to be said on the page that follows.
type submission func(ctx context.Context, t Ticket, r *http.Request) (v View, said string, err error)

// form answers every form of a case in one way: by leading back to the case, so that reload and the back button send nothing again.
func (s *site) form(submit submission) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.read(w, r) {
			return
		}
		t, ok := s.cookie.ticket(r)
		if !ok {
			s.toCase(w, r)
			return
		}
		if !ownForm(r, t.form()) {
			submit = s.stale
		}
		v, said, err := submit(r.Context(), t, r)
		if err != nil {
			s.doubt(w, r, t.Platform, err)
			return
		}
		if v.Stage != StageOver {
			s.cookie.set(w, t, v.ExpiresAt.Sub(s.conf.Now())) // the life of a case grows where somebody has to approve it
		}
		s.toCaseSaying(w, r, said, v)
	}
}

// stale is the form of an earlier claim, in another tab.
func (s *site) stale(ctx context.Context, t Ticket, _ *http.Request) (View, string, error) {
	v, err := s.conf.Cases.View(ctx, t)
	return v, saidStale, err
}

func (s *site) sendText(ctx context.Context, t Ticket, r *http.Request) (View, string, error) {
	v, problem, err := s.conf.Cases.SendText(ctx, t)
	again := r.PostForm.Has("again")
	switch {
	case problem == NoProblem && again:
		return v, saidSent, err
	case problem == TooSoon && !again && v.CodeSent: // the second click of a double one
		return v, string(NoProblem), err
	}
	return v, string(problem), err // of the first code the page tells by itself
}

func (s *site) submitText(ctx context.Context, t Ticket, r *http.Request) (View, string, error) {
	return s.submitCode(ctx, t, r, s.conf.Cases.SubmitText)
}

func (s *site) submitRecoveryCode(ctx context.Context, t Ticket, r *http.Request) (View, string, error) {
	return s.submitCode(ctx, t, r, s.conf.Cases.SubmitRecoveryCode)
}

type judge func(context.Context, Ticket, events.Secret) (View, Problem, error)

// submitCode keeps from the judge what can be no code: it does not count as a wrong one.
func (s *site) submitCode(ctx context.Context, t Ticket, r *http.Request, judge judge) (View, string, error) {
	typed := strings.TrimSpace(r.PostForm.Get("code"))
	said := saidUnlike
	switch {
	case typed == "":
		said = saidEmpty
	case len(typed) <= events.MaxCode && utf8.ValidString(typed):
		v, problem, err := judge(ctx, t, events.NewSecret(typed))
		return v, string(problem), err
	}
	v, err := s.conf.Cases.View(ctx, t)
	return v, said, err
}

func (s *site) submitCaptcha(ctx context.Context, t Ticket, r *http.Request) (View, string, error) {
	address := ""
	if s.conf.Address != nil {
		address = s.conf.Address(r)
	}
	v, problem, err := s.conf.Cases.SubmitCaptcha(ctx, t, r.PostForm, address)
	return v, string(problem), err
}

// toCase leads to the case by a path alone: the Host header is anybody's.
func (s *site) toCase(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Location", s.conf.Base+"/case")
	w.WriteHeader(http.StatusSeeOther)
}

func (s *site) toCaseSaying(w http.ResponseWriter, r *http.Request, said string, v View) {
	if _, ok := sayings[said]; !ok {
		s.toCase(w, r)
		return
	}
	w.Header().Set("Location", s.conf.Base+"/case?"+url.Values{"said": {said}, "at": {mark(v)}}.Encode())
	w.WriteHeader(http.StatusSeeOther)
}
