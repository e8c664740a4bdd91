package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/e2e/process"
	"countersign/e2e/stranger"
)

// operations are the commands of docs/operations.md that stand below a comment with the name.
func operations(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "<!-- tested: "+name+" -->\n```sh\n")
	block, _, closed := strings.Cut(after, "```")
	if !found || !closed {
		t.Fatalf("docs/operations.md has no commands for %s", name)
	}
	return block
}

// A drill is a system, what its platform knows, and a backup.
type drill struct {
	t      *testing.T
	own    *process.Process
	acme   *stranger.Platform
	backup string
	tools  string // folder of the command, under the name that operators know
}

func (d *drill) runs(ctx context.Context, name string) string {
	d.t.Helper()
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", operations(d.t, name))
	command.Env = append(os.Environ(), "FOLDER="+d.own.Data, "BACKUP="+d.backup, "PATH="+d.tools+":"+os.Getenv("PATH"))
	said, err := command.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", name, err, said)
	}
	return string(said)
}

// restores stops the system, has what is done with nobody working, and starts it.
func (d *drill) restores(ctx context.Context, do func()) {
	d.t.Helper()
	d.acme.Close()
	if code, err := d.own.Stop(ctx); err != nil || code != 0 {
		d.t.Fatalf("ended with %d: %v", code, err)
	}
	do()
	d.own = started(d.t)(d.own.Again(ctx))
	d.acme = acme(d.t, d.own)
}

// printed is enrolled with an app and a sheet of recovery codes.
func (d *drill) printed(ctx context.Context) (h holder, codes []any) {
	d.t.Helper()
	user := newUser()
	id, app := pending(ctx, d.t, d.acme, user)
	h = holder{user, app, app.Step(time.Now())}
	activated := got(d.t, "enrollment.activated")(d.acme.Ask(ctx, "enrollment.code_submitted", data{
		"user": user, "enrollment_id": id, "code": app.Code(h.step),
	}))
	set := activated.Text("recovery_codes_set_id")
	return h, answered(d.t)(d.acme.Call(ctx, "recovery_codes.reveal", data{"user": user, "set_id": set})).Data["codes"].([]any)
}

func (d *drill) tries(ctx context.Context, h holder, code string, more ...string) stranger.Event {
	d.t.Helper()
	a := attempt(challenged(ctx, d.t, d.acme, h.user), code)
	if len(more) > 0 {
		a["factor"] = more[0]
	}
	e, err := d.acme.Ask(ctx, "attempt.submitted", a)
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func (d *drill) opens(ctx context.Context, h holder, code string, more ...string) {
	d.t.Helper()
	if e := d.tries(ctx, h, code, more...); e.Fact() != "attempt.accepted" {
		d.t.Fatalf("got %s", e)
	}
}

// isShut is for a code that was used once. One of an app may be too old meanwhile, which has another reason.
func (d *drill) isShut(ctx context.Context, h holder, code string, more ...string) {
	d.t.Helper()
	if e := d.tries(ctx, h, code, more...); e.Fact() != "attempt.rejected" || len(more) > 0 && e.Text("reason") != "replayed" {
		d.t.Fatalf("got %s", e)
	}
}

func (d *drill) erases(ctx context.Context, user string) {
	d.t.Helper()
	got(d.t, "user.erased")(d.acme.Ask(ctx, "user.erasure_requested", data{"user": user, "by": "desk-1"}))
}

// startsAs is the answer to the login of a user.
func (d *drill) startsAs(ctx context.Context, user, fact string) {
	d.t.Helper()
	got(d.t, fact)(d.acme.Ask(ctx, "login.started", login(user, stranger.NewID("l-"))))
}

// meanwhile does something while users log in.
func (d *drill) meanwhile(ctx context.Context, do func()) {
	d.t.Helper()
	user := enrolled(ctx, d.t, d.acme).user
	ctx, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ctx.Err() == nil && n < 20; n++ { // of 30 in ten minutes
			_, _ = d.acme.Ask(ctx, "login.started", login(user, stranger.NewID("l-")))
		}
	}()
	do()
	end()
	<-done
}

// upTo reads the platform's records, up to the first event of a user.
func (d *drill) upTo(ctx context.Context, from *stranger.Records, user string) (all []stranger.Event) {
	d.t.Helper()
	for {
		e, err := from.Next(ctx)
		if err != nil {
			d.t.Fatal(err)
		}
		if all = append(all, e); e.User == user {
			return all
		}
	}
}

