package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/stand"
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
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

// begin has the next user log in.
func (p *platform) begin() error {
	p.mu.Lock()
	n := p.begun
	p.begun++
	p.mu.Unlock()
	return p.ask(n, "start", &guard.LoginStarted{User: p.user(n).ID, LoginID: fmt.Sprintf("login-%d", n)})
}

func (p *platform) user(login int) crowd.User { return p.users[login%len(p.users)] }

func (p *platform) ask(login int, what string, e events.Event) error {
	id, now := fmt.Sprintf("%s-%d", what, login), time.Now()
	m, err := p.user(login).Message(id, now, e)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.open[id] = asked{login, now}
	p.mu.Unlock()
	if _, err := p.js.PublishMsgAsync(m, jetstream.WithStallWait(patience)); err != nil {
		return fmt.Errorf("publish %s: %w", m.Subject, err)
	}
	return nil
}

func (p *platform) hear(m *nats.Msg) {
	now := time.Now()
	id := m.Header.Get("ce-causationid")
	p.mu.Lock()
	a, ok := p.open[id]
	delete(p.open, id)
	p.mu.Unlock()
	if !ok {
		return
	}
	if err := p.answered(a, now, m); err != nil {
		p.fail(err)
	}
}

func (p *platform) answered(a asked, now time.Time, m *nats.Msg) error {
	switch fact := strings.Join(strings.Split(m.Subject, ".")[3:5], "."); fact {
	case "challenge.issued":
		return p.challenged(a, now, m.Data)
	case "attempt.accepted":
		p.passed(a, now)
		return nil
	default:
		return fmt.Errorf("login %d is answered by %s: %s", a.login, fact, m.Data)
	}
}

func (p *platform) challenged(a asked, now time.Time, data []byte) error {
	var issued guard.ChallengeIssued
	if err := json.Unmarshal(data, &issued); err != nil {
		return fmt.Errorf("read challenge of login %d: %w", a.login, err)
	}
	p.mu.Lock()
	p.took.logins = append(p.took.logins, now.Sub(a.at))
	p.mu.Unlock()
	u := p.user(a.login)
	return p.ask(a.login, "attempt", &guard.AttemptSubmitted{User: u.ID, ChallengeID: issued.ChallengeID, Code: events.NewSecret(u.Code(now))})
}

func (p *platform) passed(a asked, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took.attempts = append(p.took.attempts, now.Sub(a.at))
	p.accepted++
	if p.slots != nil {
		p.slots <- struct{}{}
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
