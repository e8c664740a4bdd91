package core

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
)

func TestLogin(t *testing.T) {
	play(t, []scenario{
		{
			name:  "a user with an app is asked for its code, and nothing is sent",
			given: []act{enrolled(events.TOTP)},
			when:  login("a"),
			then:  says("issued c-a totp, 5 left", "timer expiry of c-a at +600 s"),
		},
		{
			name:  "a user with a phone is sent a code that lives for 5 minutes",
			given: []act{enrolled(events.SMS)},
			when:  login("a"),
			then: says("issued c-a sms, 5 left, sends 1 resend +30 s", "notify c-a by sms until +300 s",
				"timer expiry of c-a at +600 s"),
		},
		{
			name:  "of several factors the newest is asked for",
			given: []act{enrolled(events.SMS), enrolled(events.TOTP)},
			when:  login("a"),
			then:  says("issued c-a totp, 5 left", "timer expiry of c-a at +600 s"),
		},
		{
			name:  "the factor wished for is asked for where it is active",
			given: []act{enrolled(events.Email), enrolled(events.TOTP)},
			when:  wish("a", events.Email),
			then: says("issued c-a email, 5 left, sends 1 resend +30 s", "notify c-a by email until +300 s",
				"timer expiry of c-a at +600 s"),
		},
		{
			name:  "a wish for a factor that is not active is passed over",
			given: []act{enrolled(events.TOTP)},
			when:  wish("a", events.SMS),
			then:  says("issued c-a totp, 5 left", "timer expiry of c-a at +600 s"),
		},
		{
			name: "a factor that policy no longer allows is asked for all the same",
			given: []act{enrolled(events.Email), under(func(p *policy.Policy) {
				p.Factors = []events.Factor{events.TOTP}
			})},
			when: login("a"),
			then: says("issued c-a email, 5 left, sends 1 resend +30 s", "notify c-a by email until +300 s",
				"timer expiry of c-a at +600 s"),
		},
		{
			name:  "an active factor of a kind not known here is never taken for none",
			given: []act{enrolled("hologram")},
			when:  login("a"),
			then:  says("rejected not_allowed factor"),
		},
		{
			name: "a user without a factor who needs none goes on, for 2 minutes",
			when: login("a"),
			then: says("waived a until +120 s"),
		},
		{
			name:  "the same login_id again sends nothing and gives the challenge as it stands",
			given: []act{enrolled(events.SMS), login("a"), wrong("a"), after(20 * time.Second)},
			when:  login("a"),
			then:  says("issued c-a sms, 4 left resend +10 s"),
		},
		{
			name:  "the same login_id again does not prolong a waiver",
			given: []act{login("a"), after(90 * time.Second)},
			when:  login("a"),
			then:  says("waived a until +30 s"),
		},
		{
			name:  "a waiver does not outlive the activation of a factor",
			given: []act{login("a"), enrolled(events.TOTP)},
			when:  login("a"),
			then:  says("rejected wrong_state login_id"),
		},
		{
			name:  "a login that was waived is told to enroll once that is required",
			given: []act{login("a"), under(func(p *policy.Policy) { p.Required = true })},
			when:  login("a"),
			then:  says("enroll a, may continue: false"),
		},
		{
			name:  "a login that was accepted is not asked again",
			given: []act{enrolled(events.TOTP), login("a"), code("a", 7)},
			when:  login("a"),
			then:  says("rejected wrong_state login_id"),
		},
		{
			name:  "a login whose factor was removed meanwhile cannot go on",
			given: []act{enrolled(events.TOTP), login("a"), removed(events.TOTP)},
			when:  login("a"),
			then:  says("rejected wrong_state login_id"),
		},
		{
			name:  "a login whose challenge has expired cannot go on",
			given: []act{enrolled(events.TOTP), login("a"), after(10 * time.Minute)},
			when:  login("a"),
			then:  says("rejected wrong_state login_id"),
		},
		{
			name:  "the sixth open challenge closes the oldest",
			given: []act{enrolled(events.TOTP), times(5, func(i int) act { return login(fmt.Sprint(i)) })},
			when:  login("f"),
			then:  says("issued c-f totp, 5 left", "closed c-0 superseded", "timer expiry of c-f at +600 s"),
		},
		{
			name:  "an accepted challenge is not among the open ones",
			given: []act{enrolled(events.TOTP), times(5, func(i int) act { return login(fmt.Sprint(i)) }), code("0", 7)},
			when:  login("f"),
			then:  says("issued c-f totp, 5 left", "timer expiry of c-f at +600 s"),
		},
		{
			name: "the 31st login in ten minutes has to wait until the first is ten minutes old",
			given: []act{
				enrolled(events.TOTP), login("x"), after(time.Minute),
				times(29, func(i int) act { return login(fmt.Sprint(i)) }),
			},
			when: login("y"),
			then: says("rejected rate_limited retry +540 s"),
		},
		{
			name:  "ten minutes after the first of thirty the next login is heard",
			given: []act{times(30, func(i int) act { return login(fmt.Sprint(i)) }), after(10 * time.Minute)},
			when:  login("y"),
			then:  says("waived y until +120 s"),
		},
		{
			name: "a policy that allows more logins than are remembered does not open the limit",
			given: []act{
				under(func(p *policy.Policy) { p.Challenge.LoginsPer10m = 1000 }),
				times(32, func(i int) act { return login(fmt.Sprint(i)) }),
			},
			when: login("y"),
			then: says("rejected rate_limited retry +600 s"),
		},
		{
			name:  "while the user has to wait a login is challenged, and nothing is sent",
			given: []act{enrolled(events.SMS), login("a"), wrongs("a", 5), after(10 * time.Second)},
			when:  login("b"),
			then:  says("issued c-b sms, 5 left resend +20 s retry +20 s", "timer expiry of c-b at +600 s"),
		},
	})
}

