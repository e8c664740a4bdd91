package workertest

import (
	"maps"
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
)

// SetPolicy changes a platform's policy from now on.
func (h *House) SetPolicy(p policy.Policy) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.policies[p.Platform] = p
}

// checkPolicies holds every commit to naming what it was decided under.
func (h *House) checkPolicies() {
	for _, c := range h.Store.Appended() {
		if c.Policy == "" {
			h.t.Errorf("version %d of %s, because of %s, names no policy", c.Version, c.Stream, c.Cause.Key())
		}
	}
}

func (h *House) policy(platform string) (policy.Policy, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.policies[platform]
	return p, ok
}

func (h *House) platforms() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.policies))
}

// Lenient is the default policy but for what would be in most tests' way: codes may come in clear, email is a factor, and budgets are never used up.
func Lenient(platform string) policy.Policy {
	p := policy.Default(platform)
	p.Hash, p.RequireSealed, p.Factors = "lenient", false, []events.Factor{events.TOTP, events.Email, events.SMS}
	b := &p.Budget
	b.PerUser, b.PerContact, b.PerPrefix, b.PerCountry, b.PerPlatform, b.Notices = plenty, plenty, plenty, plenty, plenty, plenty
	b.PauseBelow = 0
	return p
}

const plenty = 1 << 30
