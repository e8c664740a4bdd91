package processes_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/e2e/program"
	"countersign/pkg/worker/trust/trusttest"
)

// ends runs a worker that ought not to start, and returns what it says.
func ends(ctx context.Context, t *testing.T, name string, env []string, args ...string) (said string) {
	t.Helper()
	p, err := program.Launch(shared.binary(name), env, args...)
	must(t, err)
	code, said, err := p.Over(ctx)
	if err != nil {
		_ = p.Kill()
		t.Fatal(err)
	}
	want := 1
	if len(args) > 0 {
		want = 0
	}
	if code != want {
		t.Fatalf("%s ended with code %d:\n%s", name, code, said)
	}
	return said
}

func says(t *testing.T, said string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(said, text) {
			t.Errorf("no %q in\n%s", text, said)
		}
	}
}

var required = regexp.MustCompile(`(?m)^  (COUNTERSIGN_\S+) \(required\)$`)

func TestAWorkerThatMissesSettingsSaysEveryOneAtOnce(t *testing.T) {
	t.Parallel()
	for _, name := range workers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t, patient)
			told := required.FindAllStringSubmatch(ends(ctx, t, name, nil, "--help"), -1)
			if len(told) < 6 {
				t.Fatalf("--help tells of %d settings that are required", len(told))
			}
			said := ends(ctx, t, name, nil)
			for _, setting := range told {
				says(t, said, name+": "+setting[1]+" is not set: it ")
			}
			says(t, said, "COUNTERSIGN_NATS_USER and COUNTERSIGN_NATS_PASSWORD are not both set")
		})
	}
}

// with is an environment in which some settings are others.
func with(env []string, changes ...string) []string {
	for _, change := range changes {
		name, _, _ := strings.Cut(change, "=")
		env = slices.DeleteFunc(env, func(one string) bool { return strings.HasPrefix(one, name+"=") })
	}
	return append(env, changes...)
}

func TestAWorkerThatCannotWorkDoesNotStartAndSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		worker  string
		changes []string
		want    []string
	}{
		"an authority that does not vouch for the bus": {
			"verify", []string{"COUNTERSIGN_NATS_CA_FILE=" + shared.other.file},
			[]string{"certificate signed by unknown authority", "COUNTERSIGN_NATS_CA_FILE must name who vouches for the bus"},
		},
		"a wrong password": {
			"recovery", []string{"COUNTERSIGN_NATS_PASSWORD_FILE=" + shared.policy},
			[]string{"Authorization Violation", "COUNTERSIGN_NATS_USER"},
		},
		"the credential of another worker": {
			"verify", shared.bus.user("_enroll"), []string{"Permissions Violation", "is COUNTERSIGN_NATS_USER that of this worker?"},
		},
		"keys that nobody has made": {
			"notifier", []string{"COUNTERSIGN_KEYRING_MONGODB_DATABASE=" + shared.database + "_none"}, []string{"start enroll"},
		},
		"a keeper that did not wrap the keys": {
			"verify", []string{"COUNTERSIGN_KEEPER_SEED_URL=" + keeperURL()}, []string{"seed epoch key", "is its URL the one that wrapped the key?"},
		},
		"a keeper that this program does not know": {
			"verify", []string{"COUNTERSIGN_KEEPER_DELIVERY_URL=awkms://key"}, []string{"COUNTERSIGN_KEEPER_DELIVERY_URL", "knows only"},
		},
		"keys among the commits": {
			"enroll", []string{"COUNTERSIGN_KEYRING_MONGODB_DATABASE=" + shared.database}, []string{"COUNTERSIGN_KEYRING_MONGODB_DATABASE", "apart"},
		},
		"a policy with two faults": {
			"recovery", []string{"COUNTERSIGN_POLICY_FILE=" + shared.file(t, "faulty.yaml", "platforms:\n  acme:\n    brnd: Acme\n    required: perhaps\n")},
			[]string{"faulty.yaml:3: platforms.acme.brnd", "did you mean brand?", "faulty.yaml:4: "},
		},
		"a port that is taken": {
			"recovery", []string{"COUNTERSIGN_ADMIN_ADDRESS=" + shared.all("recovery")[0].admin}, []string{"listen for admin", "address already in use"},
		},
		"a port for pages that is taken": {
			"recovery", []string{"COUNTERSIGN_RECOVERY_LISTEN=" + shared.all("recovery")[0].admin}, []string{"listen for pages", "address already in use"},
		},
		"links that would lead to no page": {
			"recovery", []string{"COUNTERSIGN_POLICY_FILE=" + shared.file(t, "lost.yaml", "platforms:\n  acme:\n    recovery: {url: https://id.example/lost}\n")},
			[]string{"recovery.url of platform acme leads elsewhere", "https://<host>/recovery"},
		},
		"a captcha without its keys": {
			"recovery", []string{"COUNTERSIGN_CAPTCHA=turnstile"}, []string{"COUNTERSIGN_CAPTCHA_SITE_KEY", "COUNTERSIGN_CAPTCHA_SECRET"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := with(shared.environment(c.worker, shared.bus), c.changes...)
			said := ends(within(t, patient), t, c.worker, env)
			says(t, said, c.want...)
			for _, secret := range append(shared.keepers, password(t, "_"+c.worker)) {
				if strings.Contains(said, secret) {
					t.Error("a secret shows")
				}
			}
		})
	}
}

