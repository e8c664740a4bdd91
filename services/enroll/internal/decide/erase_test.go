package decide_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/services/enroll/internal/decide"
)

func TestErasures(t *testing.T) {
	erase := decide.ErasureRequested{Request: asks}
	run(t, []scenario{
		{
			name:  "what is open ends, and the receipt names the day when no backup is left",
			given: history(kept(-2*hour, events.Email), activated(-hour, "e1", events.TOTP), pending(-minute, "e2", events.SMS)),
			when:  erase,
			then:  says("erased new of ring, at 0s, complete 720h0m0s", "discarded e2 erased", "removed e1 totp, erased"),
		},
		{
			name:   "also of a user who must have a factor",
			given:  history(required(-hour), activated(-hour, "e1", events.TOTP)),
			policy: everyoneMust,
			when:   erase,
			then:   says("erased new of ring, at 0s, complete 720h0m0s", "removed e1 totp, erased"),
		},
		{
			name: "who is not known is forgotten all the same",
			when: erase,
			then: says("erased new, at 0s, complete 720h0m0s"),
		},
		{
			name:  "asked again it gives the same receipt",
			given: history(activated(-hour, "e1", events.TOTP), erased(-minute)),
			when:  erase,
			then:  says("erased former receipt, at -1m0s, complete 719h59m0s"),
		},
		{
			name:  "who came back is forgotten anew",
			given: history(erased(-2*hour), pending(-hour, "e2", events.TOTP)),
			when:  erase,
			then:  says("erased new of ring, at 0s, complete 720h0m0s", "discarded e2 erased"),
		},
		{
			name:  "so is a requirement that was made since",
			given: history(erased(-2*hour), required(-hour)),
			when:  erase,
			then:  says("erased new, at 0s, complete 720h0m0s"),
		},
		{
			name:  "who was erased begins anew, without a step-up",
			given: history(activated(-hour, "e1", events.TOTP), erased(-minute)),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("created new totp, expires 24h0m0s", "timer, due 24h0m0s"),
		},
		{
			name:  "but within the bounds: an erasure is no way round them",
			given: history(fiveRequests(), erased(-minute)),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("refused rate_limited, again 10m0s"),
		},
		{
			name:  "the timer of what was pending finds nothing",
			given: history(pending(-24*hour, "e1", events.TOTP), erased(-minute)),
			when:  due("e1"),
		},
	})
}
