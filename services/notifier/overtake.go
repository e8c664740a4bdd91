package notifier

import (
	"context"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/decider"
	"countersign/services/notifier/internal/channel"
)

// fresh is for how long what was read of the streams is as good as new.
const fresh = 500 * time.Millisecond

// withdrawn looks at a message that connecting has held up: a newer one may be on its way, or there already. What cannot be looked at may go.
func (s *shell) withdrawn(r decider.Request, n notification.Requested, read time.Time) func(context.Context) channel.Reason {
	return func(ctx context.Context) channel.Reason {
		now := s.now(r)
		if !now.Before(n.ExpiresAt) {
			return channel.Expired
		}
		if now.Sub(read) < fresh {
			return ""
		}
		if _, stands, err := s.source(ctx, r, n, now); err == nil && !stands {
			return channel.Superseded
		}
		return ""
	}
}
