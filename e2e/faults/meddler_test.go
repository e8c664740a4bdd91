package faults_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"countersign/e2e/stranger"
	workerbus "countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// meddled: while it lasts every second message of every worker's durable goes back once and comes later, behind others, and every event of a worker
// is on the bus twice.
func meddled(ctx context.Context, s *storm) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	var going sync.WaitGroup
	failed := make(chan error, len(s.durables)+1)
	for _, durable := range s.durables {
		stream, name, _ := strings.Cut(durable, "/")
		if worker, _, owned := strings.Cut(name, "-"); owned {
			going.Go(func() { failed <- s.shuffles(ctx, worker, stream, name) })
		}
	}
	going.Go(func() { failed <- s.says(ctx) })
	s.done()
	going.Wait()
	close(failed)
	var err error
	for one := range failed {
		err = errors.Join(err, one)
	}
	return err
}

// shuffles gives back what it gets of a durable, one after the other at any time within the next moment.
func (s *storm) shuffles(ctx context.Context, worker, stream, durable string) error {
	d, err := s.double(ctx, worker, stream, durable)
	if err != nil {
		return err
	}
	defer d.close()
	for {
		m, err := d.take.Next(jetstream.NextContext(ctx))
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = m.NakWithDelay(time.Duration(1+rand.IntN(300)) * time.Millisecond)
		}
		if err != nil && !errors.Is(err, jetstream.ErrNoHeartbeat) {
			return err
		}
	}
}

// says says everything that a worker says once more, under a message id that the bus does not know.
func (s *storm) says(ctx context.Context) error {
	as := map[string]*nats.Conn{}
	for _, w := range workers {
		conn, err := s.connect("_"+w, workerbus.InboxPrefix(w))
		if err != nil {
			return err
		}
		defer conn.Close()
		as["/countersign/"+w] = conn
	}
	heard, err := s.as["login"].Conn.SubscribeSync("mfa.acme.out.>")
	if err != nil {
		return err
	}
	defer func() { _ = heard.Unsubscribe() }()
	for {
		m, err := heard.NextMsgWithContext(ctx)
		if err != nil {
			return nil // it is over
		}
		if strings.HasPrefix(m.Header.Get("Nats-Msg-Id"), "again-") {
			continue
		}
		if err := as[m.Header.Get("ce-source")].PublishMsg(stranger.AskAgain(m)); err != nil {
			return err
		}
	}
}
