// Package browser walks the demo platform in a real Chromium: over a built `countersign dev`, on a phone's width and a desk's, in light and
// in dark, by mouse and by keyboard. Each page is held to WCAG 2.2 AA by axe-core, and to a silent console.
//
// COUNTERSIGN_PICTURES names a folder for the pictures of all pages; without it they are the test's artifacts.
package browser

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/process"
	"countersign/tools/browsertest"
)

// What all tests share.
var (
	house    *process.Process
	chromium = browsertest.New(browsertest.Config{Root: "../../..", Patience: 150 * time.Second})
)

func TestMain(m *testing.M) { process.Main(m, begin) }

func begin(ctx context.Context, dir string) (closes func(int) error, err error) {
	binary, err := process.Build(ctx, "../../../cmd/countersign", dir, false)
	if err != nil {
		return nil, err
	}
	if house, err = process.Start(ctx, process.Config{Binary: binary, Data: filepath.Join(dir, "data")}); err != nil {
		return nil, err
	}
	if err := chromium.Start(ctx); err != nil {
		return func(int) error { return house.Kill() }, err
	}
	return func(int) error { chromium.Stop(); return house.Kill() }, nil
}
