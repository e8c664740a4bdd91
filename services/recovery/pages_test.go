package recovery_test

import (
	"strings"
	"testing"

	"countersign/pkg/worker/policy"
	shell "countersign/services/recovery"
)

func TestAPolicyWhoseLinksLeadElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"": true, "https://id.example/recovery": true, "https://id.example/recovery/": true, "http://127.0.0.1:8080/recovery": true,
		"https://id.example": false, "https://id.example/a/recovery": false, "https://id.example/recover": false,
	} {
		p := policy.Default("acme")
		p.Recovery.URL = url
		if err := shell.CheckPolicy(p); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "acme") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestAWorkerWithAFaultySettingIsNotMade(t *testing.T) {
	t.Parallel()
	if w, err := shell.Worker(shell.Config{}); err != nil || len(w.Hears) != len(shell.Hears()) {
		t.Errorf("by default: %v", err)
	}
	if _, err := shell.Worker(shell.Config{Captcha: shell.Captcha{Provider: "turnstile"}}); err == nil || !strings.Contains(err.Error(), "COUNTERSIGN_CAPTCHA_") {
		t.Errorf("without a key: %v", err)
	}
}
