package decide_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/decide"
)

type scenario struct {
	name   string
	policy func(*policy.Policy) // nil for the default with email on
	given  []past
	at     time.Duration // since noon
	when   decide.Input
	then   []string
}

func run(t *testing.T, scenarios []scenario) {
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			now := noon.Add(c.at)
			s := fold(t, c.given)
			d, no := decide.Decide(s, c.when, under(c.policy), now)
			got := tell(d, no, now)
			if shares(s, c.when, d, no, now) {
				got[0] += ", shared"
			}
			if !slices.Equal(got, c.then) {
				t.Fatalf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.then, "\n\t"))
			}
			for _, e := range d.Events {
				if err := e.Validate(); err != nil {
					t.Fatalf("%s is not valid: %v", e.EventType(), err)
				}
			}
		})
	}
}

func under(change func(*policy.Policy)) policy.Policy {
	p := policy.Default("acme")
	p.Factors = []events.Factor{events.TOTP, events.Email, events.SMS}
	if change != nil {
		change(&p)
	}
	return p
}

func says(lines ...string) []string { return lines }

func exclusive(p *policy.Policy) { p.Exclusive = true }

func everyoneMust(p *policy.Policy) { p.Required = true }

func onlyTOTP(p *policy.Policy) { p.Factors = []events.Factor{events.TOTP} }

func oneDevice(p *policy.Policy) { p.TOTP.SecondDevice = false }
func noResets(p *policy.Policy)  { p.Recovery.Steps = append(p.Recovery.Steps, recovery.Approval) }

const (
	minute = time.Minute
	second = time.Second
	hour   = time.Hour
)
