// Package fake is a channel.Channel in memory, for tests of what stands on the seam. It passes channeltest like the real ones.
package fake

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"countersign/services/notifier/internal/channel"
)

// A Fault is what one sending meets.
type Fault int

const (
	Down   Fault = iota + 1 // refused for now, nothing taken
	Lost                    // taken, then the connection is gone
	Silent                  // taken, then no answer until the context ends
)

// Options sets up a Channel. The zero value is a good one.
type Options struct {
	Name    string          // what Name says; empty: "fake"
	Refused map[string]bool // addresses that are refused for good
}

// A Channel keeps what it was sent.
type Channel struct {
	options Options

	mu     sync.Mutex
	faults []Fault
	sent   []channel.Notification
}

// New returns a channel that takes everything.
func New(o Options) *Channel {
	if o.Name == "" {
		o.Name = "fake"
	}
	return &Channel{options: o}
}

// Script makes the next sendings meet these faults, one each and in order.
func (c *Channel) Script(faults ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, faults...)
}

// Sent returns what was taken, oldest first.
func (c *Channel) Sent() []channel.Notification {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]channel.Notification{}, c.sent...)
}

// Name implements channel.Channel.
func (c *Channel) Name() string { return c.options.Name }

// Send implements channel.Channel.
func (c *Channel) Send(ctx context.Context, n channel.Notification) (channel.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return channel.Receipt{}, channel.Later(channel.ProviderDown, err)
	}
	to := n.To.Reveal()
	if c.options.Refused[to] || !channel.IsEmail(to) && !channel.IsPhone(to) {
		return channel.Receipt{}, channel.Permanent(channel.BadAddress, errors.New("refused"))
	}
	look := channel.NewLastLook(ctx, n)
	if look.Passes() != nil {
		return channel.Receipt{}, look.Refused()
	}
	number, fault := c.take(n)
	switch fault {
	case Down:
		return channel.Receipt{}, channel.Later(channel.ProviderDown, errors.New("down"))
	case Lost:
		return channel.Receipt{}, channel.Lost(errors.New("connection lost"))
	case Silent:
		<-ctx.Done()
		return channel.Receipt{}, channel.Lost(ctx.Err())
	}
	return channel.Receipt{ProviderID: fmt.Sprintf("%s-%d", c.options.Name, number)}, nil
}

func (c *Channel) take(n channel.Notification) (number int, fault Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.faults) > 0 {
		fault, c.faults = c.faults[0], c.faults[1:]
	}
	if fault != Down {
		c.sent = append(c.sent, n)
	}
	return len(c.sent), fault
}
