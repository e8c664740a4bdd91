package soak

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/crowd"
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

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
