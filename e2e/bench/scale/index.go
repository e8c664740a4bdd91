package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
)

// body is about as long as an attempt.accepted with its headers.
const body = 700

// index fills MFA_OUT with one message for each subject, and starts the server again on what it has kept. Server and publisher share a process: the
// publisher is gone, and its garbage collected, when memory is read.
func index(ctx context.Context, out io.Writer, dir string, subjects int) error {
	c := embedded.Config{Dir: filepath.Join(dir, "nats"), Key: rand.Text()}
	s, js, err := start(ctx, c)
	if err != nil {
		return err
	}
	before, begun := heap(), time.Now()
	if err := fill(ctx, js, subjects); err != nil {
		s.Stop()
		return err
	}
	took, grown := time.Since(begun), heap()-before
	_, _ = fmt.Fprintf(out, "%d subjects, one message of %d bytes each: %d bytes of heap a subject, %d MiB; written in %s\n",
		subjects, body, grown/int64(subjects), grown>>20, took.Round(time.Second))
	s.Stop()
	begun = time.Now()
	if s, _, err = start(ctx, c); err != nil {
		return err
	}
	defer s.Stop()
	_, _ = fmt.Fprintf(out, "started again in %s: %d bytes of heap a subject\n", time.Since(begun).Round(10*time.Millisecond), (heap()-before)/int64(subjects))
	return nil
}

// start makes the product's streams, encrypted on disk. The connection ends with the server.
func start(ctx context.Context, c embedded.Config) (*embedded.Server, jetstream.JetStream, error) {
	s, err := embedded.Start(c)
	if err != nil {
		return nil, nil, err
	}
	conn, err := nats.Connect(s.ClientURL(), nats.NoReconnect())
	if err != nil {
		s.Stop()
		return nil, nil, fmt.Errorf("connect to bus: %w", err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(1000))
	if err == nil {
		_, err = bus.Ensure(ctx, js, bus.StreamOptions{Registry: catalog.New()}, nil)
	}
	if err != nil {
		s.Stop()
		return nil, nil, fmt.Errorf("open bus: %w", err)
	}
	return s, js, nil
}

func fill(ctx context.Context, js jetstream.JetStream, subjects int) error {
	data := make([]byte, body)
	futures := make([]jetstream.PubAckFuture, 0, 1000)
	for i := range subjects {
		m := &nats.Msg{Subject: events.OutSubject("acme", "attempt", "accepted", events.UserKey("acme", fmt.Sprint(i))), Data: data}
		f, err := js.PublishMsgAsync(m, jetstream.WithStallWait(time.Minute))
		if err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		if futures = append(futures, f); len(futures) < cap(futures) && i < subjects-1 {
			continue
		}
		if err := confirmed(ctx, futures); err != nil {
			return err
		}
		futures = futures[:0]
	}
	return nil
}

func confirmed(ctx context.Context, futures []jetstream.PubAckFuture) error {
	for _, f := range futures {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			return fmt.Errorf("publish: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// heap is what is reachable: two rounds, since finalizers free in the second.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
