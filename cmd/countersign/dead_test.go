package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
)

// An officer is an operator of a house in which every requirement kills enroll.
type officer struct {
	*workertest.House
	*workertest.Platform
	t   *testing.T
	key string // file
}

func newOfficer(t *testing.T) *officer {
	t.Helper()
	t.Parallel()
	sick := enroll.Worker()
	table := sick.Table
	sick.Table = func(k worker.Kit) worker.Table {
		made := table(k)
		for i := range made.Routes {
			if made.Routes[i].Type == enrollment.RequirementRequestedType {
				made.Routes[i].Handle = func(context.Context, decider.Request) error { panic("a fault") }
			}
		}
		return made
	}
	h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{sick}})
	o := &officer{h, h.Platform(workertest.Acme), t, t.TempDir() + "/key"}
	raw, err := h.DeadLetterKey().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.key, []byte(base64.StdEncoding.EncodeToString(raw)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *officer) as(user string, args ...string) (string, error) {
	o.t.Helper()
	var out strings.Builder
	environ := []string{
		"COUNTERSIGN_NATS_URL=" + o.Bus.URL(), "COUNTERSIGN_NATS_USER=" + user, "COUNTERSIGN_NATS_PASSWORD=p", "COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY_FILE=" + o.key,
	}
	err := run(o.t.Context(), runtime.Process{Name: "countersign", Args: append([]string{"dead"}, args...), Environ: environ, Stdout: &out, Stderr: &out})
	return out.String(), err
}

func (o *officer) says(user string, args []string, fails string, want ...string) {
	o.t.Helper()
	out, err := o.as(user, args...)
	if (err != nil) != (fails != "") || err != nil && !strings.Contains(err.Error(), fails) {
		o.t.Errorf("%v as %s ends with %v, want %q", args, user, err, fails)
	}
	for _, text := range want {
		if !strings.Contains(out, text) {
			o.t.Errorf("%v as %s says no %q but\n%s", args, user, text, out)
		}
	}
}

func TestDeadLettersFromListToDiscard(t *testing.T) {
	o := newOfficer(t)
	yes := true
	o.Send(&enrollment.RequirementRequested{User: "ann-1", Required: &yes, By: "s-1"}, workertest.ID("r-1"))
	o.Until("the letter is there", func() bool {
		out, err := o.as("operator", "list", "--json")
		return err == nil && json.Valid([]byte(out))
	})
	for _, user := range []string{"operator", "_repair"} {
		o.says(user, []string{"list", "--worker", "enroll"}, "", "1 letter: 1 panic\n")
		o.says(user, []string{"list", "--worker", "verify"}, "", "no letters\n")
		o.says(user, []string{"show", "1"}, "", `user = "ann-1"`)
		o.says(user, []string{"show", "2"}, "there is no such letter")
		o.says(user, []string{"show", "1", "--show-secrets"}, "", `\"by\":\"s-1\"`)
		o.says(user, []string{"discard", "--all", "--dry-run"}, "", "1 would be discarded")
	}
	o.says("_repair", []string{"replay", "1", "--dry-run"}, "", "1 would be replayed")
	o.says("_repair", []string{"replay", "--reason", "panic", "--yes"}, "", "1 replayed")
	o.Until("it died again", func() bool {
		out, err := o.as("operator", "list")
		return err == nil && strings.Contains(out, "died again after 1 replay")
	})
	o.says("operator", []string{"discard", "--platform", "acme", "--yes"}, "", "1 discarded")
	o.says("operator", []string{"list"}, "", "no letters\n")
}

func TestWhatIsWrongWithACommandOnLettersIsToldAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want []string }{
		{[]string{"replay", "--rate", "0", "--worker", "*"}, []string{
			"--rate is not 0.01 to 1000", "--worker", "COUNTERSIGN_NATS_URL is not set", "are not both set", "COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY is not what it should be",
		}},
		{[]string{"discard"}, []string{"no letter is chosen", "--all", "COUNTERSIGN_NATS_URL is not set"}},
		{[]string{"discard", "x"}, []string{`"x" is no sequence of a letter`}},
		{[]string{"show", "x"}, []string{`"x" is no sequence of a letter`, "COUNTERSIGN_NATS_URL is not set"}},
		{[]string{"list", "--type", "login"}, []string{"--type"}},
	} {
		var out strings.Builder
		err := run(t.Context(), runtime.Process{
			Args: append([]string{"dead"}, c.args...), Environ: []string{"COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY=hunter2"}, Stdout: &out, Stderr: &out,
		})
		for _, part := range c.want {
			if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v: no %q in %v", c.args, part, err)
			}
		}
	}
}

func TestACredentialFileSaysWhoWeAre(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := natsconfig.Config{Platforms: []string{"acme"}, Repair: true, UsersOnly: true, Accounts: natsconfig.Accounts{Dir: folder, Make: true}}
	if err := natsconfig.Write(io.Discard, c); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"_repair", "_operator"} {
		if got := userOf(fromenv.Bus{Credentials: filepath.Join(folder, "creds", user+".creds")}); got != user {
			t.Errorf("%s is taken for %q", user, got)
		}
	}
	if got := userOf(fromenv.Bus{User: "_repair"}); got != "_repair" {
		t.Errorf("a user is taken for %q", got)
	}
}
