package notifier_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/pkg/worker/workertest"
	"countersign/services/notifier"
)

func TestAPlatformWritesInItsOwnWords(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, workertest.Acme), 0o700); err != nil {
		t.Fatal(err)
	}
	const own = "templates: {enrollment_code: {short: \"{brand} says {code} for {life}\"}}"
	if err := os.WriteFile(filepath.Join(folder, workertest.Acme, "en.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	f := start(t, func(o *options) { o.using = func(c *notifier.Config) { c.Templates = folder } })
	e := f.requests("ann-1", number)
	if m := f.awaitArrival(number, 1); !strings.HasPrefix(m.Text, "acme says "+f.User("ann-1").Sent(e.EnrollmentID, 1)+" for 5 minutes") {
		t.Errorf("arrived %q", m.Text)
	}
}
