package browser

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"time"

	"countersign/e2e/process"
	"countersign/examples/platform"
	"countersign/pkg/events/client"
	"github.com/nats-io/nats.go"
)

// A demo is the platform and the inbox on one address, as `countersign dev` has them.
type demo struct {
	http.Handler
	platform *platform.Platform
	conn     *nats.Conn
}

func serve(on *process.Process) (*demo, error) {
	conn, err := client.Connect(on.Bus, "acme")
	if err != nil {
		return nil, err
	}
	c, err := client.New(client.Config{Conn: conn, Platform: "acme", Timeout: 5 * time.Second, Seal: true})
	if err != nil {
		return nil, err
	}
	p, err := platform.New(platform.Config{Logins: c, Settings: c, Inbox: "/inbox", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	page, err := url.Parse(on.Page)
	if err != nil {
		return nil, err
	}
	inbox := httputil.NewSingleHostReverseProxy(page)
	inbox.FlushInterval = -1
	mux := http.NewServeMux()
	mux.Handle("/", p)
	mux.Handle("/inbox", inbox)
	mux.Handle("/inbox/", inbox)
	mux.Handle("/inbox.json", inbox)
	return &demo{mux, p, conn}, nil
}

func (d *demo) Close() {
	d.platform.Close()
	d.conn.Close()
}

// install makes sure that the browser and axe-core are there.
func install(ctx context.Context) error {
	if text, err := exec.CommandContext(ctx, "../../../scripts/need", "chromium", "chromium", "fonts-dejavu-core").CombinedOutput(); err != nil {
		return fmt.Errorf("find chromium: %w\n%s", err, text)
	}
	const file = "node_modules/axe-core/axe.min.js"
	source, err := os.ReadFile(file)
	if err != nil {
		if text, err := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
			return fmt.Errorf("find axe-core: npm ci: %w\n%s\n  remedy: install Node 20 and npm, then: cd examples/platform/browser && npm ci", err, text)
		}
		source, err = os.ReadFile(file)
	}
	axe = string(source)
	return err
}
