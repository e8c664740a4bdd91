package enroll

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
)

// permitted returns the stream's state once the rules have let a question pass and what that leaves behind is kept. A refusal is told, and not
// kept: nothing was decided about the user.
func (s *shell) permitted(ctx context.Context, r decider.Request, input gather) (enrollment.State, error) {
	var no error
	err := s.enrollments.Handle(ctx, r, r.Stream(worker.EnrollmentKind), func(ctx context.Context, l eventstore.Loaded[enrollment.State], now time.Time) (decider.Decision, error) {
		in, err := input(ctx, moment{r, l.State, now})
		if err != nil {
			return decider.Decision{}, err
		}
		d, err := s.decide(r, l, in, now)
		if d, no = refusal(d); no != nil {
			return decider.Decision{}, nil
		}
		return d, err
	})
	if err := errors.Join(err, no); err != nil {
		return enrollment.State{}, err
	}
	l, err := eventstore.Load(ctx, s.Store, r.Stream(worker.EnrollmentKind), s.enrollments.Fold)
	return l.State, err
}

// asking makes every asking a cause of its own: one seen before would be answered without a look at the login's age, or at the set's.
func (s *shell) asking(platform, user, what string) decider.Request {
	return s.Outbox.Question(platform, user, what+"/"+rand.Text(), s.Now())
}

func refusal(d decider.Decision) (decider.Decision, error) {
	if len(d.Events) == 1 {
		if r, ok := d.Events[0].(*events.RequestRejected); ok {
			return decider.Decision{}, r.Rejection()
		}
	}
	return d, nil
}

// publicKeys are what platforms seal to, the newest first.
func (s *shell) publicKeys(context.Context, string, []byte) (any, error) {
	answer := enrollment.PublicKeys{Keys: []enrollment.PublicKey{}}
	for _, k := range s.Keys.Public() {
		answer.Keys = append(answer.Keys, enrollment.PublicKey{
			KeyID: k.KeyID, PublicKey: base64.StdEncoding.EncodeToString(k.Key), Suite: seal.Suite, NotAfter: k.NotAfter,
		})
	}
	return answer, nil
}
