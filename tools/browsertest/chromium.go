// Package browsertest walks pages in a real Chromium, one tab for each person. It promises a test that
//
//   - a [Tab] is a browser of its own: it shares no cookie and no storage with another one;
//   - its console must stay silent: an error, a warning or an exception, up to the end of the test, fails it, and so does what a page's own
//     Content-Security-Policy forbids;
//   - a page that is looked at ([Tab.Look]) is held to WCAG 2.2 AA and best practice by axe-core, in light and in dark, and to no scrolling
//     sideways at 320 pixels. Frames within it are not looked into;
//   - of each such page a picture is kept in the folder that COUNTERSIGN_PICTURES names, else among the test's artifacts.
//
// Chromium is installed where that can be done (scripts/need), axe-core is fetched by npm when a page is looked at for the first time.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// A Config says whose browser it is.
type Config struct {
	Root     string        // the folder of the workspace, relative to that of the tests
	Patience time.Duration // that a tab has for all it does; a busy machine is slow
}

// A Chromium is the browser that the tests of one package share. Its tabs may be used at the same time.
type Chromium struct {
	config Config
	axe    func() (string, error)

	ctx  context.Context
	stop context.CancelFunc
}

// New returns a browser that has not been started.
func New(c Config) *Chromium {
	return &Chromium{config: c, axe: sync.OnceValues(func() (string, error) { return axe(c.Root) })}
}

// Main is what a package's TestMain does that shares nothing but the browser: it starts it, runs the tests and exits.
func (c *Chromium) Main(tests interface{ Run() int }) {
	if err := c.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := tests.Run()
	c.Stop()
	os.Exit(code)
}

// Start makes sure that Chromium is there, and starts it. It ends with ctx.
func (c *Chromium) Start(ctx context.Context) error {
	need := exec.CommandContext(ctx, filepath.Join(c.config.Root, "scripts/need"), "chromium", "chromium", "fonts-dejavu-core")
	if text, err := need.CombinedOutput(); err != nil {
		return fmt.Errorf("find chromium: %w\n%s", err, text)
	}
	c.ctx, c.stop = chromedp.NewContext(ctx)
	if err := chromedp.Do(c.ctx); err != nil {
		c.stop()
		return fmt.Errorf("start chromium: %w", err)
	}
	return nil
}

// Stop ends the browser that was started, and all its tabs.
func (c *Chromium) Stop() { c.stop() }
