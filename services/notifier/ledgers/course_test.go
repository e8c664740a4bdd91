package ledgers_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/workertest"
	"github.com/nats-io/nats.go"
)

// A course is how the notifications and the deaths follow on each other.
type course struct {
	t        *testing.T
	far      *far
	house    *workertest.House
	platform *workertest.Platform
	alive    []*process
	season   []*process    // all of the present one, the dead as well
	ahead    time.Duration // the clocks of those that are alive
	killed   int
	seen     int // messages of the bus that were looked at
	ended    map[string]bool
	since    time.Time // by the clocks of those that are alive, the first of them began
	wanted   int
	fold     eventstore.Fold[notification.State]
}

const atOnce = 2 // processes

// passes has notifications wanted, and processes die: some in the middle of a call, one at any moment, and at last all.
func (c *course) passes(from, to int) {
	c.far.season(3, 2)
	half := (from + to) / 2
	for _, more := range [][2]int{{from, half}, {half, to}} {
		c.wake()
		before := c.far.signs()
		c.asks(more[0], more[1])
		c.wanted = more[1]
		c.await(func() bool { return c.far.signs()-before >= (more[1]-more[0])/2 })
		c.alive[0].kill()
	}
	c.cut()
}

// finishes has nobody die any more.
func (c *course) finishes(n int) {
	c.far.season(0, 0)
	for {
		c.wake()
		c.await(func() bool { return c.ends() >= n })
		if c.ends() >= n {
			return
		}
		c.cut()
	}
}

// wake starts processes for those that have died.
func (c *course) wake() {
	c.alive = slices.DeleteFunc(c.alive, (*process).dead)
	for len(c.alive) < atOnce {
		p := start(c.t, c.house, c.far, c.ahead)
		c.alive, c.season = append(c.alive, p), append(c.season, p)
	}
}

// cut ends all at once. Once nothing of what they have said is under way, the clocks of those that come next are ahead: they know that
// nobody is calling any more.
func (c *course) cut() {
	for _, p := range c.season {
		p.kill()
		p.over()
	}
	c.killed += len(c.season)
	c.ahead += call
	c.since = time.Now().Add(c.ahead)
	c.far.mu.Lock()
	c.far.ahead = c.ahead
	c.far.mu.Unlock()
	c.alive, c.season = nil, nil
}

// await returns when something is so, or when nothing will happen any more before the clocks are ahead. Those that die meanwhile are replaced.
func (c *course) await(done func() bool) {
	still := 0 // looks at which nothing had happened since the former
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for signs := 0; !done(); still++ {
		c.wake()
		if now := c.far.signs() + c.ends(); now != signs {
			signs, still = now, 0
		}
		if still >= 10 && c.idle() || still > 1200 {
			return
		}
		select {
		case <-c.far.changed:
		case <-look.C:
		}
	}
}

// asks has notifications wanted, many at once.
func (c *course) asks(from, to int) {
	next := make(chan int)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for i := range next {
				user, to, mail := address(i)
				e := &enrollment.Requested{User: user, Factor: events.SMS, ReauthenticatedAt: time.Now()}
				if mail {
					e.Factor, e.Email = events.Email, events.NewSecret(to)
				} else {
					e.Phone = events.NewSecret(to)
				}
				c.platform.Send(e)
			}
		})
	}
	for i := from; i < to; i++ {
		next <- i
	}
	close(next)
	all.Wait()
}

// address: every fourth one is reached by mail.
func address(i int) (user, to string, mail bool) {
	user = "u-" + strconv.Itoa(i)
	if i%4 == 0 {
		return user, user + "@example.org", true
	}
	return user, fmt.Sprintf("+420601%06d", i), false
}

// hurries has the bus's timers be due as soon as the clocks are ahead of the bus's.
func (c *course) hurries() {
	conn := c.house.Bus.Connect(c.t, "_witness")
	held := strings.TrimSuffix(events.TimerSubject(workertest.Acme, notification.Worker, "retry_due"), ".") + ".*"
	_, err := conn.Subscribe(held, func(m *nats.Msg) {
		now := nats.NewMsg(m.Subject[:strings.LastIndexByte(m.Subject, '.')])
		for name, values := range m.Header {
			if !strings.HasPrefix(strings.ToLower(name), "nats-") {
				now.Header[name] = values
			}
		}
		now.Data = m.Data
		_ = conn.PublishMsg(now)
	})
	if err != nil {
		c.t.Fatal(err)
	}
}
