package plane

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAProcessThatEndsBeforeItIsReadySaysWhatItPrinted(t *testing.T) {
	p, err := start(t.TempDir(), "/bin/sh", "-c", "echo no such disk; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	err = p.ready(t.Context(), http.DefaultClient, "http://"+loopback+":1/")
	if err == nil || !strings.Contains(err.Error(), "exit status 3\nno such disk") {
		t.Error(err)
	}
}

func TestAProcessIsReadyWhenItsAddressSaysSo(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	p, err := start(t.TempDir(), "/bin/sh", "-c", "exec sleep 60")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.ready(t.Context(), s.Client(), s.URL); err != nil || asked != 3 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}
