// Package browser walks the demo platform in a real Chromium: over a built `countersign dev`, on a phone's width and a desk's, in light and
// in dark, by mouse and by keyboard. Each page is held to WCAG 2.2 AA by axe-core, and to a silent console.
//
// COUNTERSIGN_PICTURES names a folder for the pictures of all pages; without it they are the test's artifacts.
package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/process"
	"github.com/chromedp/chromedp"
)

const patient = 90 * time.Second // for one walk, on a busy machine

// What all tests share.
var (
	house *process.Process
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
	folder, err := os.MkdirTemp("", "countersign-browser-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary, err := process.Build(ctx, "../../../cmd/countersign", folder, false)
	if err != nil {
		return 1, err
	}
	if house, err = process.Start(ctx, process.Config{Binary: binary, Data: filepath.Join(folder, "data")}); err != nil {
		return 1, err
	}
	defer func() { _ = house.Kill() }()
	var stop context.CancelFunc
	opens, stop = chromedp.NewContext(ctx)
	defer stop()
	if err := chromedp.Do(opens); err != nil {
		return 1, fmt.Errorf("start chromium: %w", err)
	}
	return m.Run(), nil
}
