package browsertest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png" // what a screenshot is
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Look holds the page to what every page must be, and keeps a picture of it in each scheme: NN-name-scheme.png, NN counting from 1.
func (b *Tab) Look(name string) {
	b.Helper()
	b.shot++
	for _, scheme := range b.Schemes {
		b.paint(scheme)
		for _, v := range b.violations() {
			b.Errorf("%s in %s: %s", name, scheme, v)
		}
		b.keep(name + "-" + scheme)
	}
	b.paint("light")
	b.fits(name)
}

// fits finds what would have to be scrolled sideways, at this width and at the least one of WCAG 1.4.10.
func (b *Tab) fits(name string) {
	b.Helper()
	for _, width := range []int64{320, b.Width} {
		b.Do(chromedp.EmulateViewport(width, b.Height))
		if wide := JS[int64](b, "document.scrollingElement.scrollWidth"); wide > width {
			b.Errorf("%s is %d pixels wide at a width of %d", name, wide, width)
		}
	}
}

// Picture keeps what the whole page looks like as NN-name.png, and holds it to nothing.
func (b *Tab) Picture(name string) {
	b.Helper()
	b.shot++
	b.keep(name)
}

func (b *Tab) keep(name string) {
	b.Helper()
	shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(b.folder, fmt.Sprintf("%02d-%s.png", b.shot, name)), shot, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// Seen is a part of the page as a camera would have it.
func (b *Tab) Seen(css string) image.Image {
	b.Helper()
	shot, err := chromedp.Run(b.ctx, chromedp.Screenshot(chromedp.CSS(css), chromedp.NodeVisible))
	if err != nil {
		b.Fatal(err)
	}
	picture, _, err := image.Decode(bytes.NewReader(shot))
	if err != nil {
		b.Fatal(err)
	}
	return picture
}

// pictures is the folder for those of a test.
func pictures(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("COUNTERSIGN_PICTURES")
	if folder == "" {
		return t.ArtifactDir()
	}
	folder = filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", "-"))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}
