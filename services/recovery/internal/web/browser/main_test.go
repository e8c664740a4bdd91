// Package browser walks the pages of a recovery in a real Chromium, over a case in memory and with the widget of ALTCHA: on a phone's width
// and a desk's, in light and in dark, in all languages, by mouse and by keyboard, with scripts and without. Each page is held to WCAG 2.2 AA
// by axe-core, to 320 pixels, and to a silent console.
//
// COUNTERSIGN_PICTURES names a folder for the pictures of all pages; without it they are the test's artifacts.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const patient = 3 * time.Minute // for one walk, on a busy machine

// What all tests share.
var (
	axe   string          // the source of axe-core
	opens context.Context // the browser
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if err := install(ctx); err != nil {
		return 1, err
	}
	var stop context.CancelFunc
	opens, stop = chromedp.NewContext(ctx)
	defer stop()
	if err := chromedp.Do(opens); err != nil {
		return 1, fmt.Errorf("start chromium: %w", err)
	}
	return m.Run(), nil
}

// install makes sure that the browser and axe-core are there.
func install(ctx context.Context) error {
	if text, err := exec.CommandContext(ctx, "../../../../../scripts/need", "chromium", "chromium", "fonts-dejavu-core").CombinedOutput(); err != nil {
		return fmt.Errorf("find chromium: %w\n%s", err, text)
	}
	const file = "node_modules/axe-core/axe.min.js"
	source, err := os.ReadFile(file)
	if err != nil {
		if text, err := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
			return fmt.Errorf("find axe-core: npm ci: %w\n%s\n  remedy: install Node 20 and npm, then: cd services/recovery/internal/web/browser && npm ci", err, text)
		}
		source, err = os.ReadFile(file)
	}
	axe = string(source)
	return err
}
