package faults_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"countersign/e2e/faults"
	"countersign/e2e/stranger"
	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A double has a worker's credential and takes its messages; what it does with one is wrong.
type double struct {
	conn *nats.Conn
	take jetstream.MessagesContext
}

func (s *storm) double(ctx context.Context, worker, stream, durable string) (*double, error) {
	conn, err := s.connect("_"+worker, bus.InboxPrefix(worker))
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	c, err := js.Consumer(ctx, stream, durable)
	if err != nil {
		return nil, err
	}
	take, err := c.Messages(jetstream.PullMaxMessages(10))
	return &double{conn, take}, err
}

func (d *double) close() {
	d.take.Stop()
	d.conn.Close()
}

const doubted = 4 // questions, each of a user of its own

// brokenWay is what a double does with a message, and what the book must find of it.
type brokenWay struct {
	name string
	does func(d *double, m jetstream.Msg) error
	want func(faults.Tally) int
}

var broken = []brokenWay{
	{"a worker that acknowledges before it commits, and dies", func(_ *double, m jetstream.Msg) error { return m.Ack() },
		func(t faults.Tally) int { return t.Lost }},
	{"a worker that answers under new ids", answersAnew, func(t faults.Tally) int { return t.Repeated }},
}

// answersAnew answers and gives the message back, as somebody does who dies before the acknowledgement; the id follows from nothing.
func answersAnew(d *double, m jetstream.Msg) error {
	var asked struct{ User string }
	if err := json.Unmarshal(m.Data(), &asked); err != nil {
		return err
	}
	answer := nats.NewMsg("mfa.acme.out.secret.created." + stranger.UserKey("acme", asked.User))
	for name, value := range map[string]string{
		"ce-specversion": "1.0", "ce-id": stranger.NewID(""), "ce-source": "/countersign/enroll", "ce-type": "countersign.secret.created.v1",
		"ce-causationid": m.Headers().Get("ce-id"), "ce-sequence": "1",
	} {
		answer.Header[name] = []string{value}
	}
	answer.Data = m.Data()
	if err := d.conn.PublishMsg(answer); err != nil {
		return err
	}
	return m.Nak()
}

// TestWhatIsBrokenIsFound shows that the books do not balance by themselves.
func TestWhatIsBrokenIsFound(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, way := range broken {
		t.Run(way.name, func(t *testing.T) {
			s, err := newStorm(ctx, shared)
			if err != nil {
				t.Fatal(err)
			}
			defer s.platform.close()
			if err := s.meets(ctx, way); err != nil {
				t.Fatal(err)
			}
			if got := s.Balance(); way.want(got) != doubted {
				t.Errorf("got %+v, want %d found", got, doubted)
			}
		})
	}
}

// meets has a double in enroll's place for the first delivery of some questions.
func (s *storm) meets(ctx context.Context, way brokenWay) error {
	if err := s.worker("enroll").Stop(ctx); err != nil {
		return err
	}
	d, err := s.double(ctx, "enroll", bus.StreamIn, "enroll-enrollment-requested")
	if err != nil {
		return err
	}
	for range doubted {
		m := &member{platform: s.platform, user: stranger.NewID("u-")}
		q, id := question{role: "settings", fact: "enrollment.requested"}, stranger.NewID("")
		s.Ask(faults.Question{ID: id, Fact: q.fact, User: m.user})
		if err := m.publish(ctx, q, id, data{"user": m.user, "factor": "totp", "reauthenticated_at": now()}); err != nil {
			return err
		}
		one, err := d.take.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if err := way.does(d, one); err != nil {
			return err
		}
	}
	if err := d.conn.Flush(); err != nil {
		return err
	}
	d.close()
	if err := s.again(ctx, "enroll"); err != nil {
		return err
	}
	return s.settled(ctx)
}
