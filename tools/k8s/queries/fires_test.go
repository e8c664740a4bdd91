package queries_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/tools/k8s/queries"
)

// A story is what Prometheus saw: one value each 15 s. Unless it says how long, it is half an hour.
type story struct {
	name   string
	series []string
	alert  string // "" for none
	says   string // part of the summary
	also   string // fires beside it, rightly
	spares string // the alert that such a thing must not let fire
	after  time.Duration
}

// all four workers are seen, and nothing happens; a story goes on from here.
var calm = []string{
	`countersign_bus_messages_total{namespace="mfa",worker="enroll",type="a",outcome="done"} 0x2000`,
	`countersign_bus_messages_total{namespace="mfa",worker="verify",type="a",outcome="done"} 0x2000`,
	`countersign_bus_messages_total{namespace="mfa",worker="notifier",type="a",outcome="done"} 0x2000`,
	`countersign_bus_messages_total{namespace="mfa",worker="recovery",type="a",outcome="done"} 0x2000`,
}

// times is a histogram in which so many observations fall below each bound at every step: `times(metric, labels, ".1", "0+9x120", "+Inf", "0+10x120")`.
func times(metric, with string, pairs ...string) (all []string) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, metric+`_bucket{namespace="mfa",`+with+`,le="`+pairs[i]+`"} `+pairs[i+1])
	}
	return append(all, metric+`_count{namespace="mfa",`+with+`} `+pairs[len(pairs)-1])
}

func TestAlertsFireWhenTheyMustAndNotElse(t *testing.T) {
	rules := read(t)
	var told, spared []string
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			after := s.after
			if after == 0 {
				after = 30 * time.Minute
			}
			series := s.series
			if !slices.ContainsFunc(series, func(line string) bool { return strings.Contains(line, `worker="recovery",type="a"`) }) {
				series = append(slices.Clone(calm), series...)
			}
			fired, err := queries.Fires(t.Context(), rules, series, after)
			if err != nil {
				t.Fatal(err)
			}
			if s.alert != "" && !slices.ContainsFunc(fired[s.alert], func(said string) bool { return strings.Contains(said, s.says) }) {
				t.Errorf("%s says %q, not %q", s.alert, fired[s.alert], s.says)
			}
			delete(fired, s.alert)
			delete(fired, s.also)
			for other, said := range fired {
				t.Errorf("%s fires: %q", other, said)
			}
		})
		told, spared = append(told, s.alert), append(spared, s.spares)
	}
	for _, r := range rules {
		if r.Alert != "" && !slices.Contains(told, r.Alert) {
			t.Errorf("no story lets %s fire", r.Alert)
		}
		if r.Alert != "" && !slices.Contains(spared, r.Alert) {
			t.Errorf("no story comes near %s and does not let it fire", r.Alert)
		}
	}
}

func read(t *testing.T) []queries.Rule {
	t.Helper()
	text, err := os.ReadFile("../../../deploy/k8s/components/monitoring/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := queries.ReadRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
