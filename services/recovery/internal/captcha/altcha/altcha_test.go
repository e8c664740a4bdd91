package altcha_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/altcha"
	"countersign/services/recovery/internal/captcha/altcha/solver"
	"countersign/services/recovery/internal/captcha/captchatest"
)

const house = "the secret of the house, which nobody sees"

func shared(use string, period int64) []byte { return []byte(fmt.Sprint(house, use, period)) }

// A clock is set by hand.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func open(c *clock) *altcha.Provider {
	return altcha.New(altcha.Config{Shared: shared, Now: c.now, Work: 3})
}

func solve(t *testing.T, p *altcha.Provider, b captcha.Binding) url.Values {
	t.Helper()
	page, err := p.Page(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := solver.Solve(page)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{altcha.Field: {answer}}
}

func TestItIsAProvider(t *testing.T) {
	captchatest.Run(t, func(t *testing.T) captchatest.Bench {
		p := open(&clock{noon})
		return captchatest.Bench{
			Provider: p, Field: altcha.Field, Secrets: []string{house},
			Solve: func(b captcha.Binding) url.Values { return solve(t, p, b) },
		}
	})
}

func verify(t *testing.T, p *altcha.Provider, form url.Values) error {
	t.Helper()
	_, err := p.Verify(t.Context(), captchatest.First, form, "")
	if err != nil && !errors.Is(err, captcha.ErrRefused) {
		t.Errorf("a doubt: %v", err)
	}
	return err
}

func TestAChallengeEnds(t *testing.T) {
	for _, made := range []time.Duration{0, 30 * time.Minute, 59*time.Minute + 59*time.Second} { // whatever hour's secret it has
		c := &clock{noon.Add(made)}
		p := open(c)
		form := solve(t, p, captchatest.First)
		for after, counts := range map[time.Duration]bool{
			0: true, -time.Minute: true, altcha.Life - time.Second: true, altcha.Life: false, 24 * time.Hour: false, -2 * time.Minute: false,
		} {
			c.Time = noon.Add(made + after)
			if err := verify(t, p, form); (err == nil) != counts {
				t.Errorf("made at %v, judged %v later: %v", made, after, err)
			}
		}
	}
}

func TestReplicasShareSecretsThatChange(t *testing.T) {
	var asked []int64
	c := &clock{noon}
	p := altcha.New(altcha.Config{Work: 3, Now: c.now, Shared: func(use string, period int64) []byte {
		asked = append(asked, period)
		return shared(use, period)
	}})
	form := solve(t, p, captchatest.First)
	if err := verify(t, open(&clock{noon.Add(time.Minute)}), form); err != nil {
		t.Errorf("another replica: %v", err)
	}
	c.Time = noon.Add(time.Hour)
	solve(t, p, captchatest.First)
	if hours := slices.Compact(slices.Sorted(slices.Values(asked))); len(hours) != 2 || hours[1] != hours[0]+1 {
		t.Errorf("asked for secrets of %v", hours)
	}
	stranger := altcha.New(altcha.Config{Work: 3, Now: (&clock{noon}).now, Shared: func(string, int64) []byte { return []byte("another") }})
	if err := verify(t, stranger, form); err == nil {
		t.Error("another house takes the answer")
	}
}

// opened is an answer that can be changed.
func opened(t *testing.T, form url.Values) map[string]any {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(form.Get(altcha.Field))
	var a map[string]any
	if err = errors.Join(err, json.Unmarshal(text, &a)); err != nil {
		t.Fatal(err)
	}
	return a
}

func closed(t *testing.T, a map[string]any) url.Values {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{altcha.Field: {base64.StdEncoding.EncodeToString(text)}}
}

func TestEverythingThatIsSignedIsLookedAt(t *testing.T) {
	p := open(&clock{noon})
	form := solve(t, p, captchatest.First)
	parameters := func(a map[string]any) map[string]any {
		return a["challenge"].(map[string]any)["parameters"].(map[string]any)
	}
	if n := len(parameters(opened(t, form))); n != 9 {
		t.Errorf("%d parameters: this test must name all", n)
	}
	for name, value := range map[string]any{
		"algorithm": "PBKDF2/SHA-512", "cost": 1, "expiresAt": noon.Add(20 * time.Minute).Unix(), "keyLength": 16,
		"data": map[string]any{"binding": captchatest.Second.Digest()}, "keyPrefix": "00", "keySignature": strings.Repeat("0", 64),
		"nonce": strings.Repeat("0", 32), "salt": strings.Repeat("0", 32),
	} {
		a := opened(t, form)
		parameters(a)[name] = value
		if err := verify(t, p, closed(t, a)); err == nil {
			t.Errorf("another %s passes", name)
		}
	}
	if err := verify(t, p, closed(t, opened(t, form))); err != nil {
		t.Errorf("the answer itself does not: %v", err)
	}
}

func TestASolutionMustBeTheKey(t *testing.T) {
	p := open(&clock{noon})
	form, other := solve(t, p, captchatest.First), solve(t, p, captchatest.First)
	key := opened(t, form)["solution"].(map[string]any)["derivedKey"].(string)
	foreign := opened(t, other)["solution"].(map[string]any)["derivedKey"].(string)
	for why, wrong := range map[string]any{
		"none": "", "its known half": key[:32], "its known half and nothing": key[:32] + strings.Repeat("0", 32), "another challenge's": foreign,
		"one byte more": key + "00", "no hexadecimal": strings.Repeat("z", 64), "a number": 7, "null": nil,
	} {
		a := opened(t, form)
		a["solution"].(map[string]any)["derivedKey"] = wrong
		if err := verify(t, p, closed(t, a)); err == nil {
			t.Errorf("%s passes", why)
		}
	}
	a := opened(t, form)
	a["challenge"].(map[string]any)["signature"] = ""
	if err := verify(t, p, closed(t, a)); err == nil {
		t.Error("a challenge without a signature passes")
	}
}

// The browser's widget in test mode sends this, and a careless server takes it.
func TestTheWidgetsTestModeDoesNotCount(t *testing.T) {
	form := url.Values{altcha.Field: {base64.StdEncoding.EncodeToString([]byte(`{"challenge":null,"solution":null,"test":true}`))}}
	if err := verify(t, open(&clock{noon}), form); err == nil {
		t.Error("it passes")
	}
}

func TestTheWorkHasBounds(t *testing.T) {
	p := altcha.New(altcha.Config{Shared: shared, Now: (&clock{noon}).now, Work: 6})
	seen := map[float64]bool{}
	for range 16 {
		seen[opened(t, solve(t, p, captchatest.First))["solution"].(map[string]any)["counter"].(float64)] = true
	}
	for counter := range seen {
		if counter < 2 || counter >= 6 {
			t.Errorf("counter %v", counter)
		}
	}
	if len(seen) < 2 {
		t.Errorf("only %d counters", len(seen))
	}
}

func FuzzVerify(f *testing.F) {
	p := open(&clock{noon})
	f.Add("eyJjaGFsbGVuZ2UiOnsicGFyYW1ldGVycyI6e319fQ==")
	f.Add("")
	f.Fuzz(func(t *testing.T, value string) {
		if err := verify(t, p, url.Values{altcha.Field: {value}}); err == nil {
			t.Errorf("%q passes", value)
		}
	})
}
