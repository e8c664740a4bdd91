package workertest

import (
	"slices"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/worker"
	"countersign/pkg/worker/keyring"
)

// AnswersEverything publishes an event of every type of In that the worker handles, as minimal gives it, twice and in turn, and once more as
// broken JSON, and wants exactly one answer to each: of the types that the contract names, or request.rejected.
func AnswersEverything(t *testing.T, workers []worker.Worker, minimal map[string]events.Event) {
	t.Helper()
	t.Parallel()
	h := Start(t, Config{Workers: workers})
	p := h.Platform(Acme)
	for _, row := range h.registry.Types() {
		if row.Direction != events.In || row.Worker != workers[0].Name {
			continue
		}
		e, ok := minimal[row.Name()]
		if !ok {
			t.Errorf("the test has no event of %s", row.Name())
			continue
		}
		answer := p.Ask(e)
		if name := answer.Envelope.Type; name != events.RequestRejectedType && !slices.Contains(row.Answers, name) {
			t.Errorf("%s is answered by %s", row.Name(), name)
		}
		if n := len(p.Answers(answer.Envelope.CausationID)); n != 1 {
			t.Errorf("%s has %d answers", row.Name(), n)
		}
		broken := p.Ask(e, Data(`{"user":"ann-1"}`))
		if code := Refused(broken); code != events.Invalid && row.Fact != "erasure_requested" {
			t.Errorf("%s without its fields is answered by %s %s", row.Name(), broken.Envelope.Type, code)
		}
	}
	p.ReplayAll()
}

// PublicKey is the newest that platforms seal to.
func (h *House) PublicKey() keyring.PublicKey {
	h.t.Helper()
	set, err := keyring.OpenKeySet(h.t.Context(), keyring.KeySetConfig{Rings: h.Keys.rings, Logger: h.log})
	if err != nil {
		h.t.Fatal(err)
	}
	return set.Public()[0]
}
