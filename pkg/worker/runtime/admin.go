package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewMetrics is a registry that already knows the process and the language's runtime.
func NewMetrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// AdminConfig is what StartAdmin needs.
type AdminConfig struct {
	Listen  string // host:port; port 0 takes a free one. Not for the public: reasons and metrics tell about the inside
	Metrics prometheus.Gatherer
	Logger  *slog.Logger
}

const (
	checkTimeout  = 2 * time.Second // of all readiness checks together
	scrapeTimeout = 10 * time.Second
	scrapes       = 4 // at a time
)

// Admin serves GET /livez (200 while the process runs), /readyz (200 when every check passes, if only as Degraded, else 503; one line for each
// check with its reason) and /metrics.
type Admin struct {
	listener net.Listener
	server   *http.Server
	ended    chan struct{}

	mu     sync.Mutex
	state  error // why the process itself is not ready
	checks []check
}

type check struct {
	name  string
	check func(context.Context) error
}

// Degraded is what a check says of a process that is ready and does less than it could.
type Degraded string

func (d Degraded) Error() string { return string(d) }

var errStarting, errDraining = errors.New("starting"), errors.New("draining")

// StartAdmin listens. The process is not ready until it serves.
func StartAdmin(c AdminConfig) (*Admin, error) {
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for admin: %w", err)
	}
	a := &Admin{listener: listener, ended: make(chan struct{}), state: errStarting}
	a.server = &http.Server{
		Handler: a.routes(c.Metrics), ReadTimeout: 5 * time.Second, WriteTimeout: scrapeTimeout + 5*time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelWarn),
	}
	go func() { defer close(a.ended); _ = a.server.Serve(listener) }()
	return a, nil
}

func (a *Admin) routes(metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{
		Timeout: scrapeTimeout, MaxRequestsInFlight: scrapes,
	}))
	return mux
}

// Addr is where it listens.
func (a *Admin) Addr() string { return a.listener.Addr().String() }

// Check adds a readiness check. It must end with its context, which lasts 2 s; its error is the reason that /readyz shows.
func (a *Admin) Check(name string, f func(context.Context) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.checks = append(a.checks, check{name, f})
}

func (a *Admin) set(state error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state = state
}

// Close ends it. Serve does so by itself; a process that fails before it serves calls Close.
func (a *Admin) Close(ctx context.Context) error {
	err := a.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("close admin: %w", err), a.server.Close())
	}
	<-a.ended
	return err
}

func (a *Admin) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	names, reasons := a.ask(ctx)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if slices.ContainsFunc(reasons, denies) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	for i, name := range names {
		_, _ = fmt.Fprintf(w, "%s: %s\n", name, verdict(reasons[i]))
	}
}

func denies(reason error) bool {
	_, degraded := errors.AsType[Degraded](reason)
	return reason != nil && !degraded
}

func verdict(reason error) string {
	switch {
	case reason == nil:
		return "ready"
	case denies(reason):
		return "not ready: " + strings.ReplaceAll(reason.Error(), "\n", "; ")
	}
	return "ready, but " + reason.Error()
}

// ask runs all checks at once; one that does not end in time is not waited for.
func (a *Admin) ask(ctx context.Context) (names []string, reasons []error) {
	a.mu.Lock()
	state, checks := a.state, a.checks
	a.mu.Unlock()
	names, reasons = []string{"process"}, []error{state}
	answers := make([]chan error, len(checks))
	for i, c := range checks {
		answers[i] = make(chan error, 1)
		go func() { answers[i] <- c.check(ctx) }()
	}
	for i, c := range checks {
		names, reasons = append(names, c.name), append(reasons, answerOf(ctx, answers[i]))
	}
	return names, reasons
}

// answerOf takes an answer that is there even when the time is up: a slow check must not speak for those behind it.
func answerOf(ctx context.Context, answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-answer:
		return err
	default:
		return ctx.Err()
	}
}
