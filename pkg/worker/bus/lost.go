package bus

import (
	"context"
	"fmt"
)

// LastSequence is the number of the last message of MFA_OUT: a commit that was published under a higher one was lost by the bus.
func (p *Publisher) LastSequence(ctx context.Context) (uint64, error) {
	s, err := p.js.Stream(ctx, StreamOut)
	if err != nil {
		return 0, fmt.Errorf("read stream %s: %w", StreamOut, err)
	}
	return s.CachedInfo().State.LastSeq, nil
}
