package natsconfig_test

import (
	"testing"
	"time"

	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What ADR 116 says that rights do not hold: where a server begins to, its rows go.
func TestWhatRightsOnSubjectsDoNotHold(t *testing.T) {
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			h := live(t, form)
			timers, err := h.js("_operator").Stream(t.Context(), bus.StreamTimer)
			must(t, err)
			left := func() uint64 {
				info, err := timers.Info(t.Context())
				must(t, err)
				return info.State.Msgs
			}
			must(t, stored(t, h.connect(t, "_enroll"), "mfa.acme.timer.enroll.expiry_due", nil))
			must(t, stored(t, h.verify, "mfa.acme.timer.verify.expiry_due", nil))
			if left() != 2 {
				t.Fatalf("%d timers", left())
			}
			must(t, stored(t, h.verify, "mfa.acme.timer.verify.expiry_due", nats.Header{"Nats-Rollup": {"all"}}))
			if left() != 1 {
				t.Error("a worker cannot roll up another's timers any more")
			}
			if !h.takesForARepeat("mfa.acme.in.login.started", "mfa.beta.in.login.started") {
				t.Error("ids of messages are a platform's own now")
			}
		})
	}
}

// takesForARepeat says whether the bus takes beta's message for a repeat of acme's. It remembers an id for 100 ms alone.
func (h *house) takesForARepeat(acmes, betas string) bool {
	h.t.Helper()
	acme, err := jetstream.New(h.login.Conn)
	must(h.t, err)
	beta, err := jetstream.New(h.other.Conn)
	must(h.t, err)
	for end := time.Now().Add(soon); time.Now().Before(end); {
		for _, js := range []jetstream.JetStream{acme, beta} {
			subject := acmes
			if js == beta {
				subject = betas
			}
			said, err := js.Publish(h.t.Context(), subject, nil, jetstream.WithMsgID("beta/shop/1"))
			must(h.t, err)
			if js == beta && said.Duplicate {
				return true
			}
		}
	}
	return false
}
