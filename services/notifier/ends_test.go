package notifier_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
)

// an end is what was said of a notification.
type end struct {
	said   string // the fact and the reason
	final  bool
	record notification.Outcome
}

func outcomeOf(e workertest.Event) (end, bool) {
	var o notification.Outcome
	switch e := e.Event.(type) {
	case *notification.Sent:
		o = e.Outcome
	case *notification.Failed:
		o = e.Outcome
	case *notification.Suppressed:
		o = e.Outcome
	default:
		return end{}, false
	}
	_, fact, _, _ := events.ParseName(e.Envelope.Type)
	return end{said: strings.TrimSpace(fact + " " + string(o.Reason)), final: o.Final, record: o}, true
}

const notFinal = ", not final"

// said is all that was said of notifications about something, final where it says so.
func (f *fixture) said(about string) (list []string) {
	for _, e := range workertest.Once(f.Heard(func(workertest.Event) bool { return true })) {
		o, ok := outcomeOf(e)
		if !ok || o.record.About != about {
			continue
		}
		if !o.final {
			o.said += notFinal
		}
		list = append(list, o.said)
	}
	return list
}

// wantEnds awaits what is final of the notifications about something, and checks all that was said of them.
func (f *fixture) wantEnds(about string, want ...string) {
	f.t.Helper()
	f.checksEnds(f.t, about, want)
}

func (f *fixture) checksEnds(t *testing.T, about string, want []string) {
	t.Helper()
	finals := len(slices.DeleteFunc(slices.Clone(want), func(said string) bool { return strings.HasSuffix(said, notFinal) }))
	f.Await("the end of what is about "+about, finals, func(e workertest.Event) bool {
		o, ok := outcomeOf(e)
		return ok && o.record.About == about && o.final
	})
	f.Quiet()
	if got := f.said(about); !slices.Equal(got, want) {
		t.Errorf("said was %q, want %q", got, want)
	}
}
