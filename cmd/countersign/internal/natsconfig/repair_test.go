package natsconfig_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/cmd/countersign/internal/streams"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

func TestTheRepairerIsThereOnlyWhenAskedFor(t *testing.T) {
	variables(t)
	t.Setenv(natsconfig.Variable("_repair"), "password-of-_repair")
	want, err := natsconfig.RepairUser()
	if err != nil {
		t.Fatal(err)
	}
	is := func(u *server.User) bool { return u.Username == "_repair" }
	if slices.ContainsFunc(read(t, written(t, config(natsconfig.Config{}))).Users, is) {
		t.Error("it is there unasked")
	}
	users := read(t, written(t, config(natsconfig.Config{Repair: true}))).Users
	i := slices.IndexFunc(users, is)
	if i < 0 || !reflect.DeepEqual(users[i].Permissions, embedded.Permissions(want.Permissions)) {
		t.Errorf("it may not what a replay needs: %v", i)
	}
}

func TestTheRepairerPublishesWhatWorkersHearUntilItIsTakenAway(t *testing.T) {
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			repair, err := natsconfig.RepairUser()
			must(t, err)
			s := serve(t, form, append(allUsers(t), repair))
			operator, err := jetstream.New(s.connect(t, "_operator").Conn)
			must(t, err)
			conf := streams.Config{Platforms: platforms, Copies: 1, Replicas: 4, Waiting: 10_000}
			must(t, streams.Apply(t.Context(), new(strings.Builder), operator, conf))
			conn := s.connect(t, "_repair")
			for _, subject := range []string{"mfa.acme.in.login.started", "mfa.beta.in.factor.reset_requested", "mfa.acme.out.user.erased.k", "mfa.acme.timer.verify.expiry_due", bus.ReplayMark("acme", 1)} {
				must(t, stored(t, conn, subject, nil))
			}
			js, err := jetstream.New(conn.Conn)
			must(t, err)
			letters, err := js.Stream(t.Context(), bus.StreamDead)
			must(t, err)
			m, err := letters.GetLastMsgForSubject(t.Context(), bus.ReplayMark("acme", 1))
			must(t, err)
			must(t, letters.SecureDeleteMsg(t.Context(), m.Sequence))
			for _, subject := range []string{
				"mfa.acme.in.login.begun", "mfa.acme.out.attempt.accepted.k", "mfa.acme.out.enrollment.activated.k", "mfa.acme.out.challenge.waived.k", "mfa.acme.dead.verify.login.started", "mfa.acme.rpc.login.status",
				"_INBOX.acme.x", "$JS.API.CONSUMER.CREATE.MFA_DEAD.x", "$JS.API.STREAM.PURGE.MFA_DEAD", "$JS.API.STREAM.MSG.GET.MFA_IN", "$JS.API.STREAM.MSG.DELETE.MFA_OUT",
			} {
				if err := stored(t, conn, subject, nil); !errors.Is(err, bus.ErrForbidden) {
					t.Errorf("%s: the bus says %v", subject, err)
				}
			}
			must(t, s.server.ReloadOptions(s.options(t, nil)))
			if _, err := s.dial(t, "_repair"); err == nil {
				t.Error("it is there after it was taken away")
			}
		})
	}
}
