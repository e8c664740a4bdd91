package core

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
)

// resends asks again n times, each as early as is allowed.
func resends(login string, n int) act {
	return func(w *world) {
		for range n {
			c, _ := w.state.Challenge("c-" + login)
			if w.now.Before(c.ResendAt) {
				w.now = c.ResendAt
			}
			resend(login)(w)
		}
	}
}

func TestResend(t *testing.T) {
	long := under(func(p *policy.Policy) { p.Challenge.Life = time.Hour })
	play(t, []scenario{
		{
			name:  "after 30 seconds a new code is sent",
			given: []act{enrolled(events.SMS), login("a"), after(30 * time.Second)},
			when:  resend("a"),
			then:  says("issued c-a sms, 5 left, sends 2 resend +60 s", "notify c-a by sms until +300 s"),
		},
		{
			name:  "before that it has to wait",
			given: []act{enrolled(events.SMS), login("a"), after(29 * time.Second)},
			when:  resend("a"),
			then:  says("rejected rate_limited retry +1 s"),
		},
		{
			name:  "who asks too often within a second costs one commit",
			given: []act{enrolled(events.SMS), login("a"), resend("a"), after(999 * time.Millisecond)},
			when:  resend("a"),
			then:  says("rejected rate_limited retry +29 s shared"),
		},
		{
			name:  "and so does a refusal of another kind",
			given: []act{enrolled(events.SMS), login("a"), resend("a")},
			when:  switched("a", events.Email),
			then:  says("rejected not_allowed factor shared"),
		},
		{
			name:  "a second later another",
			given: []act{enrolled(events.SMS), login("a"), resend("a"), after(time.Second)},
			when:  resend("a"),
			then:  says("rejected rate_limited retry +29 s"),
		},
		{
			name:  "the wait doubles with each",
			given: []act{enrolled(events.SMS), login("a"), resends("a", 2), after(119 * time.Second)},
			when:  resend("a"),
			then:  says("rejected rate_limited retry +1 s"),
		},
		{
			name:  "a challenge is sent again five times",
			given: []act{long, enrolled(events.SMS), login("a"), resends("a", 4), after(480 * time.Second)},
			when:  resend("a"),
			then:  says("issued c-a sms, 5 left, sends 6 resend +960 s", "notify c-a by sms until +300 s"),
		},
		{
			name:  "not a sixth time",
			given: []act{long, enrolled(events.SMS), login("a"), resends("a", 5), after(960 * time.Second)},
			when:  resend("a"),
			then:  says("rejected rate_limited"),
		},
		{
			name: "a user is sent ten again in an hour",
			given: []act{
				enrolled(events.SMS),
				times(10, func(i int) act {
					return func(w *world) { w.run(login(fmt.Sprint(i)), resends(fmt.Sprint(i), 1)) }
				}),
				login("z"), after(30 * time.Second),
			},
			when: resend("z"),
			then: says("rejected rate_limited retry +3300 s"),
		},
		{
			name:  "a new code leaves the attempts as they are",
			given: []act{enrolled(events.SMS), login("a"), wrongs("a", 2), after(30 * time.Second)},
			when:  resend("a"),
			then:  says("issued c-a sms, 3 left, sends 2 resend +60 s", "notify c-a by sms until +300 s"),
		},
		{
			name:  "the challenge can be switched to another active factor",
			given: []act{enrolled(events.SMS), enrolled(events.TOTP), login("a")},
			when:  switched("a", events.SMS),
			then:  says("issued c-a sms, 5 left, sends 1 resend +30 s", "notify c-a by sms until +300 s"),
		},
		{
			name:  "a switch to the app sends nothing",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), login("a")},
			when:  switched("a", events.TOTP),
			then:  says("issued c-a totp, 5 left resend +30 s"),
		},
		{
			name:  "a switch kills the code sent before",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), login("a"), switched("a", events.TOTP)},
			when:  attempt("a", events.SMS, func(Comparison) Match { return Match{Sending: 1} }),
			then:  says("rejected not_allowed factor"),
		},
		{
			name:  "switching to and fro does not shorten the wait",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), login("a"), switched("a", events.TOTP)},
			when:  switched("a", events.SMS),
			then:  says("rejected rate_limited retry +30 s"),
		},
		{
			name:  "switching back never counts a sending anew, so that no code comes twice",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), login("a"), switched("a", events.TOTP), after(30 * time.Second)},
			when:  switched("a", events.SMS),
			then:  says("issued c-a sms, 5 left, sends 2 resend +60 s", "notify c-a by sms until +300 s"),
		},
		{
			name:  "asking again for the app's code changes nothing",
			given: []act{enrolled(events.TOTP), login("a")},
			when:  resend("a"),
			then:  says("issued c-a totp, 5 left"),
		},
		{
			name:  "a factor that is not active cannot be switched to",
			given: []act{enrolled(events.TOTP), login("a")},
			when:  switched("a", events.Email),
			then:  says("rejected not_allowed factor"),
		},
		{
			name:  "during a wait nothing is sent",
			given: []act{enrolled(events.SMS), login("a"), login("b"), wrongs("a", 5), after(29 * time.Second)},
			when:  resend("b"),
			then:  says("rejected rate_limited retry +1 s"),
		},
		{
			name:  "after the wait a login that began in it is sent its code",
			given: []act{enrolled(events.SMS), login("a"), wrongs("a", 5), login("b"), after(30 * time.Second)},
			when:  resend("b"),
			then:  says("issued c-b sms, 5 left, sends 1 resend +30 s", "notify c-b by sms until +300 s"),
		},
		{
			name:  "a challenge that has ended sends nothing",
			given: []act{enrolled(events.SMS), login("a"), newest("a"), after(30 * time.Second)},
			when:  resend("a"),
			then:  says("rejected wrong_state challenge_id"),
		},
		{
			name:  "a challenge that has expired sends nothing",
			given: []act{enrolled(events.SMS), login("a"), after(10 * time.Minute)},
			when:  resend("a"),
			then:  says("rejected wrong_state challenge_id"),
		},
		{
			name: "a challenge that is not known sends nothing",
			when: resend("a"),
			then: says("rejected not_found challenge_id"),
		},
	})
}
