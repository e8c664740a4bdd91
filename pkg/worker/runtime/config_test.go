package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
)

type settings struct {
	Common
	Keeper events.Secret `env:"X_KEEPER_URL,required" about:"it wraps every user's seed key" remedy:"for development use base64key://…"`
	Bus    bus           `envPrefix:"X_BUS_"`
	Store  bus           `envPrefix:"X_STORE_"`
	Ports  []int         `env:"X_PORTS" about:"they are ports" remedy:"use 1,2,3"`
	Count  int           `env:"X_COUNT" envDefault:"3" about:"it is a count" remedy:"use 3"`
	On     bool          `env:"X_ON" about:"it is on" remedy:"use true"`
}

type bus struct {
	URL     string        `env:"URL,required" about:"it is where it is" remedy:"use nats://127.0.0.1:4222"`
	Timeout time.Duration `env:"TIMEOUT" envDefault:"5s" about:"it bounds a call" remedy:"use 5s"`
}

func (s *settings) Check() error {
	if s.Count > 10 {
		return errors.New("X_COUNT is above 10")
	}
	return nil
}

var enough = []string{"X_KEEPER_URL=base64key://a=b", "X_BUS_URL=nats://a", "X_STORE_URL=mongodb://b"}

func TestLoadReadsEverything(t *testing.T) {
	got, err := Load[settings](append(enough, "X_STORE_TIMEOUT=7s", "X_PORTS=1,2", "X_ON=true", "COUNTERSIGN_LOG_LEVEL=debug", "X_COUNT="))
	if err != nil {
		t.Fatal(err)
	}
	if got.Keeper.Reveal() != "base64key://a=b" || got.Bus.URL != "nats://a" || got.Store.URL != "mongodb://b" {
		t.Error(got)
	}
	if got.Bus.Timeout != 5*time.Second || got.Store.Timeout != 7*time.Second || len(got.Ports) != 2 || got.Count != 3 || !got.On {
		t.Error(got)
	}
	if got.LogLevel != slog.LevelDebug || got.Admin != ":9090" || got.Drain != 25*time.Second {
		t.Error(got.Common)
	}
}

func TestAFileHoldsTheValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keeper")
	if err := os.WriteFile(path, []byte("base64key://from-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load[settings](append(enough[1:], "X_KEEPER_URL_FILE="+path))
	if err != nil || got.Keeper.Reveal() != "base64key://from-file" {
		t.Error(err)
	}
}

func TestEveryErrorAtOnceInOrderAndNoValue(t *testing.T) {
	const secret = "hunter2"
	_, err := Load[settings]([]string{
		"X_KEEPER_URL=" + secret, "X_KEEPER_URL_FILE=/" + "etc/hostname", "X_BUS_URL=", "X_BUS_TIMEOUT=9s", "X_STORE_URL_FILE=/none/" + "such",
		"X_STORE_TIMEOUT=" + secret, "X_PORTS=1," + secret, "X_COUNT=" + secret, "X_ON=" + secret, "COUNTERSIGN_LOG_LEVEL=" + secret,
	})
	want := []string{
		"COUNTERSIGN_LOG_LEVEL is not what it should be: it says how much is logged; use DEBUG, INFO, WARN or ERROR",
		"X_KEEPER_URL and X_KEEPER_URL_FILE are both set: it wraps every user's seed key; for development use base64key://…",
		"X_BUS_URL is not set: it is where it is; use nats://127.0.0.1:4222",
		"X_STORE_URL cannot be read (open /none/such: no such file or directory): it is where it is; use nats://127.0.0.1:4222",
		"X_STORE_TIMEOUT is not a duration such as 30s: it bounds a call; use 5s",
		"X_PORTS is not what it should be: they are ports; use 1,2,3",
		"X_COUNT is not a whole number within its bounds: it is a count; use 3",
		"X_ON is not true or false: it is on; use true",
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
	if strings.Contains(fmt.Sprint(err), secret) {
		t.Error("a value shows")
	}
}

func TestCheckIsAskedLast(t *testing.T) {
	_, err := Load[settings](append(enough, "X_COUNT=11"))
	if err == nil || err.Error() != "X_COUNT is above 10" {
		t.Error(err)
	}
}

func TestAStructThatCannotBeReadIsAnError(t *testing.T) {
	if _, err := Load[struct {
		F func() `env:"X_F"`
	}]([]string{"X_F=x"}); err == nil {
		t.Error("loaded a function")
	}
}
