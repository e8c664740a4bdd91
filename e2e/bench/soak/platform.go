package soak

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/stand"
	"countersign/pkg/events"
)

const (
	inFlight = 4096 // messages that the bus has not confirmed
	patience = 30 * time.Second
)

// A platform has users log in, and hears what becomes of them.
type platform struct {
	users []crowd.User
	conn  *nats.Conn
	js    jetstream.JetStream

	mu       sync.Mutex
	begun    int              // logins, those in the flood included
	accepted int              // of them
	open     map[string]asked // by the ce-id of what was asked
	failure  error            // the first
	slots    chan struct{}    // has one for each login that may begin; nil: any may
	took     latencies
}

// An asked message waits for its answer.
type asked struct {
	login int
	at    time.Time
}

// latencies are those since somebody has taken them.
type latencies struct{ logins, attempts []time.Duration }

func open(s *stand.Stand) (*platform, error) {
	p := &platform{users: s.Users, open: map[string]asked{}}
	var err error
	if p.conn, err = nats.Connect(s.Bus.URL()); err != nil {
		return nil, fmt.Errorf("connect platform: %w", err)
	}
	refused := jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) {
		p.fail(fmt.Errorf("publish %s: %w", m.Subject, err))
	})
	if p.js, err = jetstream.New(p.conn, jetstream.WithPublishAsyncMaxPending(inFlight), refused); err == nil {
		err = p.listen()
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("open platform: %w", err)
	}
	return p, nil
}

func (p *platform) listen() error {
	sub, err := p.conn.Subscribe(events.OutSubject(crowd.Platform, "*", "*", "*"), p.hear)
	if err != nil {
		return err
	}
	return errors.Join(sub.SetPendingLimits(-1, -1), p.conn.Flush())
}

func (p *platform) close() { p.conn.Close() }

func (p *platform) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure == nil {
		p.failure = err
	}
}

// take returns the latencies since it was last called.
func (p *platform) take() latencies {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := p.took
	p.took = latencies{}
	return took
}

func (p *platform) logins() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// state is how many logins have not ended, and what went wrong.
func (p *platform) state() (waiting int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.begun - p.accepted, p.failure
}

var errStuck = errors.New("logins do not end within 30 s")

// end returns when every login has been accepted.
func (p *platform) end(ctx context.Context) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); ; {
		if waiting, err := p.state(); err != nil || waiting == 0 {
			return err
		}
		if time.Since(begun) > patience {
			return errStuck
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
