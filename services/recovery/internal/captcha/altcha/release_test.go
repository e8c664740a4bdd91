package altcha

import (
	"testing"

	"countersign/services/recovery/internal/captcha"
)

// Signed by us, but not what this release would make: a weaker one must not outlive the release that made it.
func TestAChallengeOfAnotherReleaseDoesNotCount(t *testing.T) {
	b := captcha.Binding{Case: "c", Claim: 1}
	p := New(Config{Shared: func(string, int64) []byte { return []byte("secret") }, Work: 3})
	for name, change := range map[string]func(*parameters){
		"as it is":  func(*parameters) {},
		"algorithm": func(c *parameters) { c.Algorithm = "PBKDF2/SHA-512" },
		"cost":      func(c *parameters) { c.Cost = 1 },
		"length":    func(c *parameters) { c.KeyLength = 16 },
	} {
		made, err := p.challenge(b)
		if err != nil {
			t.Fatal(err)
		}
		change(&made.Parameters)
		made.Signature = p.signer.challenge(made.Parameters)
		want := map[bool]string{true: "the solution is wrong", false: "the challenge is of another release"}[name == "as it is"]
		if why := p.fault(b, answer{Challenge: made}); why != want {
			t.Errorf("%s: %s", name, why)
		}
	}
}
