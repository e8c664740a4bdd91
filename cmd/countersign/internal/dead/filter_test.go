package dead_test

import (
	"strings"
	"testing"
	"time"

	"countersign/cmd/countersign/internal/dead"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
)

func TestAFilterFindsWhatItNames(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	w.letters(1)
	w.write("verify", "attempt.submitted", "mfa.acme.in.attempt.submitted", guard.AttemptSubmittedType, "{}")
	all := w.letters(2)
	box := w.box(w.conn("operator"))
	for name, c := range map[string]struct {
		filter dead.Filter
		found  []uint64
	}{
		"nothing":               {dead.Filter{}, all},
		"a platform":            {dead.Filter{Platform: "acme"}, all},
		"another platform":      {dead.Filter{Platform: "other"}, nil},
		"a worker":              {dead.Filter{Worker: "verify"}, all[1:]},
		"a fact":                {dead.Filter{Type: "requirement.requested"}, all[:1]},
		"a wire name":           {dead.Filter{Type: guard.AttemptSubmittedType}, all[1:]},
		"a reason":              {dead.Filter{Reason: "panic"}, all},
		"another reason":        {dead.Filter{Reason: "malformed"}, nil},
		"a user":                {dead.Filter{UserKey: w.User("ann-1").Key}, all[:1]},
		"what is old":           {dead.Filter{OlderThan: time.Hour}, nil},
		"what is young":         {dead.Filter{YoungerThan: time.Hour}, all},
		"one":                   {dead.Filter{Sequences: []dead.Range{{First: all[1], Last: all[1]}}}, all[1:]},
		"a range":               {dead.Filter{Sequences: []dead.Range{{First: 1, Last: all[0]}}}, all[:1]},
		"a range of a worker's": {dead.Filter{Worker: "enroll", Sequences: []dead.Range{{First: 1, Last: 99}}}, all[:1]},
	} {
		var found []uint64
		c.filter.Now = time.Now()
		err := box.Each(t.Context(), c.filter, func(l dead.Letter) error { found = append(found, l.Sequence); return nil })
		if err != nil || len(found) != len(c.found) || len(found) > 0 && found[0] != c.found[0] {
			t.Errorf("%s: found %v, want %v (%v)", name, found, c.found, err)
		}
	}
}

func TestAFilterSaysEverythingThatIsWrongWithIt(t *testing.T) {
	err := dead.Filter{Platform: "Acme!", Worker: "*", Reason: ">", UserKey: "a.b", Type: "login", OlderThan: time.Hour, YoungerThan: time.Minute}.Check()
	for _, part := range []string{"--platform", "--worker", "--reason", "--userkey", "--type", "--older-than is not below"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("no word of %s in %v", part, err)
		}
	}
	if err := (dead.Filter{}).Chosen(); err == nil || !strings.Contains(err.Error(), "--all") {
		t.Errorf("every letter by oversight: %v", err)
	}
	ranges, err := dead.ReadRanges([]string{"17", "20-25"})
	if err != nil || len(ranges) != 2 || ranges[1] != (dead.Range{First: 20, Last: 25}) {
		t.Errorf("got %v, %v", ranges, err)
	}
	if _, err := dead.ReadRanges([]string{"0", "5-4", "x", "-3", "1-"}); err == nil || strings.Count(err.Error(), "is no sequence") != 5 {
		t.Errorf("got %v", err)
	}
}
