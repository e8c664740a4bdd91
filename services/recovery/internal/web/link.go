package web

import (
	"context"
	"net/http"
	"strings"

	"countersign/pkg/worker/links"
)

// linkOf reads the request's path.
func (s *site) linkOf(r *http.Request) (links.Link, bool) {
	return links.Parse(strings.TrimPrefix(r.URL.Path, s.conf.Base))
}

// showLink looks where a link leads, and changes nothing: scanners and previews open links too.
func (s *site) showLink(look func(context.Context, links.Link) (View, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		l, ok := s.linkOf(r)
		v := View{Stage: StageOver}
		if ok {
			var err error
			if v, err = look(r.Context(), l); err != nil {
				s.doubt(w, r, l.Platform, err)
				return
			}
		}
		s.showAtLink(w, r, l, v)
	}
}

func (s *site) showAtLink(w http.ResponseWriter, r *http.Request, l links.Link, v View) {
	p := s.page(r, r.PathValue("platform"), v)
	p.Form, p.Resume = formOf(l), true
	s.show(w, r, http.StatusOK, p)
}

// opened reads the form of a link's page; false: it has been answered.
func (s *site) opened(w http.ResponseWriter, r *http.Request) (links.Link, bool) {
	if !s.read(w, r) {
		return links.Link{}, false
	}
	l, ok := s.linkOf(r)
	switch {
	case !ok:
		s.showAtLink(w, r, l, View{Stage: StageOver})
	case !ownForm(r, formOf(l)):
		s.refuse(w, r)
		return l, false
	}
	return l, ok
}

// claim gives the case to this browser.
func (s *site) claim(w http.ResponseWriter, r *http.Request) {
	l, ok := s.opened(w, r)
	if !ok {
		return
	}
	held, _ := s.cookie.ticket(r)
	v, ticket, err := s.conf.Cases.Claim(r.Context(), l, held)
	switch {
	case err != nil:
		s.doubt(w, r, l.Platform, err)
	case v.Stage == StageOver:
		s.showAtLink(w, r, l, v)
	default:
		s.cookie.set(w, ticket, v.ExpiresAt.Sub(s.conf.Now()))
		s.toCase(w, r)
	}
}

// cancel ends the case. Its answer is the page itself: where the link led, it leads no more.
func (s *site) cancel(w http.ResponseWriter, r *http.Request) {
	l, ok := s.opened(w, r)
	if !ok {
		return
	}
	v, err := s.conf.Cases.Cancel(r.Context(), l)
	if err != nil {
		s.doubt(w, r, l.Platform, err)
		return
	}
	s.showAtLink(w, r, l, v)
}

// nowhere is what was never a link.
func (s *site) nowhere(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusNotFound, s.page(r, "", View{Stage: StageOver}))
}
