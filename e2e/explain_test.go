package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

// Whoever answers the user's question reads why codes are not looked at.
func TestAWaitIsExplainedToSupport(t *testing.T) {
	t.Parallel()
	ctx, c := within(t, patient), newClient(t, shared, client.Config{Seal: true})
	h := clientHolder(ctx, t, c)
	l, err := c.Login(ctx, &guard.LoginStarted{User: h.user, LoginID: "l-1"})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err = c.Attempt(ctx, &guard.AttemptSubmitted{User: h.user, ChallengeID: l.ChallengeID, Code: events.NewSecret(h.wrong())}); err != nil {
			t.Fatal(err)
		}
	}
	told := explain(ctx, t, h.user)
	for _, want := range []string{
		h.user + " of acme, ", "The next login is challenged.", "Codes are not looked at until " + time.Now().UTC().Format("2006-01-02"),
		"too many wrong ones lately, by policy ", " From here on policy ", "A wait began", "Challenge " + l.ChallengeID + " of login l-1 was closed: too many attempts", "Recovery codes left: 10.",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("no %q in\n%s", want, told)
		}
	}
	lines := strings.Split(strings.TrimSpace(explain(ctx, t, h.user, "--json")), "\n")
	if !strings.Contains(lines[0], `"countersign.secret.created.v1"`) || !strings.Contains(lines[0], `"specversion":"1.0"`) {
		t.Errorf("the history begins with\n%s", lines[0])
	}
}

// explain runs the command with the credential of support.
func explain(ctx context.Context, t *testing.T, user string, more ...string) string {
	t.Helper()
	binary, err := tested()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, binary, append([]string{"explain", user}, more...)...)
	command.Env = append(os.Environ(), "COUNTERSIGN_NATS_URL="+shared.Bus, "COUNTERSIGN_NATS_USER=acme.support", "COUNTERSIGN_NATS_PASSWORD=acme")
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return string(said)
}
