package faults_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"countersign/e2e/faults"
	"countersign/e2e/stranger"
	"github.com/nats-io/nats.go"
)

type data = stranger.Data

var roles = []string{"login", "settings", "support", "approver"}

// A platform has one connection for each role, beside the line: what breaks is between the workers and the rest.
type platform struct {
	*faults.Book
	waits atomic.Pointer[waits] // of who asks now
	as    map[string]*stranger.Platform
	mail  *mail
	stop  context.CancelFunc
	deaf  chan struct{} // closed when nothing is heard any more
}

func (s *site) openPlatform() (*platform, error) {
	p := &platform{Book: faults.NewBook(), mail: s.mail, as: map[string]*stranger.Platform{}, deaf: make(chan struct{})}
	for _, role := range roles {
		password, err := os.ReadFile(filepath.Join(s.passwords, "acme."+role))
		if err != nil {
			return nil, err
		}
		if p.as[role], err = stranger.Connect(s.url(), "acme", nats.UserInfo("acme."+role, string(password))); err != nil {
			return nil, err
		}
	}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	go p.listen(ctx)
	return p, nil
}

// listen takes everything that is said to the platform from its durable, over the deaths of the bus.
func (p *platform) listen(ctx context.Context) {
	defer close(p.deaf)
	for ctx.Err() == nil {
		records, err := p.as["login"].Records(ctx)
		if err != nil {
			_ = rest(ctx, again)
			continue
		}
		for err == nil {
			var e stranger.Event
			if e, err = records.Next(ctx); err == nil {
				p.Hear(e)
			}
		}
		records.Close()
	}
}

func (p *platform) close() {
	p.stop()
	<-p.deaf
	for _, c := range p.as {
		c.Close()
	}
}

const (
	again   = 200 * time.Millisecond
	patient = 2 * time.Minute // for one answer
)

// A member is a user of the platform.
type member struct {
	*platform
	user    string
	guarded bool
}

// A question is asked anew, under another id, where it was too late: whoever typed it would type again.
type question struct {
	role, fact string
	want       []string
	data       func() data
	wrong      bool
}

func (m *member) ask(ctx context.Context, q question) (stranger.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for {
		d := q.data()
		d["user"] = m.user
		code, _ := d["code"].(string)
		id, answered := stranger.NewID(""), m.waits.Load().ask()
		answer := m.Ask(faults.Question{ID: id, Fact: q.fact, User: m.user, Code: code, Wrong: q.wrong, Guarded: m.guarded})
		if err := m.publish(ctx, q, id, d); err != nil {
			return stranger.Event{}, err
		}
		select {
		case e := <-answer:
			answered()
			if e.Text("code") != "too_late" {
				return e, expected(e, q)
			}
		case <-ctx.Done():
			return stranger.Event{}, fmt.Errorf("%s %s has no answer", q.fact, id)
		}
		if err := rest(ctx, again); err != nil {
			return stranger.Event{}, fmt.Errorf("%s is always too late", q.fact)
		}
	}
}

func expected(e stranger.Event, q question) error {
	if !slices.Contains(q.want, e.Fact()) {
		return fmt.Errorf("%s is answered by %s, want one of %v", q.fact, e, q.want)
	}
	return nil
}

// publish sends a question until the bus has confirmed it: what a dying bus has taken is sent again under the same id.
func (m *member) publish(ctx context.Context, q question, id string, d data) error {
	on := m.as[q.role]
	for {
		try, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := on.Publish(try, stranger.AskAgain(on.Message(q.fact, id, d)))
		cancel()
		if err == nil {
			return nil
		}
		if rest(ctx, again) != nil {
			return fmt.Errorf("publish %s: %w", q.fact, err)
		}
		m.Again(id)
	}
}

// call asks an RPC until somebody answers.
func (m *member) call(ctx context.Context, rpc string, d data) (stranger.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	d["user"] = m.user
	for {
		try, cancel := context.WithTimeout(ctx, 2*time.Second)
		answer, err := m.as["settings"].Call(try, rpc, d)
		cancel()
		if err == nil {
			return answer, nil
		}
		if rest(ctx, again) != nil {
			return answer, fmt.Errorf("ask %s: %w", rpc, err)
		}
	}
}
