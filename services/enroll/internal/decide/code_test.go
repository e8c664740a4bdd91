package decide_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

func TestActivations(t *testing.T) {
	run(t, []scenario{
		{
			name:  "the code that the app shows activates it",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  says("activated e1 totp at step 100, with codes new", "10 codes new"),
		},
		{
			name:  "a code that fits two steps spends both",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(99, 101)),
			then:  says("activated e1 totp at step 101, with codes new", "10 codes new"),
		},
		{
			name:  "the code that was sent activates its number",
			given: pending(-minute, "e1", events.SMS),
			when:  submit("e1", fitsSent),
			then:  says("activated e1 sms at step 0, with codes new", "10 codes new"),
		},
		{
			name:  "evidence of another kind activates nothing",
			given: pending(-minute, "e1", events.SMS),
			when:  submit("e1", fits(100)),
			then:  says("rejected wrong_code, 4 left"),
		},
		{
			name:  "nor the other way round",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fitsSent),
			then:  says("rejected wrong_code, 4 left"),
		},
		{
			name:  "the login during which a first factor is added passes with it",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(100), codeLogin(unproven("L"))),
			then:  says("activated e1 totp at step 100, passes L, with codes new", "10 codes new"),
		},
		{
			name:  "a login that started with a factor active does not pass by an activation",
			given: history(activated(-hour, "e1", events.TOTP), pending(-minute, "e2", events.SMS, withStepUp)),
			when:  submit("e2", fitsSent, codeLogin(acceptedAt("L", 0))),
			then:  says("activated e2 sms at step 0"),
		},
		{
			name:  "a login that nobody knows does not pass",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(100), codeLogin(decide.Login{ID: "L"})),
			then:  says("activated e1 totp at step 100, with codes new", "10 codes new"),
		},
		{
			name:  "a login passes by an activation only once",
			given: history(pending(-minute, "e1", events.TOTP), spent(-minute, "L", "e0")),
			when:  submit("e1", fits(100), codeLogin(unproven("L"))),
			then:  says("activated e1 totp at step 100, with codes new", "10 codes new"),
		},
		{
			name:  "a new factor replaces the former one of its kind",
			given: history(activated(-hour, "e1", events.TOTP), pending(-minute, "e2", events.TOTP, withStepUp)),
			when:  submit("e2", fits(100)),
			then:  says("activated e2 totp at step 100", "removed e1 totp, replaced"),
		},
		{
			name:  "and stands beside those of other kinds",
			given: history(activated(-hour, "e1", events.TOTP), pending(-minute, "e2", events.SMS, withStepUp)),
			when:  submit("e2", fitsSent),
			then:  says("activated e2 sms at step 0"),
		},
		{
			name: "unless policy keeps one factor only",
			given: history(activated(-2*hour, "e1", events.TOTP), activated(-hour, "e2", events.SMS),
				pending(-minute, "e3", events.Email, withStepUp)),
			policy: exclusive,
			when:   submit("e3", fitsSent),
			then:   says("activated e3 email at step 0", "removed e1 totp e2 sms, replaced"),
		},
		{
			name: "contacts that the request named are kept from the activation on",
			given: pending(-minute, "e1", events.TOTP, func(e *enrollment.SecretCreated) {
				e.Record.Email, e.Record.Phone = contact(events.Email), contact(events.SMS)
			}),
			when: submit("e1", fits(100)),
			then: says("activated e1 totp at step 100, with codes new", "10 codes new", "contacts j•••@example.org •••• 1234",
				"notify factor_activated by email about e1, until 24h0m0s", "notify factor_activated by sms about e1, until 24h0m0s"),
		},
		{
			name: "the former contact is told that it was replaced",
			given: history(kept(-hour, events.Email), pending(-minute, "e1", events.Email, func(e *enrollment.SecretCreated) {
				e.Record.Email = contact(events.Email)
			})),
			when: submit("e1", fitsSent),
			then: says("activated e1 email at step 0, with codes new", "10 codes new", "contacts j•••@example.org ",
				"notify contact_changed by email about ce-1, until 24h0m0s",
				"notify factor_activated by email about e1, until 24h0m0s"),
		},
		{
			name:   "a factor that policy no longer allows is not activated",
			given:  pending(-minute, "e1", events.SMS),
			policy: onlyTOTP,
			when:   submit("e1", fitsSent),
			then:   says("refused not_allowed factor"),
		},
		{
			name:  "an enrollment is activated once",
			given: activated(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(101)),
			then:  says("refused wrong_state enrollment_id"),
		},
		{
			name:  "one that was replaced is not activated by its right code",
			given: history(pending(-minute, "e1", events.TOTP), discarded(0, "e1", enrollment.DiscardReplaced)),
			when:  submit("e1", fits(100)),
			then:  says("refused wrong_state enrollment_id"),
		},
		{
			name: "one that nobody asked for is not found",
			when: submit("e1", fits(100)),
			then: says("refused not_found enrollment_id"),
		},
	})
}
