package process

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// connected is a readiness check.
func connected(conn *bus.Conn) func(context.Context) error {
	return func(context.Context) error {
		if !conn.IsConnected() {
			return fmt.Errorf("the connection is %s", strings.ToLower(conn.Status().String()))
		}
		return nil
	}
}

// durables are the consumers that the worker pulls from. It may not make them: they are an operator's.
type durables struct {
	conn      *bus.Conn
	js        jetstream.JetStream
	consumers []bus.Consumer
}

func newDurables(conn *bus.Conn, consumers []bus.Consumer) (durables, error) {
	js, err := jetstream.New(conn.Conn)
	return durables{conn, js, consumers}, err
}

// check names every one that is not there.
func (d durables) check(ctx context.Context) error {
	var missing []string
	for _, c := range d.consumers {
		_, err := d.js.Consumer(ctx, c.Stream, c.Durable)
		switch {
		case errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
			missing = append(missing, c.Stream+"/"+c.Durable)
		case err != nil:
			return fmt.Errorf("read durable consumer %s of %s: %w", c.Durable, c.Stream, d.reason(err))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("durable consumers are not there: %s: an operator makes them by `countersign streams apply`", strings.Join(missing, ", "))
	}
	return nil
}

// reason says what a mere timeout hides: that the bus has refused the question.
func (d durables) reason(err error) error {
	if last := d.conn.LastError(); errors.Is(last, nats.ErrPermissionViolation) {
		return fmt.Errorf("%w (%w: is COUNTERSIGN_NATS_USER that of this worker?)", err, last)
	}
	return err
}
