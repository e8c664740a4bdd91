package otlp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/trace/otlp"
)

func TestSettingsThatAreFine(t *testing.T) {
	for _, env := range [][]string{
		nil, {"COUNTERSIGN_TRACES_URL=https://collector.example:4318/v1/traces", "COUNTERSIGN_TRACES_AUTHORIZATION=Bearer x", "COUNTERSIGN_TRACES_RATIO=1"},
		{"COUNTERSIGN_TRACES_URL=http://collector:4318/v1/traces", "COUNTERSIGN_TRACES_RATIO=0"},
		{"COUNTERSIGN_TRACES_URL=http://127.0.0.1:4318/v1/traces", "COUNTERSIGN_TRACES_AUTHORIZATION=Bearer x"},
	} {
		s, err := runtime.Load[otlp.Settings](env)
		if err != nil || env == nil && (s.URL != "" || s.Ratio != 0.01) {
			t.Errorf("%v: %+v, %v", env, s, err)
		}
	}
}

func TestSettingsThatCannotBeMeant(t *testing.T) {
	bare := filepath.Join(t.TempDir(), "bare.pem")
	if err := os.WriteFile(bare, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"no URL":                   {[]string{"COUNTERSIGN_TRACES_URL=collector:4318"}, "COUNTERSIGN_TRACES_URL is not a URL of the web"},
		"gRPC":                     {[]string{"COUNTERSIGN_TRACES_URL=grpc://collector:4317/v1/traces"}, "COUNTERSIGN_TRACES_URL is not a URL of the web"},
		"no path":                  {[]string{"COUNTERSIGN_TRACES_URL=https://collector:4318/"}, "COUNTERSIGN_TRACES_URL has no path"},
		"a password":               {[]string{"COUNTERSIGN_TRACES_URL=https://u:hunter2@collector/v1/traces"}, "COUNTERSIGN_TRACES_URL holds more than a place"},
		"a key":                    {[]string{"COUNTERSIGN_TRACES_URL=https://collector/v1/traces?key=hunter2"}, "COUNTERSIGN_TRACES_URL holds more than a place"},
		"a secret in clear":        {[]string{"COUNTERSIGN_TRACES_URL=http://collector/v1/traces", "COUNTERSIGN_TRACES_AUTHORIZATION=hunter2"}, "in clear to collector"},
		"more than everything":     {[]string{"COUNTERSIGN_TRACES_RATIO=1.5"}, "COUNTERSIGN_TRACES_RATIO is not a number from 0 to 1"},
		"less than nothing":        {[]string{"COUNTERSIGN_TRACES_RATIO=-0.1"}, "COUNTERSIGN_TRACES_RATIO is not a number from 0 to 1"},
		"no number":                {[]string{"COUNTERSIGN_TRACES_RATIO=NaN"}, "COUNTERSIGN_TRACES_RATIO is not a number from 0 to 1"},
		"a word":                   {[]string{"COUNTERSIGN_TRACES_RATIO=all"}, "COUNTERSIGN_TRACES_RATIO is not"},
		"a file that is not there": {[]string{"COUNTERSIGN_TRACES_CA_FILE=/nowhere"}, "COUNTERSIGN_TRACES_CA_FILE cannot be read"},
		"a file without any":       {[]string{"COUNTERSIGN_TRACES_CA_FILE=" + bare}, "holds no certificate in PEM"},
	} {
		_, err := runtime.Load[otlp.Settings](c.env)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	_, err := runtime.Load[otlp.Settings]([]string{"COUNTERSIGN_TRACES_URL=x", "COUNTERSIGN_TRACES_RATIO=2", "COUNTERSIGN_TRACES_CA_FILE=/nowhere"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all at once: %v", err)
	}
}
