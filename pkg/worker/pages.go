package worker

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// pages counts what people are answered, by the pattern that their request fits: a path holds tokens.
type pages struct {
	next    http.Handler
	answers *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newPages(worker string, next http.Handler) *pages {
	of := prometheus.Labels{"worker": worker}
	return &pages{next,
		prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_page_answers_total", Help: "Answers to browsers and providers, by route and status.", ConstLabels: of,
		}, []string{"route", "status"}),
		prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "countersign_page_seconds", Help: "How long answers took.", ConstLabels: of, Buckets: prometheus.DefBuckets,
		}, []string{"route"}),
	}
}

func (p *pages) collectors() []prometheus.Collector {
	return []prometheus.Collector{p.answers, p.seconds}
}

// ServeHTTP implements http.Handler.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun, seen := time.Now(), &status{ResponseWriter: w, code: http.StatusOK}
	r.Pattern = "" // of a mux before this one
	defer func() {
		route := r.Pattern
		if route == "" {
			route = "none"
		}
		p.answers.WithLabelValues(route, strconv.Itoa(seen.code)).Inc()
		p.seconds.WithLabelValues(route).Observe(time.Since(begun).Seconds())
	}()
	p.next.ServeHTTP(seen, r)
}

// status remembers what was answered.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach what is below.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }
