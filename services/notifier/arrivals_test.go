package notifier_test

import (
	"regexp"
	"slices"
	"time"

	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

// arrived is what the other end has taken for an address, oldest first, but for the notice that follows each activation.
func (f *fixture) arrived(to string) []sink.Message {
	return slices.DeleteFunc(f.taken(), func(m sink.Message) bool { return m.To != to })
}

// taken is what the other end has taken for anybody, but for that notice.
func (f *fixture) taken() []sink.Message {
	return slices.DeleteFunc(f.inbox.List(), func(m sink.Message) bool { return mentions(m, "second step was set up") })
}

// awaitArrival returns the nth message to an address.
func (f *fixture) awaitArrival(to string, n int) sink.Message {
	f.t.Helper()
	changed, cancel := f.inbox.Subscribe()
	defer cancel()
	end := time.After(workertest.Patience)
	for {
		got := f.arrived(to)
		if len(got) >= n {
			return got[n-1]
		}
		select {
		case <-changed:
		case <-end:
			f.t.Fatalf("%d of %d messages arrived", len(got), n)
		}
	}
}

var digits = regexp.MustCompile(`\b[0-9]{6,8}\b`)

func codeIn(m sink.Message) string { return digits.FindString(m.Text) }

// wantArrivals checks that so many messages went to an address.
func (f *fixture) wantArrivals(to string, n int) {
	f.t.Helper()
	if got := len(f.arrived(to)); got != n {
		f.t.Errorf("%d messages arrived, want %d", got, n)
	}
}

// wantCode checks that every message to an address brought the code.
func (f *fixture) wantCode(to, code string) {
	f.t.Helper()
	for _, m := range f.arrived(to) {
		if codeIn(m) != code {
			f.t.Errorf("%q came with %s, want %s", m.Text, codeIn(m), code)
		}
	}
}
