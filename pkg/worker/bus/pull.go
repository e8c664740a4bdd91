package bus

import (
	"time"

	"github.com/nats-io/nats.go"
)

// pull asks for messages until it is stopped, and prolongs what is held until it is closed.
func (s *subscription) pull(inbox *nats.Subscription) {
	beat := time.NewTicker(s.flow.heartbeat)
	keep := time.NewTicker(max(s.ackWait/3, 10*time.Millisecond))
	defer beat.Stop()
	defer keep.Stop()
	stop := s.stop
	s.ask(false)
	for {
		select {
		case <-s.arrived:
			s.ask(true)
		case <-beat.C:
			s.ask(false)
		case <-keep.C:
			s.keep()
		case <-stop:
			leave(inbox)
			stop = nil
		case <-s.closing:
			leave(inbox)
			return
		}
	}
}

// leave ends interest and lets arrive what is under way, to be given back rather than to wait for its time to be over.
func leave(inbox *nats.Subscription) {
	closed := inbox.StatusChanged(nats.SubscriptionClosed)
	if !inbox.IsValid() || inbox.Drain() != nil {
		return
	}
	select {
	case <-closed:
	case <-time.After(leaveWait):
	}
}

// ask does not ask while the connection is down: the requests would pile up and all be served at once.
func (s *subscription) ask(patient bool) {
	if s.stopped() || !s.conn.IsConnected() {
		return
	}
	s.flow.over(s.conn.Stats().Reconnects)
	request, ok := s.flow.next(time.Now(), patient)
	if !ok {
		return
	}
	err := s.conn.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+s.stream+"."+s.durable, s.inbox, request)
	if err != nil {
		s.log.Warn("ask the bus for messages", "durable", s.durable, "error", err)
	}
}

// keep prolongs what waits in lanes that move.
func (s *subscription) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for h := range s.held {
		if !h.queue.stuck(h, now, stuckAfter) {
			h.keep()
		}
	}
}
