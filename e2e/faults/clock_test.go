package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/e2e/stranger"
	"countersign/services/notifier/sink"
	"github.com/nats-io/nats.go"
)

// brief is the shortest life that a policy gives to codes: a site with it need not wait for long until some have expired.
const (
	brief       = time.Minute
	briefPolicy = "    code: { life: 1m }\n"
)

func expiries() []fault {
	return []fault{
		{name: "codes expire while no notifier works, and one comes whose clock is ten minutes behind", once: true, apps: true, does: expired("-10m")},
	}
}

// expired: who asked too long ago is sent nothing by a clock that says otherwise, who asks now is sent a code.
func expired(ahead string) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		if err := s.worker("notifier").Stop(ctx); err != nil {
			return err
		}
		heard, err := s.as["login"].Conn.SubscribeSync("mfa.acme.out.notification.suppressed.>")
		if err != nil {
			return err
		}
		defer func() { _ = heard.Unsubscribe() }()
		late, err := s.asksForCodes(ctx)
		if err != nil {
			return err
		}
		if err := rest(ctx, brief); err != nil {
			return err
		}
		p, err := s.start(ctx, "notifier", "COUNTERSIGN_CLOCK_AHEAD="+ahead)
		if err != nil {
			return err
		}
		s.done()
		err = errors.Join(s.suppressed(ctx, heard, late), (&member{platform: s.platform, user: stranger.NewID("u-")}).livesByMail(ctx))
		return errors.Join(err, s.noMail(late), p.Stop(ctx), s.again(ctx, "notifier"))
	}
}

// asksForCodes returns addresses by their users, who have each asked for a code.
func (s *storm) asksForCodes(ctx context.Context) (map[string]string, error) {
	to := map[string]string{}
	for range atOnce {
		m := &member{platform: s.platform, user: stranger.NewID("u-")}
		to[m.user] = stranger.NewID("late.") + "@example.org"
		if _, err := m.enrolls(ctx, "email", data{"email": to[m.user]}); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// suppressed waits until it is said of each user that their code has expired.
func (s *storm) suppressed(ctx context.Context, heard *nats.Subscription, of map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	missing := map[string]bool{}
	for user := range of {
		missing[user] = true
	}
	for len(missing) > 0 {
		m, err := heard.NextMsgWithContext(ctx)
		if err != nil {
			return fmt.Errorf("%d of %d codes that have expired are not suppressed: %w", len(missing), len(of), err)
		}
		var said struct{ User, Reason string }
		if err := json.Unmarshal(m.Data, &said); err != nil {
			return err
		}
		if said.Reason == "expired" {
			delete(missing, said.User)
		}
	}
	return nil
}

func (s *storm) noMail(to map[string]string) error {
	for _, address := range to {
		if slices.ContainsFunc(s.site.mail.inbox.List(), func(m sink.Message) bool { return m.To == address }) {
			return fmt.Errorf("a code was sent to %s after it had expired", address)
		}
	}
	return nil
}
