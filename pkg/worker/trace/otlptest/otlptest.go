// Package otlptest is a collector of traces for tests: it takes OTLP over HTTP, as a real one does, keeps what it was sent byte by byte, and reads
// it.
package otlptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Path is where a Collector takes traces.
const Path = "/v1/traces"

const most = 64 << 20 // bytes of a request

// A Collector keeps what is sent to it.
type Collector struct {
	URL string // for COUNTERSIGN_TRACES_URL

	server *http.Server
	done   chan struct{}

	mu      sync.Mutex
	raw     bytes.Buffer
	spans   []Span
	headers []http.Header
	status  int
	hold    chan struct{}
	grown   chan struct{} // closed when more was sent
}

// Start listens on a free port of this machine until Close.
func Start() (*Collector, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start collector: %w", err)
	}
	c := &Collector{URL: "http://" + l.Addr().String() + Path, done: make(chan struct{}), grown: make(chan struct{}), status: http.StatusOK}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second}
	go func() { defer close(c.done); _ = c.server.Serve(l) }()
	return c, nil
}

// Close ends it, and lets go of whoever is held.
func (c *Collector) Close() {
	c.Answer(http.StatusOK)
	_ = c.server.Close()
	<-c.done
}

// Answer has every request answered with a status from now on; what is not 200 is not kept.
func (c *Collector) Answer(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
	if c.hold != nil {
		close(c.hold)
		c.hold = nil
	}
}

// Hold has requests wait until Answer or Close.
func (c *Collector) Hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold = make(chan struct{})
}

// ServeHTTP implements http.Handler.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, most))
	var sent collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &sent)
	}
	if err != nil || r.URL.Path != Path || r.Header.Get("Content-Type") != "application/x-protobuf" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if c.wait(r.Context()) != nil {
		return // nobody waits for the answer: it has been given up
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(c.keep(r.Header, body, &sent))
}

func (c *Collector) wait(ctx context.Context) error {
	c.mu.Lock()
	hold := c.hold
	c.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

func (c *Collector) keep(h http.Header, body []byte, sent *collector.ExportTraceServiceRequest) (status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status == http.StatusOK {
		c.raw.Write(body)
		c.spans, c.headers = append(c.spans, read(sent)...), append(c.headers, h)
	}
	close(c.grown)
	c.grown = make(chan struct{})
	return c.status
}

// Raw is everything that was sent, as it came.
func (c *Collector) Raw() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.raw.Bytes())
}

// Headers are those of every request that was kept.
func (c *Collector) Headers() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.headers)
}

// Spans are those that came so far.
func (c *Collector) Spans() []Span {
	spans, _ := c.now()
	return spans
}

func (c *Collector) now() ([]Span, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans), c.grown
}

// Await returns what came once enough of it has.
func (c *Collector) Await(ctx context.Context, enough func([]Span) bool) ([]Span, error) {
	for {
		spans, grown := c.now()
		if enough(spans) {
			return spans, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return spans, fmt.Errorf("await spans: %w", ctx.Err())
		}
	}
}
