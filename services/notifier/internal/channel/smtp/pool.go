package smtp

import (
	"slices"
	"sync"
	"time"
)

const (
	maxKept  = 32  // sessions without a mail
	maxMails = 100 // over one session; relays have bounds of their own, mostly higher
)

// A pool keeps sessions for a while after their last mail. It has no goroutine of its own.
type pool struct {
	idle time.Duration // for how long; not positive: none is kept

	mu   sync.Mutex
	kept []*session // the one used last comes last
}

// take returns the session that was used last, nil for none.
func (p *pool) take() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) == 0 {
		return nil
	}
	last := len(p.kept) - 1
	s := p.kept[last]
	p.kept = p.kept[:last]
	s.expiry.Stop()
	return s
}

// put keeps a session that is bound to no context, or ends it.
func (p *pool) put(s *session) {
	if s.broken || s.mails >= maxMails || !p.add(s) {
		s.quit()
	}
}

func (p *pool) add(s *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle <= 0 || len(p.kept) >= maxKept {
		return false
	}
	s.expiry = time.AfterFunc(p.idle, func() {
		if p.drop(s) {
			s.quit()
		}
	})
	p.kept = append(p.kept, s)
	return true
}

// drop is false for a session that has just been taken.
func (p *pool) drop(s *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.kept, s)
	if i < 0 {
		return false
	}
	p.kept = slices.Delete(p.kept, i, i+1)
	return true
}
