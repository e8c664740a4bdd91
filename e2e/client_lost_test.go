package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// A replica dies with the answer to its request; another asks under the id that was kept.
func TestTheGoClientHearsTheAnswerThatWasLost(t *testing.T) {
	inTheOpenAndSealed(t, func(t *testing.T, conf client.Config) {
		ctx, c, other := within(t, patient), newClient(t, shared, conf), newClient(t, shared, conf)
		h := clientHolder(ctx, t, c)
		begun, err := c.Login(ctx, &guard.LoginStarted{User: h.user, LoginID: "l-1"})
		if err != nil {
			t.Fatal(err)
		}
		id := client.WithID(stranger.NewID(""))
		request := &guard.AttemptSubmitted{User: h.user, ChallengeID: begun.ChallengeID, Code: events.NewSecret(h.next())}
		lost, err := c.Ask(ctx, request, id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := other.Ask(ctx, request, id)
		if err != nil {
			t.Fatal(err)
		}
		if again.Envelope.ID != lost.Envelope.ID || again.Envelope.Type != guard.AttemptAcceptedType {
			t.Errorf("got %+v, then %+v", lost.Envelope, again.Envelope)
		}
	})
}

func TestTheGoClientSaysARefusalInTheContractsWords(t *testing.T) {
	ctx, c := within(t, patient), newClient(t, shared, client.Config{})
	_, err := c.Login(ctx, &guard.LoginStarted{User: "jane@example.org", LoginID: "l-1"})
	refusal, ok := errors.AsType[*events.Rejection](err)
	if !ok || refusal.Code != events.Invalid || refusal.Field != "user" {
		t.Errorf("got %v", err)
	}
	_, err = c.Provisioning(ctx, enrollment.ProvisioningRequest{User: newUser(), EnrollmentID: "e-1"})
	if refusal, ok := errors.AsType[*events.Rejection](err); !ok || refusal.Code != events.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestTheGoClientRecordsWhatNobodyListenedTo(t *testing.T) {
	ctx, c := within(t, patient), newClient(t, shared, client.Config{})
	h := clientHolder(ctx, t, c)
	if _, err := c.Login(ctx, &guard.LoginStarted{User: h.user, LoginID: "l-1"}); err != nil {
		t.Fatal(err)
	}
	recording, stop := context.WithCancel(ctx)
	failed, given := errors.New("not yet"), map[string]int{}
	err := c.Listen(recording, func(_ context.Context, r client.Record) error {
		issued, ok := r.Event.(*guard.ChallengeIssued)
		if !ok || issued.User != h.user {
			return nil
		}
		if given[r.Envelope.ID]++; given[r.Envelope.ID] == 1 {
			return failed // comes again
		}
		stop()
		return nil
	})
	if err != nil || ctx.Err() != nil || len(given) != 1 {
		t.Errorf("recorded %v: %v, %v", given, err, ctx.Err())
	}
}

// What a platform asks while the process is killed and comes back is answered all the same: the client asks again.
func TestTheGoClientIsAnsweredAcrossAKill(t *testing.T) {
	t.Parallel()
	ctx, own := within(t, 2*patient), start(t, platforms)
	c := newClient(t, own, client.Config{Timeout: patient})
	h := clientHolder(ctx, t, c)
	const logins = 10
	answers := make(chan error, logins)
	for i := range logins {
		go func() {
			l, err := c.Login(ctx, &guard.LoginStarted{User: h.user, LoginID: fmt.Sprint("l-", i)})
			if err == nil && l.State != guard.Challenged && l.State != guard.Ended {
				err = fmt.Errorf("got %+v", l)
			}
			answers <- err
		}()
		if i == logins/2 {
			if err := own.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	started(t)(own.Again(ctx))
	for range logins {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}
