// Package otlp sends a worker's traces to a collector, by OTLP over HTTP.
//
// A collector that is slow, full or gone costs traces and nothing else: what is traced goes into a queue of 4096 spans that nobody waits for, and
// what finds it full is dropped. Nothing is sent again after a few seconds. A stop sends what is left, for as long as it is let, and then lets go.
package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"countersign/pkg/worker/trace"
)

const (
	queue     = 4096            // spans
	batch     = 512             // spans of one request
	every     = 2 * time.Second // how long spans gather
	sending   = 5 * time.Second // of one batch, its repetitions included
	flushing  = 3 * time.Second // of what is left at the end
	leaving   = time.Second     // of what was cut short
	idleLines = 2
)

// Config says whose traces they are.
type Config struct {
	Worker  string
	Logger  *slog.Logger
	Metrics prometheus.Registerer // nil: none
}

// A Sender sends what its Tracer traces. nil is one that is switched off.
type Sender struct {
	tracer   *trace.Tracer
	provider *sdk.TracerProvider
	exporter *exporter
	line     *http.Transport
}

// Open makes a Sender, which is nil where the settings name nobody to send to. It does not connect.
func Open(s Settings, c Config) (*Sender, error) {
	if s.URL == "" {
		return nil, nil
	}
	secure, err := s.tls()
	if err != nil {
		return nil, err
	}
	line := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: secure, MaxIdleConns: idleLines, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	to, err := otlptracehttp.New(context.Background(), s.options(line)...)
	if err != nil {
		return nil, fmt.Errorf("open traces: %w", err)
	}
	out, err := newExporter(to, c)
	if err != nil {
		return nil, fmt.Errorf("open traces: register metrics: %w", err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(s.Ratio))),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "countersign-"+c.Worker))),
		sdk.WithSpanProcessor(out),
		sdk.WithBatcher(out, sdk.WithMaxQueueSize(queue), sdk.WithMaxExportBatchSize(batch), sdk.WithBatchTimeout(every), sdk.WithExportTimeout(sending)),
	)
	return &Sender{tracer: trace.New(provider, c.Worker), provider: provider, exporter: out, line: line}, nil
}

func (s Settings) options(line *http.Transport) []otlptracehttp.Option {
	options := []otlptracehttp.Option{
		otlptracehttp.WithEndpointURL(s.URL), otlptracehttp.WithTimeout(sending),
		otlptracehttp.WithHTTPClient(&http.Client{
			Transport: line, Timeout: sending, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: sending / 20, MaxInterval: sending / 5, MaxElapsedTime: sending}),
	}
	if !s.Authorization.IsZero() {
		options = append(options, otlptracehttp.WithHeaders(map[string]string{"Authorization": s.Authorization.Reveal()}))
	}
	return options
}

// Tracer is what the worker traces with; nil for what is switched off.
func (s *Sender) Tracer() *trace.Tracer {
	if s == nil {
		return nil
	}
	return s.tracer
}

// Flush sends what is there, for a few seconds at most. Its error is always nil: what could not be sent is said in the log and no failure of the
// worker's.
func (s *Sender) Flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushing)
	defer cancel()
	if err := s.provider.ForceFlush(ctx); err != nil {
		s.exporter.conf.Logger.WarnContext(ctx, "send the last traces", "error", err)
	}
	return nil
}

// Close lets go of the collector. What has not been flushed is lost.
func (s *Sender) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, leaving)
	defer cancel()
	defer s.line.CloseIdleConnections()
	_ = s.exporter.stop(ctx) // first: it cuts short what is on its way
	if err := s.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("close traces: %w", err)
	}
	return nil
}
