package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// PagesConfig is what ListenForPages needs.
type PagesConfig struct {
	Listen string // host:port; port 0 takes a free one. Plain HTTP: what stands before it ends TLS
	Logger *slog.Logger
}

// Bounds of one request to a page, so that nobody holds a connection for free.
const (
	headerTime    = 5 * time.Second
	requestTime   = 10 * time.Second // header and body
	responseTime  = 30 * time.Second // from the end of the header on: a page may wait for other workers
	idleTime      = time.Minute
	maxPageHeader = 16 << 10 // bytes
)

// Pages is a server of what people see.
type Pages struct {
	listener net.Listener
	log      *slog.Logger
}

// ListenForPages listens, so that an address that is taken stops the process before it has begun. Whoever comes before the pages are
// served waits.
func ListenForPages(c PagesConfig) (*Pages, error) {
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for pages: %w", err)
	}
	return &Pages{listener, c.Logger}, nil
}

// Addr is where it listens.
func (p *Pages) Addr() string { return p.listener.Addr().String() }

// Part serves h. It is the first to stop: requests under way are answered while everything that they need still runs.
func (p *Pages) Part(h http.Handler) Part {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: responseTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxPageHeader, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	return Part{
		Name: "pages",
		Run: func(context.Context) error {
			if err := server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
		Stop:  server.Shutdown,
		Close: func(context.Context) error { return server.Close() },
	}
}

// Close is for a process that fails before it serves; a server has closed it already.
func (p *Pages) Close() error {
	if err := p.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
