package verify_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
)

// Of an enrollment that is held, the end is read while the key is, where it is not at hand any more: the one read ends only once the other has
// begun.
func TestTheKeyIsReadWhileTheEndOfTheEnrollmentIs(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.Quiet()
	code := app.Code(workertest.Step())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	asked := make(chan struct{}, 1)
	f.Keys.Break(func() error {
		select {
		case asked <- struct{}{}:
		default:
		}
		return nil
	})
	f.Store.Break(workertest.Faults{Before: func(call workertest.Call) error {
		if call.Op != workertest.Head || call.Kind != "enrollment" {
			return nil
		}
		select {
		case <-asked:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	f.accepted(attempt("ann-1", c.ChallengeID, code))
}

var errKeys = errors.New("the store of keys is away")

// challengeWithoutKey starts a login whose key cannot be loaded ahead.
func (f *fixture) challengeWithoutKey(user string) *guard.ChallengeIssued {
	f.t.Helper()
	f.Keys.Break(func() error { return errKeys })
	c := f.challenge(user, "l1")
	f.Quiet()
	f.Keys.Break(nil)
	return c
}

// Nothing is left to load for the code of a user who has just logged in.
func TestTheKeyIsAtHandWhenTheCodeComes(t *testing.T) {
	for factor, code := range map[events.Factor]func(workertest.User, workertest.Enrolled, *guard.ChallengeIssued) string{
		events.TOTP: func(_ workertest.User, e workertest.Enrolled, _ *guard.ChallengeIssued) string {
			return e.Code(workertest.Step())
		},
		events.Email: func(u workertest.User, _ workertest.Enrolled, c *guard.ChallengeIssued) string {
			return u.Sent(c.ChallengeID, 1)
		},
	} {
		t.Run(string(factor), func(t *testing.T) {
			f := start(t)
			f.Keys.CacheFor(time.Minute)
			f.Restart()
			ann := f.User("ann-1")
			e := ann.Enrolled(factor)
			c := f.challenge("ann-1", "l1")
			f.Quiet()
			given := code(ann, e, c)
			f.Keys.Break(func() error { return errKeys })
			f.accepted(attempt("ann-1", c.ChallengeID, given))
		})
	}
}

func TestALoginIsChallengedWhereItsKeyCannotBeLoaded(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challengeWithoutKey("ann-1")
	f.accepted(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
	f.ReplayAll()
}

// What is held of an enrollment from the login is not its last version any more, and nobody has told verify so.
func TestAnAttemptIsJudgedByTheEnrollmentAsItIs(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.removes("ann-1", enrollment.RemovedByUser, app)
	f.rejected(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())), guard.Closed)

	ann.Enrolled(events.SMS)
	c = f.challenge("ann-1", "l2")
	app = ann.Enrolled(events.TOTP)
	e := attempt("ann-1", c.ChallengeID, app.Code(workertest.Step()))
	e.Factor = events.TOTP
	f.accepted(e)
	f.ReplayAll()
}

// Of a user who is not held, the enrollment is read while the guard is.
func TestBothStreamsAreReadTogether(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.Restart()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var both sync.WaitGroup
	both.Add(2)
	met := make(chan struct{})
	go func() { both.Wait(); close(met) }()
	once := map[string]func(){"guard": sync.OnceFunc(both.Done), "enrollment": sync.OnceFunc(both.Done)}
	f.Store.Break(workertest.Faults{Before: func(call workertest.Call) error {
		if call.Op != workertest.Head || once[call.Kind] == nil {
			return nil
		}
		once[call.Kind]()
		select {
		case <-met:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	f.accepted(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
	f.ReplayAll()
}
