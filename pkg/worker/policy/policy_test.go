package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
)

func parsed(t *testing.T, content string) *Set {
	t.Helper()
	set, err := Parse("policy.yaml", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// of puts lines below platform acme.
func of(lines ...string) string {
	return "platforms:\n  acme:\n    " + strings.Join(lines, "\n    ") + "\n"
}

func TestTheExampleHasEveryFieldAtItsDefault(t *testing.T) {
	set, err := Load("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	acme, _ := set.For("acme")
	want := defaults("acme")
	want.ReturnURL, want.Recovery.URL = "https://acme.example/account", "https://acme.example/recovery"
	want.SMS.Host = "app.acme.example"
	want.BrandColor, want.BrandLogo = "#1f5fbf", acme.BrandLogo
	if want = want.sealed(); !reflect.DeepEqual(acme, want) {
		t.Errorf("\n got %s\nwant %s", acme.Document, want.Document)
	}
	if minimal, ok := set.For("minimal"); !ok || !reflect.DeepEqual(minimal, Default("minimal")) {
		t.Errorf("minimal: %s", minimal.Document)
	}
	content, _ := os.ReadFile("testdata/example.yaml")
	for _, f := range want.fields() {
		if !strings.Contains(string(content), "  "+last(f.name)+": ") {
			t.Errorf("the example does not have %s", f.name)
		}
	}
}

func TestEveryFieldOfAPolicyIsInTheTable(t *testing.T) {
	p, known := Policy{}, 3 // Platform, Hash, Document are not read
	if got, want := len(p.fields()), leaves(reflect.TypeOf(p))-known; got != want {
		t.Errorf("the table has %d rows, the type %d fields", got, want)
	}
}

func leaves(t reflect.Type) (n int) {
	if t.Kind() != reflect.Struct {
		return 1
	}
	for i := range t.NumField() {
		n += leaves(t.Field(i).Type)
	}
	return n
}

// Every field is set to something else than its default, so that a row that points to another's place shows.
func TestEveryFieldIsReadToItsOwnPlace(t *testing.T) {
	other := map[string]string{
		"brand": "Acme & <Co>", "brand_color": `"#A1b2c3"`, "brand_logo": pixel, "required": "true", "enforcement": "grace", "grace_days": "7", "factors": "[email]", "exclusive": "true",
		"user_ids": "any", "require_sealed": "false", "locale": "pt-BR", "return_url": "http://localhost:8080/", "reauthentication": "4m",
		"step_up": "3m", "totp.algorithm": "SHA256", "totp.digits": "8", "totp.period": "60s", "totp.issuer": "Issuer", "totp.back": "0",
		"totp.forward": "2", "totp.second_device": "false", "totp.needs_email": "true", "totp.needs_phone": "true", "code.digits": "7", "code.life": "3m", "sms.countries": "[DE, XK]", "sms.host": "app.acme.example", "resend.after": "31s", "resend.per_challenge": "6", "resend.per_hour": "11",
		"budget.per_user": "21", "budget.per_contact": "31", "budget.per_prefix": "301", "budget.per_country": "5001", "budget.per_platform": "10001",
		"budget.notices": "4", "budget.pause_after": "31", "budget.pause_below": "0", "budget.pause_window": "3h", "budget.pause_for": "5h",
		"challenge.life": "11m", "challenge.attempts": "4", "challenge.open": "3", "challenge.logins_per_10m": "20", "guess.free": "3",
		"guess.window": "23h", "guess.first_wait": "1m", "guess.max_wait": "3h", "guess.suspend_at": "50", "guess.tell_reuse": "false", "enrollment.per_hour": "6",
		"enrollment.wrong_per_day": "9", "enrollment.pending_life": "25h", "enrollment.required_life": "721h", "enrollment.attempts": "4",
		"recovery_codes.count": "12", "recovery_codes.warn_at": "2", "recovery.steps": "[link, approval]", "recovery.url": "http://localhost:8080/recovery", "recovery.per_hour": "6", "recovery.link_life": "6m",
		"recovery.code_life": "4m", "recovery.life": "40m", "recovery.wrong_per_day": "8", "recovery.contact_hold": "73h",
		"recovery.support_wait": "30h", "recovery.support_life": "200h", "notification.tries": "2",
	}
	for _, f := range new(Policy).fields() {
		value, ok := other[f.name]
		if !ok {
			t.Errorf("no value for %s", f.name)
		}
		got, _ := Parse("f", []byte(of(yamlOf(f.name, value)...))) // a fault where another field must go with it
		if got == nil {
			continue
		}
		acme, _ := got.For("acme")
		if changed := differing(acme, Default("acme")); !slices.Contains(changed, f.name) || len(changed) > 1 && f.name != "brand" {
			t.Errorf("%s changed %v", f.name, changed)
		}
	}
	set := parsed(t, of(all(other)...))
	acme, _ := set.For("acme")
	if same := len(new(Policy).fields()) - len(differing(acme, Default("acme"))); same != 0 {
		t.Errorf("%d fields kept their default", same)
	}
	for _, p := range []Policy{acme, Default("acme")} {
		if back, err := FromDocument(p.Document); err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("read back: %v\n%s", err, back.Document)
		}
	}
}

const pixel = "data:image/png;base64,iVBORw0KGgo="

func TestTheLogoIsTheImageOfItsURI(t *testing.T) {
	p, _ := parsed(t, of("brand_logo: "+pixel)).For("acme")
	if mediaType, image := p.Logo(); mediaType != "image/png" || string(image) != "\x89PNG\r\n\x1a\n" {
		t.Errorf("%s %q", mediaType, image)
	}
	if mediaType, image := Default("acme").Logo(); mediaType != "" || image != nil {
		t.Errorf("%s %q", mediaType, image)
	}
}

func yamlOf(name, value string) []string {
	section, rest, inside := strings.Cut(name, ".")
	if !inside {
		return []string{fmt.Sprintf("%s: %s", name, value)}
	}
	return []string{section + ":", fmt.Sprintf("  %s: %s", rest, value)}
}

func all(values map[string]string) (lines []string) {
	sections := map[string][]string{}
	for name, value := range values {
		section, _, inside := strings.Cut(name, ".")
		one := yamlOf(name, value)
		if inside {
			sections[section] = append(sections[section], one[1])
		} else {
			lines = append(lines, one...)
		}
	}
	for section, inside := range sections {
		lines = append(append(lines, section+":"), inside...)
	}
	return lines
}

func differing(a, b Policy) (names []string) {
	other := b.fields()
	for i, f := range a.fields() {
		if !reflect.DeepEqual(f.get(), other[i].get()) {
			names = append(names, f.name)
		}
	}
	return names
}

func TestEightDigitsAllowMoreGuesses(t *testing.T) {
	parsed(t, of("totp: {digits: 8, back: 2, forward: 2}", "code: {digits: 8}", "guess: {max_wait: 20m}"))
}

func TestTheDefaultsAllowTwentyThreeGuessesADay(t *testing.T) {
	if n := Default("acme").GuessesPerDay(); n != 23 {
		t.Errorf("%d", n)
	}
	if p := defaults("acme").guessed(); p < 6.8e-5 || p > 7e-5 {
		t.Errorf("%g a day", p)
	}
}

func TestTheIssuerIsTheBrandUnlessItIsNamed(t *testing.T) {
	for content, want := range map[string]string{
		of("brand: Acme"):                                "Acme",
		of("totp: {issuer: Login}", "brand: Acme"):       "Login",
		of("required: false"):                            "acme",
		"platforms: {acme: {brand: 'Acme', totp: {}}}\n": "Acme",
	} {
		if p, _ := parsed(t, content).For("acme"); p.TOTP.Issuer != want {
			t.Errorf("%s: %s", content, p.TOTP.Issuer)
		}
	}
}

func TestThePolicyIsTheSameHoweverItIsWritten(t *testing.T) {
	a, _ := parsed(t, of("guess:", "  free: 4", "brand: acme", "factors: [totp, sms]")).For("acme")
	b, _ := parsed(t, "# nothing\nplatforms: {acme: {}}\n").For("acme")
	c, _ := parsed(t, of("code: {life: 300s}", "factors:", "- totp", "- sms")).For("acme")
	if a.Hash != b.Hash || b.Hash != c.Hash || a.Hash != Default("acme").Hash {
		t.Errorf("\n%s\n%s\n%s", a.Document, b.Document, c.Document)
	}
	d, _ := parsed(t, of("factors: [sms, totp]")).For("acme")
	e := Default("other")
	if d.Hash == a.Hash || e.Hash == a.Hash {
		t.Error("different policies have one hash")
	}
}

// Commits name this hash: another form of the same policy would look like a change of every platform's.
func TestTheDocumentIsFrozen(t *testing.T) {
	golden, err := os.ReadFile(filepath.Join("testdata", "default.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(Default("acme").Document); got != strings.TrimSpace(string(golden)) {
		t.Errorf("the default document is\n%s", got)
	}
}

func TestADocumentOfANewerReleaseIsAnError(t *testing.T) {
	for _, document := range []string{`{"platform":"acme","shiny":1}`, `{"platform":"acme"`, `[]`, ``, `{}`} {
		if _, err := FromDocument([]byte(document)); err == nil {
			t.Errorf("read %s", document)
		}
	}
}

// A bound above what a fold remembers would silently not hold.
func TestBoundsAreWithinWhatStreamsRemember(t *testing.T) {
	p := Policy{}
	most := map[string]int{
		"challenge.logins_per_10m": guard.KeptLogins, "resend.per_hour": min(guard.KeptResends, enrollment.MaxTimes),
		"enrollment.per_hour": enrollment.MaxTimes, "enrollment.wrong_per_day": enrollment.MaxTimes,
		"guess.suspend_at": guard.KeptWrong, "recovery.per_hour": recovery.MaxTimes, "recovery.wrong_per_day": recovery.MaxTimes,
	}
	for _, f := range p.fields() {
		if n, ok := most[f.name]; ok && f.set(int64(n+1)) == nil {
			t.Errorf("%s may be more than %d", f.name, n)
		}
		if f.name == "guess.window" && f.set((guard.WrongAge+time.Second).String()) == nil {
			t.Errorf("%s may be more than %s", f.name, guard.WrongAge)
		}
		if f.name == "step_up" && f.set((enrollment.SpentLife).String()) == nil {
			t.Errorf("%s may be %s", f.name, enrollment.SpentLife)
		}
	}
}

func TestSetsNameTheirPlatforms(t *testing.T) {
	set := parsed(t, "platforms: {b: {}, a: {brand: A}, c: {}}\n")
	var names []string
	for _, p := range set.All() {
		names = append(names, p.Platform)
	}
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Error(names)
	}
	if _, ok := set.For("d"); ok {
		t.Error("found a platform that is not there")
	}
	if p, _ := set.For("a"); p.Brand != "A" || !slices.Equal(p.Factors, []events.Factor{events.TOTP, events.SMS}) {
		t.Error(p)
	}
}

func TestOtherDefaultsHoldWhereTheFileSaysNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	content := "platforms: {silent: {}, own: {recovery: {url: https://own.example}}, brand: {brand: B}}\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := LoadWith(path, func(p *Policy) { p.Recovery.URL, p.Brand = "http://127.0.0.1:1/recovery", "Here" })
	if err != nil {
		t.Fatal(err)
	}
	again, err := set.again(set, []byte(content+"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Set{set, again} {
		for name, want := range map[string][2]string{
			"silent": {"http://127.0.0.1:1/recovery", "Here"}, "own": {"https://own.example", "Here"}, "brand": {"http://127.0.0.1:1/recovery", "B"},
		} {
			p, _ := s.For(name)
			if got := [2]string{p.Recovery.URL, p.Brand}; got != want || p.TOTP.Issuer != want[1] {
				t.Errorf("%s: %v, issuer %s", name, got, p.TOTP.Issuer)
			}
		}
	}
}
