// Package browser walks the demo platform in a real Chromium: over a built `countersign dev`, on a phone's width and a desk's, in light and
// in dark, by mouse and by keyboard. Each page is held to WCAG 2.2 AA by axe-core, and to a silent console.
//
// COUNTERSIGN_PICTURES names a folder for the pictures of all pages; without it they are the test's artifacts.
package browser

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/process"
	"github.com/chromedp/chromedp"
)

const patient = 150 * time.Second // for one walk, on a busy machine

// What all tests share.
var (
	house *process.Process
	axe   string          // the source of axe-core
	opens context.Context // the browser
)

func TestMain(m *testing.M) { process.Main(m, begin) }

func begin(ctx context.Context, dir string) (closes func(int) error, err error) {
	if err := install(ctx); err != nil {
		return nil, err
	}
	binary, err := process.Build(ctx, "../../../cmd/countersign", dir, false)
	if err != nil {
		return nil, err
	}
	if house, err = process.Start(ctx, process.Config{Binary: binary, Data: filepath.Join(dir, "data")}); err != nil {
		return nil, err
	}
	var stop context.CancelFunc
	opens, stop = chromedp.NewContext(ctx)
	closes = func(int) error { stop(); return house.Kill() }
	if err := chromedp.Do(opens); err != nil {
		return closes, fmt.Errorf("start chromium: %w", err)
	}
	return closes, nil
}
