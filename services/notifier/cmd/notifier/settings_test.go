package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/runtime"
	"countersign/services/notifier"
)

// enough is all that must be set.
var enough = []string{
	"COUNTERSIGN_NATS_URL=tls://bus:4222", "COUNTERSIGN_NATS_USER=_notifier", "COUNTERSIGN_NATS_PASSWORD=secret",
	"COUNTERSIGN_MONGODB_URI=mongodb://db", "COUNTERSIGN_KEYRING_MONGODB_URI=mongodb://keys",
	"COUNTERSIGN_KEEPER_DELIVERY_URL=base64key://", "COUNTERSIGN_POLICY_FILE=policy.yaml",
	"COUNTERSIGN_DEAD_LETTER_KEY=CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"COUNTERSIGN_SMTP_HOST=relay.example", "COUNTERSIGN_SMTP_FROM=Acme <no-reply@acme.example>",
	"COUNTERSIGN_TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000", "COUNTERSIGN_TWILIO_AUTH_TOKEN=0123456789abcdef",
	"COUNTERSIGN_TWILIO_FROM=+15005550006",
}

func TestWhatMustBeSetIsEnough(t *testing.T) {
	conf, err := runtime.Load[settings](enough)
	if err != nil {
		t.Fatal(err)
	}
	if p := conf.providers(); p.SMTP.Port != 587 || p.SMTP.TLS != "starttls" || p.Twilio.From != "+15005550006" {
		t.Errorf("got %+v", p)
	}
}

func TestMailsMayHaveAConnectionEach(t *testing.T) {
	for idle, want := range map[string]time.Duration{"5s": 5 * time.Second, "0s": -1} {
		conf, err := runtime.Load[settings](append(enough, "COUNTERSIGN_SMTP_IDLE="+idle))
		if err != nil || conf.providers().SMTP.Idle != want {
			t.Errorf("%s: %v, %v", idle, conf, err)
		}
	}
}

func TestItListensWhereAProviderReports(t *testing.T) {
	for callback, want := range map[string]string{"": "", "https://hooks.acme.example/twilio": "127.0.0.1:8081"} {
		conf, err := runtime.Load[settings](append(enough, "COUNTERSIGN_NOTIFIER_LISTEN=127.0.0.1:8081", "COUNTERSIGN_TWILIO_STATUS_CALLBACK="+callback))
		if err != nil || conf.pages() != want {
			t.Errorf("%q: listens on %q, %v", callback, conf.pages(), err)
		}
	}
}