func TestRequirement(t *testing.T) {
	required := evidence(func(e *Evidence) { e.Required = true })
	platform := func(how policy.Enforcement) act {
		return under(func(p *policy.Policy) { p.Required, p.Enforcement, p.GraceDays = true, how, 7 })
	}
	day := 24 * time.Hour
	play(t, []scenario{
		{
			name:  "a user who needs a factor and has none has to enroll",
			given: []act{required},
			when:  login("a"),
			then:  says("enroll a, may continue: false"),
		},
		{
			name:  "the pending enrollment is named",
			given: []act{required, evidence(func(e *Evidence) { e.Pending = "e-1" })},
			when:  login("a"),
			then:  says("enroll a e-1, may continue: false"),
		},
		{
			name:  "a requirement of the platform holds for a user without one",
			given: []act{platform(policy.AtOnce)},
			when:  stepUp("a"),
			then:  says("enroll a, may continue: false"),
		},
		{
			name:  "until the first activation the login may go on where policy says so",
			given: []act{platform(policy.UntilActivation)},
			when:  login("a"),
			then:  says("enroll a, may continue: true"),
		},
		{
			name:  "once a factor was active the login may not go on without one",
			given: []act{platform(policy.UntilActivation), enrolled(events.TOTP), removed(events.TOTP)},
			when:  login("a"),
			then:  says("enroll a, may continue: false"),
		},
		{
			name: "a factor that was asked for once is remembered, whatever the evidence says",
			given: []act{
				platform(policy.UntilActivation), enrolled(events.TOTP), login("a"), removed(events.TOTP),
				evidence(func(e *Evidence) { e.EverActivated = false }),
			},
			when: login("b"),
			then: says("enroll b, may continue: false"),
		},
		{
			name:  "a grace runs from the first login that was told",
			given: []act{platform(policy.Grace), login("a"), after(6 * day)},
			when:  login("b"),
			then:  says("enroll b, may continue: true until +86400 s"),
		},
		{
			name:  "after the grace the login may not go on",
			given: []act{platform(policy.Grace), login("a"), after(7 * day)},
			when:  login("b"),
			then:  says("enroll b, may continue: false until +0 s"),
		},
		{
			name: "a grace of the user's own requirement runs from when it was said",
			given: []act{
				platform(policy.Grace), evidence(func(e *Evidence) { e.Required, e.RequiredSince = true, noon.Add(-8*day) }),
			},
			when: login("a"),
			then: says("enroll a, may continue: false until -86400 s"),
		},
		{
			name:  "the same login_id again gives the same answer",
			given: []act{required, login("a"), after(time.Minute)},
			when:  login("a"),
			then:  says("enroll a, may continue: false"),
		},
		{
			name:  "a login that was told to enroll is not waived into a challenge later",
			given: []act{required, login("a"), enrolled(events.TOTP)},
			when:  login("a"),
			then:  says("rejected wrong_state login_id"),
		},
	})
}
