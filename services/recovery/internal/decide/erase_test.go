package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/decide"
)

func TestTheCaseOfAUserWhoWasErasedEnds(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		open     *recovery.Recovery
		erasedAt time.Time
		ends     bool
	}{
		"one that was open":                           {open: &recovery.Recovery{ID: "r1", OpenedAt: at, ExpiresAt: at.Add(time.Hour)}, erasedAt: at.Add(time.Second), ends: true},
		"one that was opened since, by who came back": {open: &recovery.Recovery{ID: "r1", OpenedAt: at, ExpiresAt: at.Add(time.Hour)}, erasedAt: at.Add(-time.Second)},
		"an erasure that the head does not know":      {open: &recovery.Recovery{ID: "r1", OpenedAt: at, ExpiresAt: at.Add(time.Hour)}},
		"no case":                                     {erasedAt: at},
	} {
		t.Run(name, func(t *testing.T) {
			in := decide.UserErased{Request: decide.Request{User: "u"}, ErasedAt: c.erasedAt}
			d, no := decide.Decide(recovery.State{User: "u", Open: c.open}, in, policy.Default("acme"), at.Add(time.Minute))
			if no != nil || len(d.Events) > 0 != c.ends {
				t.Fatalf("decided %+v, %v", d, no)
			}
			if c.ends && d.Events[0].(*recovery.Cancelled).Reason != recovery.CancelledErased {
				t.Errorf("ended by %+v", d.Events[0])
			}
		})
	}
}
