package embedded

import (
	"fmt"
	"log/slog"

	"github.com/nats-io/nats-server/v2/server"
)

// A journal takes the server's words: what is wrong into the log, what is fatal back to Start.
type journal struct {
	log   *slog.Logger
	fatal chan error // holds one
}

var _ server.Logger = journal{}

func (j journal) Errorf(format string, v ...any) {
	j.log.Warn("bus server: " + fmt.Sprintf(format, v...))
}
func (j journal) Warnf(format string, v ...any) {
	j.log.Warn("bus server: " + fmt.Sprintf(format, v...))
}

func (j journal) Fatalf(format string, v ...any) {
	select {
	case j.fatal <- fmt.Errorf(format, v...):
	default:
	}
}

func (journal) Noticef(string, ...any) {}
func (journal) Debugf(string, ...any)  {}
func (journal) Tracef(string, ...any)  {}
