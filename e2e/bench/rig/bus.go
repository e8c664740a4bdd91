// Package rig is what a measurement stands on: the bus, the platform that publishes attempts and hears results, and the process of the
// worker that is measured, whose cost is its own.
//
// The bus is the product's embedded server with the product's streams, encrypted on disk and flushed as the product has it. It runs in the
// process that measures; worker and platform reach it over loopback.
package rig

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
)

// A Bus is a running server with the streams of the product.
type Bus struct {
	JS     jetstream.JetStream
	server *embedded.Server
	conn   *nats.Conn
}

// inRoom is how many messages may wait on one subject: all attempts of a measurement do.
const inRoom = 10_000_000

// Start starts a server whose streams rest in dir.
func Start(ctx context.Context, dir string) (*Bus, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: the runtime stops instead
	server, err := embedded.Start(embedded.Config{Dir: dir, Key: base64.StdEncoding.EncodeToString(key)})
	if err != nil {
		return nil, err
	}
	b := &Bus{server: server}
	if err := b.prepare(ctx); err != nil {
		b.Stop()
		return nil, err
	}
	return b, nil
}

func (b *Bus) prepare(ctx context.Context) (err error) {
	if b.conn, err = nats.Connect(b.URL()); err != nil {
		return fmt.Errorf("connect to bus: %w", err)
	}
	if b.JS, err = jetstream.New(b.conn, jetstream.WithPublishAsyncMaxPending(1024)); err != nil {
		return fmt.Errorf("open bus: %w", err)
	}
	return b.Ensure(ctx, nil)
}

// Ensure makes the product's streams, and durable consumers on them.
func (b *Bus) Ensure(ctx context.Context, consumers []bus.Consumer) error {
	_, err := bus.Ensure(ctx, b.JS, bus.StreamOptions{Registry: catalog.New(), InMessages: inRoom}, consumers)
	return err
}

// URL is where clients connect.
func (b *Bus) URL() string { return b.server.ClientURL() }

// Stop ends the server.
func (b *Bus) Stop() {
	if b.conn != nil {
		b.conn.Close()
	}
	b.server.Stop()
}

// Said is the number of messages in MFA_OUT, Waiting that in MFA_IN.
func (b *Bus) Said(ctx context.Context) (uint64, error)    { return b.messages(ctx, bus.StreamOut) }
func (b *Bus) Waiting(ctx context.Context) (uint64, error) { return b.messages(ctx, bus.StreamIn) }

func (b *Bus) messages(ctx context.Context, stream string) (uint64, error) {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("read stream %s: %w", stream, err)
	}
	return s.CachedInfo().State.Msgs, nil
}
