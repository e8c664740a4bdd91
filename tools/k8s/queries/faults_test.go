package queries_test

import (
	"slices"
	"testing"

	"countersign/tools/k8s/queries"
)

const shown = `# TYPE bus_messages_total counter
bus_messages_total{outcome="dead",type="login",worker="verify"} 0
bus_messages_total{outcome="done",type="login",worker="verify"} 3
bus_messages_total{outcome="done",type="timer",worker="enroll"} 3
# TYPE bus_seconds histogram
bus_seconds_bucket{worker="verify",le="1"} 1
bus_seconds_bucket{worker="verify",le="+Inf"} 1
bus_seconds_sum{worker="verify"} 1
bus_seconds_count{worker="verify"} 1
# TYPE pauses_total counter
pauses_total 0
`

func TestWhatAQueryNamesAndNobodyShowsIsFound(t *testing.T) {
	var s queries.Scrape
	if err := s.Read(shown, map[string]string{"job": "mine/workers"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"what is there":               {`sum by (worker) (rate(bus_messages_total{outcome!="dead", type=~"login|timer", job=~".+/workers"}[5m])) > 1`, nil},
		"a histogram":                 {`histogram_quantile(0.9, sum by (worker, le) (rate(bus_seconds_bucket[5m])))`, nil},
		"a metric that is misspelled": {`rate(bus_message_total[5m])`, []string{"no metric bus_message_total"}},
		"the one that is misspelled beside one that is not": {`bus_messages_total / on (worker) bus_second_count`, []string{"no metric bus_second_count"}},
		"a label to select by":                              {`bus_messages_total{of="verify"}`, []string{"bus_messages_total has no label of"}},
		"a label to leave out by":                           {`bus_messages_total{of!="verify"}`, []string{"bus_messages_total has no label of"}},
		"a label to group by":                               {`sum by (worker, of) (bus_messages_total)`, []string{"bus_messages_total has no label of to group by"}},
		"a label to match by":                               {`bus_messages_total / on (kind) bus_seconds_count`, []string{"bus_messages_total has no label kind to group by", "bus_seconds_count has no label kind to group by"}},
		"a label of another metric":                         {`pauses_total{worker="verify"}`, []string{"pauses_total has no label worker"}},
		"a value":                                           {`bus_messages_total{outcome="deaf"}`, []string{"bus_messages_total has no outcome deaf"}},
		"a value to leave out":                              {`bus_messages_total{outcome!="deaf"}`, []string{"bus_messages_total has no outcome deaf"}},
		"one value of several":                              {`bus_messages_total{type=~"login|logout"}`, []string{"bus_messages_total has no type logout"}},
		"values that never meet":                            {`bus_messages_total{type="timer",outcome="dead"}`, []string{`nothing is selected by bus_messages_total{outcome="dead",type="timer"}`}},
		"what absent asks for":                              {`absent(bus_messages_total{worker="notifier"})`, []string{"bus_messages_total has no worker notifier"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.Faults(c.query); !slices.Equal(got, c.want) {
				t.Errorf("%s\ngot  %q\nwant %q", c.query, got, c.want)
			}
		})
	}
	if got := s.Faults("rate(bus_messages_total)"); len(got) != 1 {
		t.Errorf("what is no query: %q", got)
	}
}
