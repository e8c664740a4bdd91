package notifier

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/channel"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics show each provider as it is now, and what came of its tries.
type metrics struct {
	chains chains
	open   *prometheus.Desc
	tries  *prometheus.CounterVec
}

func newMetrics(all chains) *metrics {
	return &metrics{
		chains: all,
		open: prometheus.NewDesc("countersign_notifier_provider_open",
			"1 while the provider is taken to be down and asked once in a while only.", []string{"channel", "provider"}, nil),
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_notifier_tries_total", Help: "Calls to providers, by what came of them: taken, or why not.",
		}, []string{"channel", "provider", "outcome"}),
	}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) { to <- m.open; m.tries.Describe(to) }

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
	m.tries.Collect(to)
}

// count notes what came of a try; its labels are words of the contract.
func (m *metrics) count(c notification.Channel, p *provider, err error) {
	outcome := "taken"
	if f, failed := channel.AsFailure(err); failed {
		outcome = string(f.Reason)
	}
	m.tries.WithLabelValues(string(c), p.Name(), outcome).Inc()
}

// check is an error while no provider of any channel can be asked. One channel that is down takes no other from its work.
func (c chains) check(context.Context) error {
	var down []string
	for name, chain := range c {
		for _, p := range chain {
			if !p.breaker.Open() {
				return nil
			}
			down = append(down, fmt.Sprintf("%s by %s", name, p.Name()))
		}
	}
	if len(down) == 0 {
		return nil // nothing is sent at all
	}
	return errors.New("every provider is down: " + strings.Join(down, ", "))
}
