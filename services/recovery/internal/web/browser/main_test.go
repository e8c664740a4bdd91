// Package browser walks the pages of a recovery in a real Chromium, over a case in memory and with the widget of ALTCHA: on a phone's width
// and a desk's, in light and in dark, in all languages, by mouse and by keyboard, with scripts and without. Each page is held to WCAG 2.2 AA
// by axe-core, to 320 pixels, and to a silent console.
//
// COUNTERSIGN_PICTURES names a folder for the pictures of all pages; without it they are the test's artifacts.
package browser

import (
	"testing"
	"time"

	"countersign/tools/browsertest"
)

var chromium = browsertest.New(browsertest.Config{Root: "../../../../..", Patience: 3 * time.Minute})

func TestMain(m *testing.M) { chromium.Main(m) }
