package notifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/runtime"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/channel"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics show each provider as it is now, what came of its tries, and what was held back.
type metrics struct {
	chains    chains
	open      *prometheus.Desc
	tries     *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	overdrawn *prometheus.CounterVec
	pauses    prometheus.Counter
	returned  *prometheus.CounterVec
}

func newMetrics(all chains) *metrics {
	m := &metrics{
		chains: all,
		open: prometheus.NewDesc("countersign_notifier_provider_open",
			"1 while the provider is taken to be down and asked once in a while only.", []string{"channel", "provider"}, nil),
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_notifier_tries_total", Help: "Calls to providers, by what came of them: taken, or why not.",
		}, []string{"channel", "provider", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "countersign_notifier_try_seconds", Help: "How long calls to providers took.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30},
		}, []string{"channel", "provider"}),
		overdrawn: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_notifier_over_budget_total", Help: "Messages that were not sent, by the budget that was used up; pause: the prefix was paused.",
		}, []string{"budget"}),
		pauses: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "countersign_notifier_prefix_pauses_total", Help: "Pauses of prefixes whose codes were hardly ever entered.",
		}),
		returned: newReturned(),
	}
	for c, chain := range all {
		for _, p := range chain {
			m.begin(c, p)
		}
	}
	for _, of := range budget.Scopes() { // a rate that begins with its first count misses it
		m.overdrawn.WithLabelValues(string(of))
	}
	return m
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	to <- m.open
	for _, of := range m.own() {
		of.Describe(to)
	}
}

func (m *metrics) own() []prometheus.Collector {
	return []prometheus.Collector{m.tries, m.seconds, m.overdrawn, m.pauses, m.returned}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	for name, chain := range m.chains {
		for _, p := range chain {
			open := 0.0
			if p.breaker.Open() {
				open = 1
			}
			to <- prometheus.MustNewConstMetric(m.open, prometheus.GaugeValue, open, string(name), p.Name())
		}
	}
	for _, of := range m.own() {
		of.Collect(to)
	}
}

// over notes that a budget was used up; "" for none.
func (m *metrics) over(b budget.Scope) {
	if b != "" {
		m.overdrawn.WithLabelValues(string(b)).Inc()
	}
}

// count notes what came of a try.
func (m *metrics) count(c notification.Channel, p *provider, err error) {
	m.tries.WithLabelValues(string(c), p.Name(), outcome(err)).Inc()
}

// took notes how long one was.
func (m *metrics) took(c notification.Channel, p *provider, d time.Duration) {
	m.seconds.WithLabelValues(string(c), p.Name()).Observe(d.Seconds())
}

// begin shows a provider's series from the beginning.
func (m *metrics) begin(c notification.Channel, p *provider) {
	m.seconds.WithLabelValues(string(c), p.Name())
	m.tries.WithLabelValues(string(c), p.Name(), taken)
	for _, why := range []channel.Reason{
		channel.BadAddress, channel.OptedOut, channel.Unreachable, channel.ProviderDown, channel.Expired, channel.UnknownOutcome,
	} {
		m.tries.WithLabelValues(string(c), p.Name(), string(why))
	}
}

const taken = "taken"

// outcome is a word of the contract, or that the provider has taken it.
func outcome(err error) string {
	if f, failed := channel.AsFailure(err); failed {
		return string(f.Reason)
	}
	return taken
}

// check names the providers that are down. Only when all of every channel are it denies readiness: one channel that is down takes no other from
// its work.
func (c chains) check(context.Context) error {
	var down []string
	asked := false
	for name, chain := range c {
		for _, p := range chain {
			if p.breaker.Open() {
				down = append(down, fmt.Sprintf("%s by %s", name, p.Name()))
			} else {
				asked = true
			}
		}
	}
	slices.Sort(down)
	switch named := strings.Join(down, ", "); {
	case len(down) == 0:
		return nil
	case asked:
		return runtime.Degraded("down: " + named)
	default:
		return errors.New("every provider is down: " + named)
	}
}
