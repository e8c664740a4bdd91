package notifier

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/channel/fake"
)

func pair() chain {
	return chain{newProvider(fake.New(fake.Options{Name: "one"}), 0), newProvider(fake.New(fake.Options{Name: "two"}), 0)}
}

func fails(p *provider, times int, now time.Time) {
	for range times {
		p.note(channel.Later(channel.ProviderDown, errors.New("down")), now)
	}
}

func TestWhoIsAskedNext(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name  string
		state notification.State
		down  []int
		want  string
	}{
		{"the first, to begin with", notification.State{}, nil, "one"},
		{"the same once more", notification.State{Provider: "one", Try: 1, Calls: 1}, nil, "one"},
		{"another after two tries", notification.State{Provider: "one", Try: 2, Calls: 2}, nil, "two"},
		{"another at once where the provider is at fault", notification.State{Provider: "one", Try: 1, Calls: 1, Elsewhere: true}, nil, "two"},
		{"the first again after the last", notification.State{Provider: "two", Try: 4, Calls: 2}, nil, "one"},
		{"another while the first is down", notification.State{}, []int{0}, "two"},
		{"the first while the other is down", notification.State{Provider: "one", Try: 2, Calls: 2}, []int{1}, "one"},
		{"the first where the last is gone from the settings", notification.State{Provider: "old", Try: 1, Calls: 1}, nil, "one"},
		{"nobody while all are down", notification.State{}, []int{0, 1}, ""},
	} {
		both := pair()
		for _, i := range c.down {
			fails(both[i], 5, now)
		}
		got := ""
		if p := both.next(c.state, now); p != nil {
			got = p.Name()
		}
		if got != c.want {
			t.Errorf("%s: asked is %q, want %q", c.name, got, c.want)
		}
	}
	if p := (chain{}).next(notification.State{}, now); p != nil {
		t.Error("somebody is asked where nobody is")
	}
}

func TestABadAddressIsNoFaultOfTheProvider(t *testing.T) {
	now, p := time.Now(), pair()[0]
	for range 20 {
		p.note(channel.Permanent(channel.BadAddress, errors.New("no such number")), now)
	}
	if p.breaker.Open() {
		t.Error("bad addresses opened the breaker")
	}
	for range 5 {
		p.note(channel.Lost(context.DeadlineExceeded), now)
	}
	if !p.breaker.Open() {
		t.Error("a provider that does not answer is still asked")
	}
}
