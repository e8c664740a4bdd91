package runtime

import (
	"errors"
	"strings"
	"testing"
)

func TestAProgramTellsItsSettings(t *testing.T) {
	for _, word := range []string{"--help", "-h", "--settings"} {
		var out strings.Builder
		_, err := Settings[settings](Process{Name: "enroll", Args: []string{word}, Stdout: &out}, "keeps factors.")
		if !errors.Is(err, ErrHelp) || (Process{}).exit(err) != 0 {
			t.Errorf("%s: %v", word, err)
		}
		for _, want := range []string{
			"enroll keeps factors.\n",
			"COUNTERSIGN_LOG_LEVEL (default INFO)\n      it says how much is logged; use DEBUG, INFO, WARN or ERROR\n",
			"X_KEEPER_URL (required)\n", "X_STORE_TIMEOUT (default 5s)\n", "X_PORTS\n",
		} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", word, want, &out)
			}
		}
	}
}

func TestAProgramWithoutArgumentsLoadsItsSettings(t *testing.T) {
	got, err := Settings[settings](Process{Environ: enough}, "")
	if err != nil || got.Bus.URL != "nats://a" {
		t.Errorf("%v %v", got, err)
	}
}

func TestAnyOtherArgumentIsAnError(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {"--help", "me"}} {
		if _, err := Settings[settings](Process{Args: args}, ""); err == nil || errors.Is(err, ErrHelp) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestWhatNoTagCanSayIsToldBesideTheRest(t *testing.T) {
	_, err := Load[settings](append(enough[1:], "X_COUNT=11"))
	if err == nil || !strings.Contains(err.Error(), "X_KEEPER_URL is not set") || !strings.Contains(err.Error(), "X_COUNT is above 10") {
		t.Error(err)
	}
}
