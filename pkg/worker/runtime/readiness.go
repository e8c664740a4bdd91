package runtime

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// readiness shows what /readyz says, as it is when it is asked for.
type readiness struct {
	admin *Admin
	ready *prometheus.Desc
}

// Readiness is a metric of every check by its name: 1 while it passes, if only as Degraded, else 0. Reasons are at /readyz alone.
func (a *Admin) Readiness(worker string) prometheus.Collector {
	return &readiness{a, prometheus.NewDesc("countersign_process_ready", "1 while the check passes, else 0; /readyz says why.",
		[]string{"check"}, prometheus.Labels{"worker": worker})}
}

func (r *readiness) Describe(to chan<- *prometheus.Desc) { to <- r.ready }

func (r *readiness) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	names, reasons := r.admin.ask(ctx)
	for i, name := range names {
		passes := 1.0
		if denies(reasons[i]) {
			passes = 0
		}
		to <- prometheus.MustNewConstMetric(r.ready, prometheus.GaugeValue, passes, name)
	}
}
