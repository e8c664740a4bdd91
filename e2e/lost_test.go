package e2e_test

import (
	"fmt"
	"testing"
)

// Killed in the middle of 200 logins, twice, earlier and later. What the bus had confirmed is answered when the process is there
// again; what had been in hand comes once more after 30 s.
func TestNoLoginIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	for _, answers := range []int{together / 20, together / 2} {
		c.logsInUntil(t, answers, func() error { return c.process.Kill() })
		c.restart(t)
	}
	c.isAnsweredOnce(t)
}

func TestNoLoginIsLostWhenTheProcessIsStopped(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	c.logsInUntil(t, together/3, func() error {
		code, err := c.process.Stop(within(t, patient))
		if err == nil && code != 0 {
			err = fmt.Errorf("exit code %d:\n%s", code, c.process.Output())
		}
		return err
	})
	c.restart(t)
	c.isAnsweredOnce(t)
}

func TestAnEnrolledUserIsStillChallengedAfterAKill(t *testing.T) {
	t.Parallel()
	ctx, own := within(t, patient), start(t, platforms)
	p := acme(t, own)
	h := enrolled(ctx, t, p)
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	p = acme(t, started(t)(own.Again(ctx)))
	challenge := challenged(ctx, t, p, h.user)
	rejected := got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.app.Code(h.step))))
	if rejected.Text("reason") != "replayed" {
		t.Errorf("the code that activated: %s", rejected)
	}
	got(t, "attempt.accepted")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.next())))
}
