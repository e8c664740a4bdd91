package backlog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"countersign/e2e/bench/crowd"
)

const (
	publishers = 4    // connections
	inFlight   = 4096 // of each
	patience   = time.Minute
)

// fill has n messages wait on the bus, numbered from first; users take turns.
func fill(ctx context.Context, url string, l load, users []crowd.User, first, n int) error {
	group, ctx := errgroup.WithContext(ctx)
	for p := range publishers {
		group.Go(func() error { return publish(ctx, url, l, users, first+p, first+n) })
	}
	return group.Wait()
}

// publish writes every message whose turn is this publisher's, from first to before end.
func publish(ctx context.Context, url string, l load, users []crowd.User, first, end int) error {
	conn, err := nats.Connect(url)
	if err != nil {
		return fmt.Errorf("connect publisher: %w", err)
	}
	defer conn.Close()
	var refused failure
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(inFlight), jetstream.WithPublishAsyncErrHandler(refused.hear))
	if err != nil {
		return fmt.Errorf("open bus: %w", err)
	}
	for n := first; n < end; n += publishers {
		m, err := l.write(users[n%len(users)], n, time.Now())
		if err != nil {
			return err
		}
		if _, err := js.PublishMsgAsync(m, jetstream.WithStallWait(patience)); err != nil {
			return fmt.Errorf("publish %s: %w", m.Subject, err)
		}
	}
	select {
	case <-js.PublishAsyncComplete():
		return refused.first()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A failure keeps the first error that the bus answers with.
type failure struct {
	mu  sync.Mutex
	err error
}

func (f *failure) hear(_ jetstream.JetStream, m *nats.Msg, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = fmt.Errorf("publish %s: %w", m.Subject, err)
	}
}

func (f *failure) first() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
