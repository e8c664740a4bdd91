package natsconfig_test

import (
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/cmd/countersign/internal/natsconfig"
	"github.com/nats-io/nats.go"
)

func TestEverybodyMayDoWhatTheContractSaysAndNothingElse(t *testing.T) {
	all := deeds(t)
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			s := serve(t, form, nil)
			for _, u := range allUsers(t) {
				for _, fault := range s.judge(t, u, all) {
					t.Error(fault)
				}
			}
			t.Logf("%d deeds of %d users", len(all), len(allUsers(t)))
		})
	}
}

// Without this the table above could be green because it sees nothing.
func TestTheTableSeesARightTooManyAndOneTooFew(t *testing.T) {
	all := deeds(t)
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			users := allUsers(t)
			for i := range users {
				switch u := &users[i]; u.Name {
				case "acme.login":
					u.Publish = append(slices.Clone(u.Publish), "mfa.*.in.login.started")
				case "_verify":
					u.Subscribe = append(slices.Clone(u.Subscribe), "_INBOX.acme.>")
				case "_enroll":
					u.Publish = slices.DeleteFunc(slices.Clone(u.Publish), func(s string) bool { return s == "mfa.*.out.secret.created.*" })
				}
			}
			s := serve(t, form, users)
			var faults []string
			for _, name := range []string{"_enroll", "_verify", "acme.login", "beta.login"} {
				u, _ := userOf(users, name)
				faults = append(faults, s.judge(t, u, all)...)
			}
			want := []string{
				"_enroll may not publish mfa.acme.out.secret.created.k",
				"_verify may subscribe _INBOX.acme.>", "_verify may subscribe _INBOX.acme.x.*",
				"acme.login may publish mfa.beta.in.login.started",
				"acme.login may publish mfa.nobody.in.login.started",
			}
			slices.Sort(faults)
			if !slices.Equal(faults, want) {
				t.Errorf("got %q", faults)
			}
		})
	}
}

const end = "the.end" // nobody may: when its refusal has come, so have those before

var violation = regexp.MustCompile(`Permissions Violation for (Publish|Subscription) to ("(?:[^"\\]|\\.)*")`)

// judge tries every deed as u and returns what the server allows too much or too little.
func (s *site) judge(t *testing.T, u natsconfig.User, all []deed) (faults []string) {
	t.Helper()
	said := make(chan error, 2*len(all)+2)
	conn := s.connect(t, u.Name, nats.PermissionErrOnSubscribe(false), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { said <- err }))
	for _, does := range []string{"publish", "subscribe"} {
		try := func(subject string) error { return conn.Publish(subject, nil) }
		if does == "subscribe" {
			try = func(subject string) error { _, err := conn.SubscribeSync(subject); return err }
		}
		for _, d := range append(slices.Clone(all), deed{does, end, nil}) {
			if d.does != does {
				continue
			}
			if err := try(d.subject); err != nil {
				t.Fatal(err)
			}
		}
		refused := refusals(t, said)
		for _, d := range all {
			if fault := d.wrong(u, refused[d.subject]); d.does == does && fault != "" {
				faults = append(faults, fault)
			}
		}
	}
	return faults
}

func refusals(t *testing.T, said <-chan error) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for !all[end] {
		select {
		case err := <-said:
			found := violation.FindStringSubmatch(err.Error())
			if found == nil {
				t.Fatalf("the server says %v", err)
			}
			subject, err := strconv.Unquote(found[2])
			if err != nil {
				t.Fatal(err)
			}
			all[subject] = true
		case <-time.After(10 * time.Second):
			t.Fatal("the server does not refuse what nobody may")
		}
	}
	return all
}
