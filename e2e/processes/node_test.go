package processes_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/e2e/stranger"
)

const nodeFolder = "../../examples/node"

// npm installs what the programs of the folder need, where nobody has.
func npm(ctx context.Context, t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(nodeFolder, "node_modules", ".package-lock.json")); err == nil {
		return
	}
	install := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund")
	install.Dir = nodeFolder
	if text, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, text)
	}
}

// A prompted program is typed a code whenever it asks for one.
type prompted struct {
	said  bytes.Buffer
	stdin io.Writer
	code  func() string
}

func (p *prompted) Write(text []byte) (int, error) {
	n, err := p.said.Write(text)
	if bytes.HasSuffix(p.said.Bytes(), []byte("Code: ")) {
		code := p.code()
		go func() { _, _ = fmt.Fprintln(p.stdin, code) }()
	}
	return n, err
}

// node runs a program of the examples with the credential of a role of a platform, and returns what it says and whether it ends well.
func node(ctx context.Context, t *testing.T, platform, role string, code func() string, args ...string) (said string, well bool) {
	t.Helper()
	run := exec.CommandContext(ctx, "node", args...)
	run.Dir = nodeFolder
	run.Env = append(os.Environ(), "NATS_URL="+shared.bus.url, "NATS_USER="+platform+"."+role, "NATS_PASSWORD="+password(t, platform+"."+role),
		"PLATFORM="+platform, "NODE_EXTRA_CA_CERTS="+shared.authority.file)
	stdin, err := run.StdinPipe()
	must(t, err)
	p := &prompted{stdin: stdin, code: code}
	run.Stdout, run.Stderr = p, p
	err = run.Run()
	return p.said.String(), err == nil
}

func TestNodeLogsInSealedAndUnsealed(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*patient)
	npm(ctx, t)
	for platform, seal := range map[string][]string{"acme": nil, "beta": {"--seal"}} {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			user, address := stranger.NewID("u-"), stranger.NewID("jane.")+"@example.org"
			code := func() string { return shared.providers.code(ctx, t, address) }
			said, _ := node(ctx, t, platform, "settings", code, append([]string{"enroll.mjs", user, address}, seal...)...)
			says(t, said, "enrollment.activated")
			said, _ = node(ctx, t, platform, "login", code, append([]string{"login.mjs", user}, seal...)...)
			says(t, said, "Open the session.")
		})
	}
}

func TestNodeIsToldWhatItsCredentialLacks(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*patient)
	npm(ctx, t)
	none := func() string { return "" }
	for role, program := range map[string][]string{"login": {"enroll.mjs", "u-1", "jane@example.org"}, "settings": {"login.mjs", "u-1"}} {
		said, well := node(ctx, t, "acme", role, none, program...)
		if well || !strings.Contains(strings.ToLower(said), "permissions violation") || !strings.Contains(said, "mfa.acme.in.") {
			t.Errorf("%s said\n%s", role, said)
		}
	}
}
