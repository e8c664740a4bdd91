package notifier

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/decide"
)

const (
	maxReport  = 16 << 10 // bytes
	reportTime = 10 * time.Second
)

// pages is where providers report; nil where none does.
func (s *shell) pages() http.Handler {
	mux, any := http.NewServeMux(), false
	for _, chain := range s.chains {
		for _, p := range chain {
			if from := p.reporter(); from != nil {
				at, _ := url.Parse(from.ReportsTo()) // the channel has checked it
				mux.Handle("POST "+strings.TrimRight(at.Path, "/")+"/{platform}/{userkey}/{id}", s.reported(p, from))
				any = true
			}
		}
	}
	if !any {
		return nil
	}
	return mux
}

// reported answers in words that tell a stranger nothing.
func (s *shell) reported(p *provider, from channel.Reporter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), reportTime)
		defer cancel()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		at := place{r.PathValue("platform"), r.PathValue("userkey"), r.PathValue("id")}
		report, err := from.ReadReport(at.route(), r.Header, body)
		if err == nil {
			err = s.take(ctx, p, at, report)
		}
		w.WriteHeader(s.answer(ctx, p, err))
	})
}

func (s *shell) answer(ctx context.Context, p *provider, err error) int {
	switch {
	case err == nil:
		return http.StatusNoContent
	case errors.Is(err, channel.ErrForged), errors.Is(err, eventstore.ErrNoStream):
		s.Logger.WarnContext(ctx, "report was refused", "provider", p.Name(), "error", err)
		return http.StatusForbidden
	}
	s.Logger.ErrorContext(ctx, "report was not taken", "provider", p.Name(), "error", err)
	return http.StatusServiceUnavailable
}

// A place is which notification a report is about.
type place struct{ platform, userkey, id string }

func (p place) route() string { return p.platform + "/" + p.userkey + "/" + p.id }

func (p place) stream() eventstore.Stream {
	return eventstore.Stream{Platform: p.platform, Kind: worker.NotificationKind, UserKey: p.userkey, ID: p.id}
}

// take keeps what a report says that is news. Its cause is what it says: once is enough.
func (s *shell) take(ctx context.Context, p *provider, at place, report channel.Report) error {
	said := decide.Reported{Provider: p.Name(), ProviderRef: report.ProviderID, Taken: report.Taken, Arrived: report.Arrived}
	state := "taken"
	if report.Arrived {
		state = "arrived"
	}
	if f := report.Failure; f != nil {
		said.Reason, said.Code, said.Temporary, state = notification.Reason(f.Reason), f.Code, f.Temporary, "failed"
	}
	return s.told(ctx, at, "report/"+events.DerivedID(report.ProviderID, state), said)
}

// told keeps what was said of a notification, under a cause of its own.
func (s *shell) told(ctx context.Context, at place, cause string, said decide.Reported) error {
	user, err := s.userOf(ctx, at)
	if err != nil {
		return err
	}
	r := decider.Request{Platform: at.platform, User: user, UserKey: at.userkey}
	return s.keep(ctx, r, at.id, cause, s.Now(), said, func(state notification.State, p decide.Policy, now time.Time) (decide.Decision, error) {
		return decide.Report(state, user, said, p, now), nil
	})
}

// userOf reads the whole user id, which a stream's first commit alone names.
func (s *shell) userOf(ctx context.Context, at place) (string, error) {
	if _, known := s.Policies(at.platform); !known {
		return "", eventstore.ErrNoStream
	}
	for c, err := range s.Store.Replay(ctx, at.stream(), 1) {
		return c.User, err
	}
	return "", eventstore.ErrNoStream
}
