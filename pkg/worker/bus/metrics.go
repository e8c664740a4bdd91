package bus

import (
	"errors"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
)

// Outcomes of a message.
const (
	outcomeDone  = "done"
	outcomeRetry = "retry"
	outcomeDead  = "dead"
)

// metrics are by worker and type; both are written in tables, nothing of a message becomes a label.
type metrics struct {
	worker   string
	messages *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	waited   *prometheus.HistogramVec
	pending  *prometheus.GaugeVec
	lanes    *prometheus.GaugeVec
	oldest   *oldest
	busy     func() int
	topics   sync.Map // of *topicMetrics, by topic
}

// topicMetrics are those of one topic: to find them by their labels for each message takes longer than to count it.
type topicMetrics struct {
	seconds, waited prometheus.Observer
	pending, lanes  prometheus.Gauge
	outcomes        map[string]prometheus.Counter
}

func (m *metrics) of(topic string) *topicMetrics {
	if known, ok := m.topics.Load(topic); ok {
		return known.(*topicMetrics)
	}
	t := &topicMetrics{
		seconds: m.seconds.WithLabelValues(m.worker, topic), waited: m.waited.WithLabelValues(m.worker, topic),
		pending: m.pending.WithLabelValues(m.worker, topic), lanes: m.lanes.WithLabelValues(m.worker),
		outcomes: map[string]prometheus.Counter{},
	}
	for _, o := range []string{outcomeDone, outcomeRetry, outcomeDead} {
		t.outcomes[o] = m.messages.WithLabelValues(m.worker, topic, o)
	}
	m.topics.Store(topic, t)
	return t
}

func newMetrics(r prometheus.Registerer, worker string) (*metrics, error) {
	if r == nil {
		r = prometheus.NewRegistry()
	}
	const ns = "countersign_bus_"
	byType := []string{"worker", "type"}
	m := &metrics{
		worker: worker, oldest: newOldest(worker),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: ns + "messages_total", Help: "Messages by what became of them."}, append(byType, "outcome")),
		seconds:  prometheus.NewHistogramVec(histogram(ns+"handle_seconds", "How long handlers took."), byType),
		waited:   prometheus.NewHistogramVec(histogram(ns+"wait_seconds", "From being stored on the bus to the first handling."), byType),
		pending:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: ns + "lag", Help: "Messages behind the one that was handled last."}, byType),
		lanes:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: ns + "lanes_busy", Help: "Lanes at work."}, []string{"worker"}),
	}
	return m, errors.Join(
		register(r, &m.messages), register(r, &m.seconds), register(r, &m.waited), register(r, &m.pending), register(r, &m.lanes), register(r, &m.oldest),
	)
}

func histogram(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Name: name, Help: help, Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}}
}

// register takes the collector that is there already where several workers share a process.
func register[C prometheus.Collector](r prometheus.Registerer, c *C) error {
	err := r.Register(*c)
	var there prometheus.AlreadyRegisteredError
	if errors.As(err, &there) {
		*c = there.ExistingCollector.(C)
		return nil
	}
	return err
}

// begin shows a type's series from the beginning: a rate misses a first count that it has not seen at zero.
func (m *metrics) begin(topic string) {
	for _, outcome := range []string{outcomeDone, outcomeRetry, outcomeDead} {
		m.messages.WithLabelValues(m.worker, topic, outcome)
	}
	m.seconds.WithLabelValues(m.worker, topic)
	m.waited.WithLabelValues(m.worker, topic)
	m.pending.WithLabelValues(m.worker, topic)
	m.lanes.WithLabelValues(m.worker)
}

func (m *metrics) watch(l *Lanes) { m.busy = l.Busy }

// observe is the outermost middleware: it sees what the message came to.
func (m *metrics) observe(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		h, start := heldOf(msg.Context()), time.Now()
		t := m.of(h.sub.topic)
		t.lanes.Set(float64(m.busy()))
		if h.d.Deliveries == 1 {
			t.waited.Observe(max(0, start.Sub(h.d.Stored).Seconds()))
		}
		t.pending.Set(float64(h.pending))
		out, err := next(msg)
		t.seconds.Observe(time.Since(start).Seconds())
		t.outcomes[outcome(msg, h)].Inc()
		t.lanes.Set(float64(m.busy() - 1))
		return out, err
	}
}

func outcome(msg *message.Message, h *held) string {
	if h.verdict.terminate != "" {
		return outcomeDead
	}
	select {
	case <-msg.Nacked():
		return outcomeRetry
	default:
		return outcomeDone
	}
}
