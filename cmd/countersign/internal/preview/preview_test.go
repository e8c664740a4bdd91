package preview_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/preview"
)

func run(t *testing.T, c preview.Config) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c.Platform, c.Out = "acme", &out
	err := preview.Run(c)
	return out.String(), err
}

func TestTheTerminalShowsEveryMessage(t *testing.T) {
	out, err := run(t, preview.Config{Brand: "Acme Garden", Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"── login_code by email, en: Your Acme Garden sign-in code\nYour sign-in code\n",
		"── login_code by sms, en, 82 characters in 1 segments\nAcme Garden: 481516 is your sign-in code.",
		"── recovery_opened by sms, en", "in 2 segments", "── recovery_link by email, en",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, ", de") {
		t.Error("another language is shown")
	}
	if all, err := run(t, preview.Config{}); err != nil || !strings.Contains(all, "login_code by email, cs: Váš přihlašovací kód pro acme") {
		t.Errorf("every language: %v", err)
	}
}

func TestTextsEndWithTheHostWhereCodesAreTyped(t *testing.T) {
	out, err := run(t, preview.Config{Locale: "en", Host: "app.acme.example"})
	if err != nil || strings.Count(out, "\n@app.acme.example #481516\n") != 2 {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = run(t, preview.Config{Host: strings.Repeat("a", 60) + ".example"}); err == nil || !strings.Contains(err.Error(), "leaves no room for its last line") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAFileHoldsEveryMail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "preview.html")
	out, err := run(t, preview.Config{HTML: path, Brand: "<b>Acme"})
	if err != nil || !strings.Contains(out, path) {
		t.Fatalf("%q, %v", out, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(content), "<iframe"); n < 36 || strings.Contains(string(content), "<b>Acme") {
		t.Errorf("%d mails", n)
	}
}

func TestWhatIsWrongIsTold(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "acme", "en.yaml"), []byte("templates: {login_code: {short: hello}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, preview.Config{Folder: folder}); err == nil || !strings.Contains(err.Error(), "templates.login_code.short: lacks {code}") {
		t.Errorf("got %v", err)
	}
}