// Real certificates that are not to be believed, of a nats-server and of what ends TLS before the store.
func TestAWorkerBelievesNoCertificateThatIsNotRight(t *testing.T) {
	t.Parallel()
	ours, another := trusttest.NewAuthority(t), trusttest.NewAuthority(t)
	for name, c := range map[string]struct {
		from trusttest.Authority
		is   trusttest.Certificate
		want map[string]string // by what it is of
	}{
		"expired": {ours, trusttest.Certificate{Since: -2 * time.Hour, Until: -time.Hour}, map[string]string{
			"bus":   "the bus of COUNTERSIGN_NATS_URL must be given a certificate that is valid now",
			"store": "the store of COUNTERSIGN_MONGODB_URI must be given a certificate that is valid now",
		}},
		"of another name": {ours, trusttest.Certificate{Name: "elsewhere.example.org"}, map[string]string{
			"bus":   "COUNTERSIGN_NATS_URL must have a name that its certificate has",
			"store": "COUNTERSIGN_MONGODB_URI must have a name that its certificate has",
		}},
		"of another authority": {another, trusttest.Certificate{}, map[string]string{
			"bus":   "COUNTERSIGN_NATS_CA_FILE must name who vouches for the bus",
			"store": "tlsCAFile in COUNTERSIGN_MONGODB_URI must name who vouches for the store",
		}},
	} {
		for of, want := range c.want {
			t.Run("a "+of+"'s "+name, func(t *testing.T) {
				t.Parallel()
				ctx := within(t, patient)
				changes := []string{"COUNTERSIGN_MONGODB_URI=" + trusttest.WithTLS(trusttest.Proxy(t, shared.mongo, c.from.Issue(t, c.is)), ours.File)}
				if of == "bus" {
					changes = []string{"COUNTERSIGN_NATS_URL=" + busWith(ctx, t, c.from, c.is), "COUNTERSIGN_NATS_CA_FILE=" + ours.File}
				}
				says(t, ends(ctx, t, "verify", with(shared.environment("verify", shared.bus), changes...)), "x509", want)
			})
		}
	}
}

// busWith is a nats-server with another certificate.
func busWith(ctx context.Context, t *testing.T, from trusttest.Authority, c trusttest.Certificate) (url string) {
	t.Helper()
	cert, key := trusttest.Files(t, from.Issue(t, c))
	p, err := program.Launch(shared.binary("nats-server"), nil, "-a", "127.0.0.1", "-p", "-1", "--tls", "--tlscert", cert, "--tlskey", key)
	must(t, err)
	t.Cleanup(func() { _ = p.Kill() })
	port, err := p.Await(ctx, `Listening for client connections on 127\.0\.0\.1:(\d+)`)
	must(t, err)
	return "tls://127.0.0.1:" + port
}

// Whoever opens a link that leads nowhere sees so, and the page is not to be kept, framed or told of.
func TestRecoveryServesItsPages(t *testing.T) {
	t.Parallel()
	ctx := within(t, patient)
	address, err := shared.all("recovery")[0].Await(ctx, `"pages":"([^"]+)"`)
	must(t, err)
	link := "http://" + address + "/recovery/acme/" + strings.Repeat("a", 26) + "/" + strings.Repeat("t", 43)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	must(t, err)
	page, err := http.DefaultClient.Do(request)
	must(t, err)
	defer func() { _ = page.Body.Close() }()
	h := page.Header
	if page.StatusCode != http.StatusOK || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("%s %v", page.Status, h)
	}
}

// A bus of its own, which nobody has prepared and which goes away.
func TestAWorkerIsReadyOnlyWhereItCanWork(t *testing.T) {
	t.Parallel()
	ctx := within(t, patient)
	b, err := startBus(ctx, shared, "other-bus")
	must(t, err)
	t.Cleanup(func() { _ = b.Kill() })
	env := shared.environment("recovery", b)
	says(t, ends(ctx, t, "recovery", env), "MFA_IN/recovery-recovery-requested, MFA_IN/recovery-recovery-support_requested", "`countersign streams apply`")

	must(t, b.apply(ctx))
	w, err := shared.startWith(ctx, "recovery", env)
	must(t, err)
	t.Cleanup(func() { _ = w.Kill() })
	status, text, err := w.get(ctx, "/readyz")
	if err != nil || status != http.StatusOK {
		t.Errorf("it works, and says %d, %v:\n%s", status, err, text)
	}
	says(t, text, "bus: ready", "durables: ready", "store: ready", "keys: ready", "clock: ready", "recovery: ready", "process: ready")

	must(t, b.Kill())
	_, err = w.Await(ctx, "bus lost")
	must(t, err)
	status, text, err = w.get(ctx, "/readyz")
	if err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("the bus is away, and it says %d, %v:\n%s", status, err, text)
	}
	says(t, text, "bus: not ready: the connection is reconnecting", "store: ready")
	if status, _, err := w.get(ctx, "/livez"); err != nil || status != http.StatusOK {
		t.Errorf("it lives, and says %d, %v", status, err)
	}

	must(t, b.again(ctx))
	_, err = w.Await(ctx, "bus found again")
	must(t, err)
	if status, text, err = w.get(ctx, "/readyz"); err != nil || status != http.StatusOK {
		t.Errorf("the bus is back, and it says %d, %v:\n%s", status, err, text)
	}
	must(t, w.Stop(ctx))
}
