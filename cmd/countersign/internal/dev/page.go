package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"countersign/examples/platform"
	recoveries "countersign/pkg/events/recovery"
	"countersign/services/recovery"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// servePages serves the demo, the inbox, the pages of a recovery, /metrics and /healthz.
func servePages(c Config, d door, p *people, h *house, demo *platform.Platform, closers *stack) {
	server := &http.Server{
		Handler: pages(p, h, demo), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(d) }()
	closers.add(func(ctx context.Context) error {
		p.inbox.Close() // this and the next end live pages, which would hold up the server
		demo.Close()
		err := server.Shutdown(ctx)
		if served := <-done; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	})
}

func pages(p *people, h *house, demo http.Handler) http.Handler {
	mux, inbox := http.NewServeMux(), p.inbox.Handler()
	mux.Handle("/", demo)
	for _, path := range []string{"/inbox", "/inbox/", "/inbox.json"} {
		mux.Handle(path, inbox)
	}
	mux.Handle(recovery.Base+"/", h.workers[recoveries.Worker].Pages())
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if err := h.check(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprintln(w, err)
			return
		}
		_, _ = fmt.Fprintln(w, "ready")
	})
	return mux
}
