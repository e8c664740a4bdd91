package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/e2e/canary"
	"countersign/e2e/stranger"
)

// Eight digits are not found by chance.
const longCodes = `platforms:
  acme:
    brand: Acme
    factors: [totp, email, sms]
    require_sealed: false
    totp: {digits: 8}
    code: {digits: 8}
`

// What a user and a platform would not want to be found: in clear on the bus for a moment, and nowhere else, ever.
func TestNoSecretOfARunIsFoundAnywhere(t *testing.T) {
	t.Parallel()
	ctx, own := within(t, 2*patient), start(t, longCodes)
	p := acme(t, own)
	heard := everything(t, p)
	r := newSecretRun(t, own, p)
	r.app(ctx, t)
	r.sent(ctx, t, "email", "email", r.email)
	r.sent(ctx, t, "sms", "phone", r.phone)
	r.broken(ctx, t)
	r.reset(ctx, t)
	r.recovery(ctx, t)
	r.support(ctx, t)
	passes(ctx, t, p)
	r.notIn(t, "the running process's folder", folder(own.Data))
	r.notIn(t, "the platform's events", r.find(heard()))
	r.flood(ctx, t)
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	r.notIn(t, "the killed process's folder", folder(own.Data))
	again := started(t)(own.Again(ctx))
	passes(ctx, t, acme(t, again))
	if code, err := again.Stop(ctx); code != 0 || err != nil {
		t.Errorf("stop: %d, %v", code, err)
	}
	r.notIn(t, "the stopped process's folder", folder(own.Data))
	r.notIn(t, "the process's output", r.find([]byte(own.Output()+again.Output())))
	if !stands(t, filepath.Join(own.Data, "store.db"), r.holder.user) {
		t.Error("not even the user was found in store.db: this test looks in the wrong place")
	}
}

func (r *secretRun) notIn(t *testing.T, where string, look func([]canary.Canary) ([]string, error)) {
	t.Helper()
	found, err := look(r.all)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range found {
		t.Errorf("found in %s: %s", where, what)
	}
}

func folder(path string) func([]canary.Canary) ([]string, error) {
	return func(all []canary.Canary) ([]string, error) { return canary.FindInFolder(path, all) }
}

func (r *secretRun) find(text []byte) func([]canary.Canary) ([]string, error) {
	return func(all []canary.Canary) (found []string, err error) {
		for _, c := range all {
			found = append(found, c.Find(text)...)
		}
		return found, nil
	}
}

// everything collects what the bus says to the platform, headers included; the call returns it.
func everything(t *testing.T, p *stranger.Platform) (heard func() []byte) {
	t.Helper()
	sub, err := p.Conn.SubscribeSync("mfa.acme.out.>")
	if err != nil {
		t.Fatal(err)
	}
	return func() []byte {
		var all bytes.Buffer
		n, _, err := sub.Pending()
		if err != nil || n == 0 {
			t.Errorf("heard %d events, %v", n, err)
		}
		for range n {
			m, err := sub.NextMsg(patient)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&all, m.Subject, m.Header, string(m.Data))
		}
		return all.Bytes()
	}
}

func stands(t *testing.T, file, text string) bool {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(content, []byte(text))
}
