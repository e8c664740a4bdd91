package bus_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/bus/embedded"
)

// BenchmarkMessage takes messages from the bus to a handler that does nothing, and acknowledges them. What the bus itself does, in the same process, is in
// all figures.
func BenchmarkMessage(b *testing.B) {
	server, registry := bustest.Start(b, embedded.Config{}), catalog.New()
	conn := server.Connect(b, worker)
	server.Ensure(b, conn, registry, worker, attemptSubmitted)
	operator, err := seal.NewPrivateKey()
	if err != nil {
		b.Fatal(err)
	}
	fill(b, conn, b.N)
	r, err := bus.New(bus.Config{
		Conn: conn, Worker: worker, Registry: registry, DeadLetterKey: operator.Public(), Logger: quietLogger(), Lanes: 512,
	})
	if err != nil {
		b.Fatal(err)
	}
	var left sync.WaitGroup
	left.Add(b.N)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		ended <- r.Run(ctx, []bus.Subscription{{Name: attemptSubmitted, Handle: func(context.Context, *bus.Delivery) error {
			left.Done()
			return nil
		}}})
	}()
	left.Wait()
	b.StopTimer()
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// fill has so many attempts wait on the bus, each of another user.
func fill(b *testing.B, conn *bus.Conn, n int) {
	b.Helper()
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: conn})
	if err != nil {
		b.Fatal(err)
	}
	for at := 0; at < n; at += 1000 {
		var out []bus.Outgoing
		for i := at; i < min(at+1000, n); i++ {
			out = append(out, bus.Outgoing{
				Subject: events.InSubject(fmt.Sprint("acme", at), "attempt", "submitted"), Header: headersOf(guard.AttemptSubmittedType, fmt.Sprint("e", i)), Body: body(fmt.Sprint("u", i)),
			})
		}
		if _, err := p.Publish(b.Context(), out); err != nil {
			b.Fatal(err)
		}
	}
}

// headersOf are as many as a platform sends.
func headersOf(name, id string) nats.Header {
	return nats.Header{
		"ce-specversion": {"1.0"}, "ce-id": {id}, "ce-type": {name}, "ce-source": {"/acme/web"}, "ce-time": {"2026-11-22T12:00:00Z"},
		"ce-datacontenttype": {"application/json"},
	}
}

// BenchmarkPublish publishes one fact at a time by each of 512 callers.
func BenchmarkPublish(b *testing.B) {
	server := bustest.Start(b, embedded.Config{})
	conn := server.Connect(b, worker)
	server.Ensure(b, conn, catalog.New(), worker, attemptSubmitted)
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: conn})
	if err != nil {
		b.Fatal(err)
	}
	out := make([]bus.Outgoing, b.N)
	for i := range out {
		out[i] = fact(fmt.Sprint("u", i), fmt.Sprint("e", i))
		out[i].Header, out[i].Given = headersOf(guard.AttemptAcceptedType, out[i].MsgID), true
	}
	work := make(chan bus.Outgoing, 512)
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range cap(work) {
		all.Go(func() {
			for o := range work {
				if _, err := p.Publish(b.Context(), []bus.Outgoing{o}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, o := range out {
		work <- o
	}
	close(work)
	all.Wait()
}
