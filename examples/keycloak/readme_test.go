package keycloak_test

import (
	"bufio"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/e2e/process"
	"countersign/examples/keycloak"
)

// blocks are the shell commands of the README.
func blocks(t *testing.T) (found []string) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		found = append(found, block)
	}
	return found
}

// The commands are run as they stand; the adapter listens elsewhere, and is built instead of run by go run, which would not pass a signal on.
func TestTheCommandsOfTheReadmeWork(t *testing.T) {
	for _, program := range []string{"openssl", "curl"} {
		if said, err := exec.Command("../../scripts/need", program, program).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	process.Sources()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "keycloak")
	if said, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", binary, "./cmd/keycloak").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	all := blocks(t)
	if len(all) != 2 || !strings.Contains(all[0], "go run ./examples/keycloak/cmd/keycloak") {
		t.Fatalf("the README has other commands: %q", all)
	}
	script := strings.Replace(all[0], "go run ./examples/keycloak/cmd/keycloak", `"$ADAPTER" 2>"$OUT" & adapter=$!`, 1) + `
		trap 'kill -TERM $adapter; wait $adapter' EXIT
		exec 3<"$OUT" # open until the end: nobody to write to would end the adapter
		read -r line <&3
		address=${line##*address=}
	` + strings.ReplaceAll(all[1], "http://127.0.0.1:8090"+keycloak.WebhookPath, `"$address"`)
	script = strings.ReplaceAll(script, "http://127.0.0.1:8090"+keycloak.StatusPath, `"${address%`+keycloak.WebhookPath+`}`+keycloak.StatusPath+`"`)
	out := filepath.Join(dir, "out")
	if err := syscall.Mkfifo(out, 0o600); err != nil {
		t.Fatal(err)
	}
	keycloakServer := httptest.NewServer(stand)
	defer keycloakServer.Close()
	stand.opened("u-1842", "s-1")
	script = strings.Replace(script, "https://login.example.com", keycloakServer.URL, 1)
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	command.Env = append(os.Environ(), "ADAPTER="+binary, "OUT="+out, "LISTEN=127.0.0.1:0", "NATS_URL="+house.Bus)
	said, err := command.CombinedOutput()
	lines := bufio.NewScanner(strings.NewReader(string(said)))
	if lines.Scan(); err != nil || !strings.Contains(lines.Text(), `"passed":true`) {
		t.Errorf("%v: %s", err, said)
	}
}
