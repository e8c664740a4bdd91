package notifier

import (
	"cmp"
	"slices"
	"time"

	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/breaker"
	"countersign/services/notifier/internal/channel"
)

// chains are the providers of each channel, in the order in which they are asked.
type chains map[notification.Channel]chain

type chain []*provider

// A provider is asked while its breaker lets it be.
type provider struct {
	channel.Channel
	breaker *breaker.Breaker
}

// newProvider leaves it alone for the breaker's own time where pause is 0.
func newProvider(c channel.Channel, pause time.Duration) *provider {
	o := breaker.Defaults()
	o.Pause = cmp.Or(pause, o.Pause)
	return &provider{Channel: c, breaker: breaker.New(o)}
}

// perProvider is how many tries in a row a provider gets before another one is asked.
const perProvider = 2

// next is who makes the next try of a notification; nil where nobody can be asked now.
func (c chain) next(s notification.State, now time.Time) *provider {
	first := max(0, c.index(s.Provider))
	if s.Elsewhere || s.Calls >= perProvider {
		first++
	}
	for i := range c {
		if p := c[(first+i)%len(c)]; p.breaker.Lets(now) {
			return p
		}
	}
	return nil
}

// spare has another message try the provider in place of one that turned out not to be due.
func (p *provider) spare(now time.Time) {
	if p != nil {
		p.breaker.Spare(now)
	}
}

func (c chain) index(name string) int {
	return slices.IndexFunc(c, func(p *provider) bool { return p.Name() == name })
}

// finder is nil for a provider that cannot be asked what it has taken.
func (p *provider) finder() channel.Finder {
	f, _ := p.Channel.(channel.Finder)
	return f
}

// reporter is nil for a provider that says nothing later.
func (p *provider) reporter() channel.Reporter {
	r, ok := p.Channel.(channel.Reporter)
	if !ok || r.ReportsTo() == "" {
		return nil
	}
	return r
}

// note tells the breaker whether the provider did its work. A bad address is none of its faults; a message that did not leave says nothing.
func (p *provider) note(err error, now time.Time) {
	f, failed := channel.AsFailure(err)
	if failed && f.Withdrawn {
		return
	}
	p.breaker.Note(!failed || f.Reason != channel.ProviderDown && !f.Unknown, now)
}
