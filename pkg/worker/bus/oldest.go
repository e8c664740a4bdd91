package bus

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// backFor is how long a message that was given back is counted as ours: by then it has come again, here or elsewhere.
const backFor = 3 * MaxRetry

// A returned message waits on the bus until it comes again.
type returned struct {
	stored time.Time // by the bus's clock, which is at most MaxClockOffset off
	at     time.Time
}

// oldest tells, when it is asked, how old the oldest message is that waits here.
type oldest struct {
	desc *prometheus.Desc
	mu   sync.Mutex
	of   []*Subscriber
}

func newOldest(worker string) *oldest {
	return &oldest{desc: prometheus.NewDesc("countersign_bus_oldest_seconds",
		"Age of the oldest message that is held or comes again; 0: none is.", []string{"type"}, prometheus.Labels{"worker": worker})}
}

func (o *oldest) watch(s *Subscriber) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.of = append(o.of, s)
}

// Describe implements prometheus.Collector.
func (o *oldest) Describe(to chan<- *prometheus.Desc) { to <- o.desc }

// Collect implements prometheus.Collector.
func (o *oldest) Collect(to chan<- prometheus.Metric) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ages, now := map[string]time.Duration{}, time.Now()
	for _, subscriber := range o.of {
		for _, s := range subscriber.all() {
			ages[s.topic] = max(ages[s.topic], s.age(now))
		}
	}
	for topic, age := range ages {
		to <- prometheus.MustNewConstMetric(o.desc, prometheus.GaugeValue, age.Seconds(), topic)
	}
}

// age is that of the oldest message.
func (s *subscription) age(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := now
	note := func(stored time.Time) {
		if stored.Before(first) {
			first = stored
		}
	}
	for h := range s.held {
		note(h.d.Stored)
	}
	for sequence, r := range s.back {
		if now.Sub(r.at) > backFor {
			delete(s.back, sequence)
			continue
		}
		note(r.stored)
	}
	return now.Sub(first)
}

// gaveBack remembers what comes again, as much of it as may be held.
func (s *subscription) gaveBack(h *held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.back) < s.flow.prefetch {
		s.back[h.d.Sequence] = returned{h.d.Stored, time.Now()}
	}
}
