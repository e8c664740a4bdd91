package bus

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// answerMetrics are by worker and RPC.
type answerMetrics struct {
	worker  string
	answers *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newAnswerMetrics(r prometheus.Registerer, worker string) (*answerMetrics, error) {
	if r == nil {
		r = prometheus.NewRegistry()
	}
	const ns = "countersign_rpc_"
	m := &answerMetrics{
		worker:  worker,
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: ns + "answers_total", Help: "RPCs by outcome: answered, refused, unavailable, or a code of the contract."}, []string{"worker", "rpc", "outcome"}),
		seconds: prometheus.NewHistogramVec(histogram(ns+"answer_seconds", "How long answers took."), []string{"worker", "rpc"}),
	}
	return m, errors.Join(register(r, &m.answers), register(r, &m.seconds))
}

// begin shows a question's series from the beginning.
func (m *answerMetrics) begin(e Endpoint) {
	for _, outcome := range []string{"answered", Unavailable} {
		m.answers.WithLabelValues(m.worker, e.name(), outcome)
	}
	m.seconds.WithLabelValues(m.worker, e.name())
}

func (m *answerMetrics) count(e Endpoint, outcome string) {
	m.answers.WithLabelValues(m.worker, e.name(), outcome).Inc()
}

func (m *answerMetrics) time(e Endpoint, d time.Duration) {
	m.seconds.WithLabelValues(m.worker, e.name()).Observe(d.Seconds())
}