// mailed is a challenge whose code is in the mailbox.
func (d *drill) mailed(ctx context.Context) (challenge stranger.Event, code, address string) {
	d.t.Helper()
	user, address := newUser(), stranger.NewID("carl-")+"@example.org"
	created := got(d.t, "secret.created")(d.acme.Ask(ctx, "enrollment.requested", data{
		"user": user, "factor": "email", "email": address, "reauthenticated_at": now(),
	}))
	got(d.t, "enrollment.activated")(d.acme.Ask(ctx, "enrollment.code_submitted", data{
		"user": user, "enrollment_id": created.Text("enrollment_id"), "code": codeFor(ctx, d.t, d.own, address, 0),
	}))
	former := len(inbox(ctx, d.t, d.own, address))
	challenge = challenged(ctx, d.t, d.acme, user)
	return challenge, codeFor(ctx, d.t, d.own, address, former), address
}

// puts does what docs/operations.md asks of a platform: it says again what the store has forgotten.
func (d *drill) puts(ctx context.Context, since []stranger.Event) {
	d.t.Helper()
	for _, e := range since {
		switch e.Fact() {
		case "user.erased":
			d.erases(ctx, e.User)
		case "enrollment.activated":
			got(d.t, "requirement.changed")(d.acme.Ask(ctx, "requirement.requested", data{"user": e.User, "required": true, "by": "desk-1"}))
		}
	}
}

// The commands of the drill in docs/operations.md, while users go on. What it says of codes between backup and restore is shown here,
// also where it is no comfort.
func TestTheDrillOfBackupAndRestore(t *testing.T) {
	if said, err := exec.Command("../scripts/need", "sqlite3", "sqlite3").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	ctx := within(t, 2*patient)
	own := start(t, platforms)
	d := &drill{t, own, acme(t, own), t.TempDir(), t.TempDir()}
	if err := os.Symlink(own.Binary, filepath.Join(d.tools, "countersign")); err != nil {
		t.Fatal(err)
	}
	anna, codes := d.printed(ctx)
	bert, dave := enrolled(ctx, t, d.acme), enrolled(ctx, t, d.acme)
	d.opens(ctx, anna, anna.next())
	d.opens(ctx, anna, codes[0].(string), "recovery_code")
	sent, code, mailbox := d.mailed(ctx)
	letters := len(inbox(ctx, t, own, mailbox))

	d.meanwhile(ctx, func() { d.runs(ctx, "backup") })
	mark := newUser()
	d.startsAs(ctx, mark, "challenge.waived")
	records, err := d.acme.Records(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	d.upTo(ctx, records, mark)

	d.opens(ctx, dave, dave.next())
	d.opens(ctx, anna, codes[1].(string), "recovery_code")
	d.erases(ctx, bert.user)
	dora := enrolled(ctx, t, d.acme)
	mark = newUser()
	d.startsAs(ctx, mark, "challenge.waived")
	since := d.upTo(ctx, records, mark)

	// Keys alone.
	d.restores(ctx, func() {
		d.runs(ctx, "restore keys")
		if said := d.runs(ctx, "erasures"); !strings.Contains(said, "2 keys of users who were erased had come back and are deleted") {
			t.Errorf("told %s", said)
		}
	})
	d.startsAs(ctx, bert.user, "challenge.waived") // a user without a factor, as after the erasure
	d.isShut(ctx, anna, anna.next())
	d.isShut(ctx, dave, dave.next())
	d.isShut(ctx, anna, codes[1].(string), "recovery_code")

	// Everything.
	d.restores(ctx, func() {
		for _, step := range []string{"restore commits", "restore keys", "check", "erasures"} {
			d.runs(ctx, step)
		}
	})
	d.startsAs(ctx, bert.user, "challenge.issued") // the erasure is of the time since
	d.startsAs(ctx, dora.user, "challenge.waived") // and so is dora's factor
	d.puts(ctx, since)
	d.startsAs(ctx, bert.user, "challenge.waived")
	d.startsAs(ctx, dora.user, "enrollment.required")

	d.isShut(ctx, anna, anna.next())
	d.isShut(ctx, anna, codes[0].(string), "recovery_code")
	d.opens(ctx, dave, dave.next()) // what the store has forgotten is not known to be used
	d.opens(ctx, anna, codes[1].(string), "recovery_code")

	got(t, "attempt.accepted")(d.acme.Ask(ctx, "attempt.submitted", attempt(sent, code)))
	got(t, "attempt.rejected")(d.acme.Ask(ctx, "attempt.submitted", attempt(sent, code)))
	if now := len(inbox(ctx, t, d.own, mailbox)); now > letters {
		t.Errorf("%d letters became %d", letters, now)
	}
	folds(t, d.own)
}
