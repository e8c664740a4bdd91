package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/pkg/events/catalog"
	"github.com/nats-io/nats.go"
)

// violation is what the connection hears of a server that refuses a subject.
func violation(what, subject string) error {
	return fmt.Errorf("%w: Permissions Violation for %s to %q", nats.ErrPermissionViolation, what, subject)
}

func TestWhatTheBusForbidsIsSaidWithTheRoleThatLacks(t *testing.T) {
	for name, c := range map[string]struct {
		refused error
		want    string // of the error; "" where it is not this one's
	}{
		"a request of another role":     {violation("Publish", "mfa.acme.in.enrollment.requested"), "lacks the role settings of platform acme"},
		"a question of other roles":     {violation("Publish", "mfa.acme.rpc.login.status"), "lacks the role login or settings of platform acme"},
		"listening":                     {violation("Subscription", "mfa.acme.out.*.*.k"), "lacks every role of platform acme"},
		"replies":                       {violation("Subscription", "_INBOX.acme.x1.*"), "_INBOX.acme.x1.*: the credential lacks every role of platform acme"},
		"somebody else's request":       {violation("Publish", "mfa.acme.in.login.started"), ""},
		"a subject that only looks so":  {violation("Publish", "mfa.acme.in.enrollment.requested2"), ""},
		"replies of a longer name":      {violation("Subscription", "_INBOX.acme2.x1.*"), ""},
		"an error of another kind":      {errors.New(`Permissions Violation for Publish to "mfa.acme.in.enrollment.requested"`), ""},
		"a violation without a subject": {nats.ErrPermissionViolation, ""},
	} {
		t.Run(name, func(t *testing.T) {
			own := Client{conf: Config{Platform: "acme"}, registry: catalog.New()}
			ctx, leave := own.heed(t.Context(), "mfa.acme.in.enrollment.requested", "mfa.acme.rpc.login.status", "mfa.acme.out.*.*.k")
			defer leave()
			own.refusals.tell(c.refused)
			err := because(ctx, ctx.Err())
			if c.want == "" && ctx.Err() != nil || c.want != "" && (!errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestWhoHasLeftIsNotTold(t *testing.T) {
	own := Client{conf: Config{Platform: "acme"}, registry: catalog.New()}
	ctx, leave := own.heed(t.Context(), "mfa.acme.in.login.started")
	leave()
	own.refusals.tell(violation("Publish", "mfa.acme.in.login.started"))
	if err := because(ctx, ctx.Err()); !errors.Is(err, context.Canceled) || errors.Is(err, ErrForbidden) {
		t.Errorf("got %v", err)
	}
}
