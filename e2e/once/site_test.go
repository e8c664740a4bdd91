package once_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/e2e/once"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/verify"
	"github.com/nats-io/nats.go"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// redelivery is how long the bus waits for a worker that it has given a message to.
const redelivery = 500 * time.Millisecond

// A site is three machines, each with one worker, over one bus and one store; a platform; and a recovery that asks.
type site struct {
	*workertest.House
	*workertest.Platform
	t        testing.TB
	dice     *rand.Rand
	machines []*machine
	recovery *bus.Conn
	history  *once.History
	races    int
}

func open(t testing.TB, place workertest.Place, seed uint64) *site {
	t.Helper()
	p := workertest.Lenient(workertest.Acme)
	p.Challenge.Attempts = 1000
	h := workertest.Start(t, workertest.Config{
		Workers: []worker.Worker{verify.Worker()}, Policies: []policy.Policy{p}, Place: place, Asleep: true,
	})
	s := &site{House: h, Platform: h.Platform(workertest.Acme), t: t, dice: rand.New(rand.NewPCG(seed, seed)), history: once.NewHistory()}
	s.recovery = h.Bus.Connect(t, "_witness", nats.CustomInboxPrefix(bus.InboxPrefix("recovery")))
	s.GiveUpAfter(redelivery)
	for range 3 {
		s.machines = append(s.machines, s.boot())
	}
	return s
}

// A machine runs one worker.
type machine struct {
	*workertest.Replica
	clock *workertest.Clock
	wire  *wire
	dead  chan struct{}
	dies  sync.Once
}

func (s *site) boot() *machine {
	m := &machine{clock: &workertest.Clock{}, wire: &wire{}, dead: make(chan struct{})}
	m.Replica = s.WakeOn("verify", workertest.Machine{Clock: m.clock, Wire: []nats.Option{nats.SetCustomDialer(m.wire)}})
	return m
}

// die is kill -9.
func (m *machine) die() {
	m.dies.Do(func() { m.Kill(); close(m.dead) })
}

// victim is who was killed.
func (s *site) victim(come <-chan *machine) *machine {
	select {
	case m := <-come:
		return m
	case <-time.After(workertest.Patience):
		s.t.Fatal("nothing has killed a worker")
		return nil
	}
}

// buried returns when m is dead and another one stands in its place.
func (s *site) buried(m *machine) {
	<-m.dead
	<-m.Failed()
	_ = m.Drain() // what is left of it in this process
	s.machines[slices.Index(s.machines, m)] = s.boot()
}

// any is one of the machines.
func (s *site) any() *machine { return s.machines[s.dice.IntN(len(s.machines))] }

// mend ends all that a weather has done to stores and clocks.
func (s *site) mend() {
	for _, m := range s.machines {
		m.Break(workertest.Faults{})
		m.clock.Ahead(0)
	}
}
