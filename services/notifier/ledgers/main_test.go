package ledgers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
	"go.uber.org/goleak"
)

// role says in its environment what a process of this binary is to be.
const role = "COUNTERSIGN_LEDGERS_ROLE"

func TestMain(m *testing.M) {
	if text := os.Getenv(role); text != "" {
		if err := work([]byte(text)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// A part is what a process is told.
type part struct {
	workertest.Outside
	MailPort          int
	TextURL, OtherURL string
}

const (
	ready   = "ready\n"
	account = "AC00000000000000000000000000000001"
	token   = "00000000000000000000000000000002"
)

// work is the notifier in a process of its own. It begins when the test says so, and ends with the test.
func work(text []byte) error {
	if _, err := io.ReadFull(os.Stdin, make([]byte, len(ready))); err != nil {
		return err
	}
	var p part
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	counters, err := notifier.CountersInFile(ctx, filepath.Join(p.Folder, "counters.db"))
	if err != nil {
		return err
	}
	config := p.providers()
	config.Counters = counters
	w, err := notifier.Worker(config)
	if err != nil {
		return err
	}
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel() }()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	return p.Run(ctx, w, func(name string) (policy.Policy, bool) { return acme(), name == workertest.Acme }, log, func() { fmt.Print(ready) })
}

// pace lets no deadline pass: half of call is longer than any test may take.
var pace = notifier.Pace{Backoff: 50 * time.Millisecond, Call: call}

const (
	tries = 3 // of one notification
	call  = 2 * time.Hour
	never = call
)

func (p part) providers() notifier.Config {
	return notifier.Config{
		Pace: pace,
		SMTP: notifier.SMTP{
			Host: "127.0.0.1", Port: p.MailPort, TLS: notifier.None, From: "Acme <no-reply@acme.example>", Timeout: never,
		},
		Twilio: notifier.Twilio{
			BaseURL: p.TextURL, AccountSID: account, AuthToken: events.NewSecret(token), From: sink.ValidFrom, Timeout: never,
		},
		Gateway: notifier.Gateway{URL: p.OtherURL, Body: `{"to": "{to}", "text": "{text}"}`, Timeout: never},
	}
}

// acme's codes live for longer than all clocks are ahead, and nothing is too much for it.
func acme() policy.Policy {
	const all = 1 << 30
	p := workertest.Lenient(workertest.Acme)
	p.Budget.PerPrefix, p.Budget.PerCountry, p.Budget.PerPlatform, p.Budget.PauseBelow = all, all, all, 0
	p.Code.Life, p.Notification.Tries = 1000*call, tries
	return p
}
