package decider

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
	"github.com/prometheus/client_golang/prometheus"
)

// What the Sweeper did that ought to have been done by others.
const (
	sweptCommit = "commit" // published what a crash left
	sweptLost   = "lost"   // published again what the bus has lost
	sweptTimer  = "timer"  // fired a timer that was overdue
)

// metrics are of one worker; those of streams are by kind.
type metrics struct {
	commits   *prometheus.HistogramVec
	conflicts *prometheus.CounterVec
	waits     *prometheus.HistogramVec
	seen      *prometheus.CounterVec
	publishes prometheus.Histogram
	oldest    *prometheus.GaugeVec
	pending   *prometheus.GaugeVec
	swept     *prometheus.CounterVec
	rejected  *prometheus.CounterVec
}

func newMetrics(worker string, kinds []string) *metrics {
	of := prometheus.Labels{"worker": worker}
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: of}, []string{label})
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: of}, []string{"kind"})
	}
	times := func(name, help string) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: name, Help: help, ConstLabels: of, Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}
	}
	m := &metrics{
		commits:   prometheus.NewHistogramVec(times("countersign_stream_commit_seconds", "How long the store took to append a commit, with those before it."), []string{"kind"}),
		conflicts: counter("countersign_stream_conflicts_total", "Commits that came too late: another worker was faster.", "kind"),
		waits:     prometheus.NewHistogramVec(times("countersign_stream_lock_wait_seconds", "From the first conflict of a message until it was settled."), []string{"kind"}),
		seen:      counter("countersign_stream_seen_total", "Messages whose effect was there already: they were answered again.", "kind"),
		publishes: prometheus.NewHistogram(times("countersign_outbox_publish_seconds", "How long the bus took to confirm what one commit publishes.")),
		oldest:    gauge("countersign_outbox_oldest_seconds", "Age of the oldest commit that is not published, above the grace of 5 s; 0: there is none."),
		pending:   gauge("countersign_outbox_pending", "Commits that are not published, above the grace of 5 s; at most 500 are counted."),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_requests_rejected_total", Help: "Requests that were refused, by the reason that the platform was told; type none: it is not known.", ConstLabels: of,
		}, []string{"type", "code"}),
		swept: counter("countersign_outbox_swept_total", "What the sweeper had to do: commit, lost or timer.", "what"),
	}
	m.begin(kinds)
	return m
}

// begin shows every series from the beginning: a rate misses a first count that it has not seen at zero.
func (m *metrics) begin(kinds []string) {
	for _, kind := range kinds {
		m.commits.WithLabelValues(kind)
		m.conflicts.WithLabelValues(kind)
		m.waits.WithLabelValues(kind)
		m.seen.WithLabelValues(kind)
		m.oldest.WithLabelValues(kind)
		m.pending.WithLabelValues(kind)
	}
	for _, code := range events.Codes() {
		m.rejected.WithLabelValues(noType, string(code))
	}
	for _, what := range []string{sweptCommit, sweptLost, sweptTimer} {
		m.swept.WithLabelValues(what)
	}
}

// Collectors are the outbox's metrics and those of all handlers that publish by it.
func (o *Outbox) Collectors() []prometheus.Collector {
	m := o.metrics
	return []prometheus.Collector{m.commits, m.conflicts, m.waits, m.seen, m.publishes, m.oldest, m.pending, m.swept, m.rejected}
}

const noType = "none" // what nobody has written in a table is no label

// answered counts a request that was refused, each time that it is said.
func (m *metrics) answered(r Request, with []events.Event) {
	if len(with) == 0 {
		return
	}
	why, refused := with[0].(*events.RequestRejected)
	if !refused {
		return
	}
	name := noType
	if r.Type.Fact != "" {
		name = r.Type.Name()
	}
	m.rejected.WithLabelValues(name, string(why.Code)).Inc()
}

// A wait begins with the first conflict of a message.
type wait struct {
	on    *metrics
	kind  string
	since time.Time
}

func (w *wait) conflict() {
	w.on.conflicts.WithLabelValues(w.kind).Inc()
	if w.since.IsZero() {
		w.since = time.Now()
	}
}

func (w *wait) end() {
	if !w.since.IsZero() {
		w.on.waits.WithLabelValues(w.kind).Observe(time.Since(w.since).Seconds())
	}
}

// unpublished notes what the store says is not published; oldest first.
func (m *metrics) unpublished(kind string, pending []eventstore.Commit, now time.Time) {
	age := 0.0
	if len(pending) > 0 {
		age = max(0, now.Sub(pending[0].At).Seconds())
	}
	m.oldest.WithLabelValues(kind).Set(age)
	m.pending.WithLabelValues(kind).Set(float64(len(pending)))
}