func TestOwnTextsHaveRoomForTheHostOfThePolicy(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("words/acme/en.yaml", "templates: {login_code: {short: \"{brand}: {code} "+strings.Repeat("x", 100)+" {life}\"}}")
	for content, want := range map[string]string{
		"platforms: {acme: {sms: {host: accounts.acme.example}}}": "platform acme: en: templates.login_code.short: leaves no room",
		"platforms: {acme: {}}":                                   "",
	} {
		set := []string{"COUNTERSIGN_TEMPLATES_FOLDER=" + filepath.Join(root, "words"), "COUNTERSIGN_POLICY_FILE=" + write("policy.yaml", content)}
		_, err := runtime.Load[settings](append(slices.Clone(enough), set...))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestMailsComeBackWhereBothSettingsSaySo(t *testing.T) {
	conf, err := runtime.Load[settings](append(enough, "COUNTERSIGN_BOUNCE_LISTEN=127.0.0.1:0", "COUNTERSIGN_BOUNCE_DOMAIN=bounces.acme.example"))
	if err != nil {
		t.Fatal(err)
	}
	b := conf.providers().Bounces
	l, err := b.Listen(t.Context())
	if err != nil || b.Domain != "bounces.acme.example" {
		t.Fatalf("%+v, %v", b, err)
	}
	_ = l.Close()
	both := []string{"COUNTERSIGN_BOUNCE_LISTEN=:2525", "COUNTERSIGN_BOUNCE_DOMAIN=two words", "COUNTERSIGN_SMTP_HOST=", "COUNTERSIGN_SMTP_FROM="}
	_, err = runtime.Load[settings](append(enough, both...))
	for _, want := range []string{"COUNTERSIGN_BOUNCE_DOMAIN: \"two words\" is no domain", "and no mails are sent: set COUNTERSIGN_SMTP_HOST"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if conf, err = runtime.Load[settings](enough); err != nil || conf.providers().Bounces.Listen != nil {
		t.Errorf("without either: %v", err)
	}
}

func TestEachFaultNamesItsSetting(t *testing.T) {
	for change, want := range map[string]string{
		"COUNTERSIGN_SMTP_FROM=nobody":                      `COUNTERSIGN_SMTP_FROM: "nobody" is no address`,
		"COUNTERSIGN_SMTP_TLS=none":                         "COUNTERSIGN_SMTP_TLS: none would send codes in clear to relay.example",
		"COUNTERSIGN_SMTP_PORT=70000":                       "COUNTERSIGN_SMTP_PORT is not a whole number within its bounds",
		"COUNTERSIGN_SMTP_IDLE=1h":                          "COUNTERSIGN_SMTP_IDLE: 1h0m0s is more than 5m0s",
		"COUNTERSIGN_SMTP_USER=me":                          "set both or neither",
		"COUNTERSIGN_BOUNCE_LISTEN=:2525":                   `COUNTERSIGN_BOUNCE_DOMAIN: "" is no domain`,
		"COUNTERSIGN_BOUNCE_DOMAIN=bounces.acme.example":    `COUNTERSIGN_BOUNCE_LISTEN: "" is not host:port`,
		"COUNTERSIGN_TWILIO_ACCOUNT_SID=0":                  "COUNTERSIGN_TWILIO_ACCOUNT_SID: want AC and 32",
		"COUNTERSIGN_TWILIO_MESSAGING_SERVICE_SID=MG":       "COUNTERSIGN_TWILIO_MESSAGING_SERVICE_SID: want MG",
		"COUNTERSIGN_TWILIO_BASE_URL=http://api.example":    "COUNTERSIGN_TWILIO_BASE_URL: http would send codes and the auth token in clear to api.example",
		"COUNTERSIGN_TWILIO_FROM=":                          "COUNTERSIGN_TWILIO_FROM: set it or the messaging service SID",
		"COUNTERSIGN_TWILIO_STATUS_CALLBACK=nowhere":        "COUNTERSIGN_TWILIO_STATUS_CALLBACK: want an absolute",
		"COUNTERSIGN_SMTP_HOST=":                            "COUNTERSIGN_SMTP_HOST: is not set",
		"COUNTERSIGN_TWILIO_ACCOUNT_SID=":                   "COUNTERSIGN_TWILIO_ACCOUNT_SID: want AC and 32",
		"COUNTERSIGN_TWILIO_AUTH_TOKEN=":                    "COUNTERSIGN_TWILIO_AUTH_TOKEN: want letters",
		"COUNTERSIGN_TWILIO_FORMER_TOKEN=a b":               "COUNTERSIGN_TWILIO_FORMER_TOKEN: want letters",
		"COUNTERSIGN_TEMPLATES_FOLDER=testdata/none":        "COUNTERSIGN_TEMPLATES_FOLDER: read templates: open testdata/none",
		"COUNTERSIGN_SMS_GATEWAY_URL=http://sms.example":    "COUNTERSIGN_SMS_GATEWAY_URL: http would send codes in clear to sms.example",
		"COUNTERSIGN_SMS_GATEWAY_BODY={to}":                 "COUNTERSIGN_SMS_GATEWAY_BODY: lacks {text}",
		"COUNTERSIGN_DEAD_LETTER_KEY=AAAAAAAAAAAAAAAAAAAAA": "COUNTERSIGN_DEAD_LETTER_KEY is not what it should be",
	} {
		_, err := runtime.Load[settings](append(enough, change))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", change, err, want)
		}
	}
}

func TestEveryFaultIsToldAtOnce(t *testing.T) {
	_, err := runtime.Load[settings](append(enough[4:], "COUNTERSIGN_SMTP_FROM=nobody", "COUNTERSIGN_TWILIO_ACCOUNT_SID=0"))
	for _, want := range []string{
		"COUNTERSIGN_NATS_URL is not set", "COUNTERSIGN_NATS_USER and COUNTERSIGN_NATS_PASSWORD", "COUNTERSIGN_MONGODB_URI is not set",
		"COUNTERSIGN_SMTP_FROM: ", "COUNTERSIGN_TWILIO_ACCOUNT_SID: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

// without leaves settings out.
func without(prefixes ...string) []string {
	return slices.DeleteFunc(slices.Clone(enough), func(line string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(line, "COUNTERSIGN_"+p) })
	})
}

func TestAChannelThatNoPolicyNeedsIsLeftOut(t *testing.T) {
	gateway := []string{"COUNTERSIGN_SMS_GATEWAY_URL=https://sms.example", `COUNTERSIGN_SMS_GATEWAY_BODY={"to": "{to}", "text": "{text}"}`}
	for _, c := range []struct {
		name, policy string
		environ      []string
		want         string
	}{
		{"neither, where apps alone are used", "factors: [totp]", without("SMTP", "TWILIO"), ""},
		{"no mails, where texts are used", "factors: [sms]", without("SMTP"), ""},
		{"no texts, where mails are used", "factors: [email]", without("TWILIO"), ""},
		{"texts by a gateway alone", "factors: [sms]", append(without("TWILIO"), gateway...), ""},
		{"no mails, though they are a factor", "factors: [email]", without("SMTP"), "COUNTERSIGN_SMTP_HOST is not set: platform acme needs mails, because its factors have email"},
		{"no texts, though they are a factor", "factors: [sms]", without("TWILIO"), "COUNTERSIGN_TWILIO_ACCOUNT_SID and COUNTERSIGN_SMS_GATEWAY_URL are not set: platform acme needs texts"},
		{"no mails, though a recovery needs them", "factors: [totp]\n    recovery: {url: https://id.example/r, steps: [link, recovery_code]}", without("SMTP"), "because its recovery.steps have link"},
		{"no texts, though a recovery needs them", "factors: [totp]\n    recovery: {url: https://id.example/r, steps: [link, sms]}", without("TWILIO"), "because its recovery.steps have sms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "policy.yaml")
			if err := os.WriteFile(path, []byte("platforms:\n  acme:\n    "+c.policy+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			conf, err := runtime.Load[settings](append(c.environ, "COUNTERSIGN_POLICY_FILE="+path))
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := notifier.Worker(conf.providers()); err != nil {
				t.Error(err)
			}
		})
	}
}
