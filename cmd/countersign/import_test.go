package main

import (
	"encoding/base32"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/totp"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
	"countersign/services/verify"
)

// A desk is where an administrator sits.
type desk struct {
	*workertest.House
	*workertest.Platform
	t      *testing.T
	folder string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	t.Parallel()
	h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{enroll.Worker(), verify.Worker()}})
	return &desk{h, h.Platform(workertest.Acme), t, t.TempDir()}
}

func (d *desk) types(args ...string) (string, error) {
	d.t.Helper()
	var out strings.Builder
	environ := []string{"COUNTERSIGN_NATS_URL=" + d.Bus.URL(), "COUNTERSIGN_NATS_USER=" + workertest.Acme, "COUNTERSIGN_NATS_PASSWORD=p"}
	err := run(d.t.Context(), runtime.Process{Name: "countersign", Args: args, Environ: environ, Stdout: &out, Stderr: &out})
	return out.String(), err
}

func (d *desk) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

const (
	annsSeed = "canary of ann's seed"
	bobsSeed = "canary of bob's seed"
)

func uri(user, seed string) string {
	return "otpauth://totp/Old:" + user + "?secret=" + base32.StdEncoding.EncodeToString([]byte(seed)) + "\n"
}

func TestSeedsAreImportedOnceAndOpenLogins(t *testing.T) {
	d := newDesk(t)
	path := d.file("seeds", uri("ann-1", annsSeed)+"not a URI\n"+uri("bob-1", bobsSeed))
	dry, err := d.types("import", "--from", "otpauth", "--by", "s-1", "--rate", "1000", path)
	if err == nil || !strings.Contains(dry, "line 3: bob-1: would be imported (SHA1, 6 digits, 30s)") || len(d.User("ann-1").Commits("enrollment")) > 0 {
		t.Errorf("%v, %d commits\n%s", err, len(d.User("ann-1").Commits("enrollment")), dry)
	}
	apply := []string{"import", "--from", "otpauth", "--by", "s-1", "--rate", "1000", "--apply", path}
	out, err := d.types(apply...)
	if err == nil || !strings.Contains(out, "line 1: ann-1: imported\nline 2: the line is not an otpauth URI; use one otpauth://totp/… a line\nline 3: bob-1: imported\n3 read, 2 imported, 1 wrong") {
		t.Errorf("%v\n%s", err, out)
	}
	commits := len(d.User("ann-1").Commits("enrollment"))
	if out, err = d.types(apply...); err == nil || strings.Count(out, "imported before, at ") != 2 || len(d.User("ann-1").Commits("enrollment")) != commits {
		t.Errorf("run again: %v\n%s", err, out)
	}
	d.logsIn("ann-1", annsSeed)
	d.exports("ann-1")
	d.SearchAllFor(annsSeed, base32.StdEncoding.EncodeToString([]byte(annsSeed)), bobsSeed)
	d.ReplayAll()
}

// logsIn takes the code that the app shows next: what it shows at the time of an import counts as used.
func (d *desk) logsIn(user, seed string) {
	d.t.Helper()
	code := totp.Code([]byte(seed), workertest.Step()+1, totp.Options{Algorithm: enrollment.SHA1, Digits: 6, Period: 30 * time.Second})
	first := workertest.As[*guard.ChallengeIssued](d.House, d.Ask(&guard.LoginStarted{User: user, LoginID: "l1"}))
	second := workertest.As[*guard.ChallengeIssued](d.House, d.Ask(&guard.LoginStarted{User: user, LoginID: "l2"}))
	workertest.As[*guard.AttemptAccepted](d.House, d.Ask(&guard.AttemptSubmitted{User: user, ChallengeID: first.ChallengeID, Code: code}))
	r := workertest.As[*guard.AttemptRejected](d.House, d.Ask(&guard.AttemptSubmitted{User: user, ChallengeID: second.ChallengeID, Code: code}))
	if r.Reason != guard.Replayed {
		d.t.Errorf("the second use is refused as %s", r.Reason)
	}
}

func (d *desk) exports(user string) {
	d.t.Helper()
	out, err := d.types("export", user)
	if err != nil {
		d.t.Fatal(err)
	}
	var types []string
	for line := range strings.Lines(out) {
		env, err := events.Decode(nil, json.RawMessage(line))
		if err != nil {
			d.t.Fatalf("%v: %s", err, line)
		}
		types = append(types, env.Type)
	}
	all := strings.Join(types, " ")
	if len(types) < 5 || types[0] != enrollment.ActivatedType || !strings.Contains(all, guard.AttemptAcceptedType) {
		d.t.Errorf("exported %v", types)
	}
}

// A container under a password: what RFC 6030 shows in figure 7, for time instead of a counter.
const underPassword = `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">
<EncryptionKey><DerivedKey><KeyDerivationMethod Algorithm="http://www.w3.org/2009/xmlenc11#pbkdf2"><PBKDF2-params><Salt><Specified>Ej7/PEpyEpw=</Specified></Salt>
<IterationCount>1000</IterationCount><KeyLength>16</KeyLength></PBKDF2-params></KeyDerivationMethod></DerivedKey></EncryptionKey>
<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
<CipherData><CipherValue>2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx</CipherValue></CipherData></MACKey></MACMethod>
<KeyPackage><Key Id="ann-1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Data><Secret>
<EncryptedValue><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
<CipherData><CipherValue>oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f</CipherValue></CipherData></EncryptedValue>
<ValueMAC>LP6xMvjtypbfT9PdkJhBZ+D6O4w=</ValueMAC></Secret></Data></Key></KeyPackage></KeyContainer>`

func TestAContainerUnderAPasswordIsImported(t *testing.T) {
	d := newDesk(t)
	path := d.file("seeds.xml", underPassword)
	with := func(password string) (string, error) {
		return d.types("import", "--from", "pskc", "--by", "s-1", "--apply", "--pskc-password-file", d.file("password", password), path)
	}
	if out, err := with("azerty\n"); err == nil || strings.Contains(out+err.Error(), "azerty") {
		t.Errorf("another password: %v\n%s", err, out)
	}
	if out, err := d.types("import", "--from", "pskc", "--by", "s-1", "--apply", path); err == nil || !strings.Contains(out, "give the password") {
		t.Errorf("no password: %v\n%s", err, out)
	}
	if out, err := with("qwerty\r\n"); err != nil || !strings.Contains(out, "1 imported") {
		t.Errorf("the right one: %v\n%s", err, out)
	}
	d.logsIn("ann-1", "12345678901234567890")
	d.SearchAllFor("qwerty", "12345678901234567890")
}

func TestWhatImportMustBeTold(t *testing.T) {
	d := newDesk(t)
	path := d.file("seeds", uri("ann-1", annsSeed))
	for why, args := range map[string][]string{
		"--by is missing":            {"--from", "otpauth", path},
		"say otpauth, google, pskc":  {"--by", "s-1", path},
		"no such file":               {"--by", "s-1", "--from", "csv", path + "-none"},
		"--rate is not":              {"--by", "s-1", "--from", "csv", "--rate", "0", path},
		"accepts 1 arg(s)":           {"--by", "s-1", "--from", "csv"},
		"begin with these names":     {"--by", "s-1", "--from", "csv", "--users", path, path},
		"1 of 1 records were not br": {"--by", "s-1", "--from", "google", path},
	} {
		if out, err := d.types(append([]string{"import"}, args...)...); err == nil || !strings.Contains(err.Error(), why) || strings.Contains(out+err.Error(), "MNQW") {
			t.Errorf("%s: %v\n%s", why, err, out)
		}
	}
}
