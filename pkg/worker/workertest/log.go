package workertest

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"

	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/trace"
)

// lines keeps what the workers log, so that a test can search it for what must not stand there.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.text.Bytes())
}

func (h *House) logTo(t testing.TB) {
	h.lines = &lines{}
	kept := slog.NewJSONHandler(h.lines, &slog.HandlerOptions{Level: slog.LevelDebug})
	h.log = slog.New(trace.Logs(slog.NewMultiHandler(bustest.Logger(t).Handler(), kept)))
}
