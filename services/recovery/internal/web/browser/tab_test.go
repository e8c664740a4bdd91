package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A tab is one person's browser: cookies of its own, a width, a language, and a console that must stay silent.
type tab struct {
	*testing.T
	*house
	ctx           context.Context
	width, height int64
	schemes       []string // in which every page is looked at
	folder        string
	shot          int

	listening sync.Mutex
	messages  []string
}

func (h *house) open(t *testing.T, width, height int64, language string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(opens, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, patient)
	t.Cleanup(stop)
	b := &tab{T: t, house: h, ctx: ctx, width: width, height: height, folder: pictures(t), schemes: []string{"light", "dark"}}
	b.do(chromedp.EmulateViewport(width, height))
	b.speak(language)
	b.paint("light")
	console := chromedp.Console(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for m, err := range console {
			if err != nil {
				return
			}
			b.heard(m)
		}
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
		for _, m := range b.messages {
			t.Errorf("the console says %s", m)
		}
	})
	return b
}

func (b *tab) heard(m chromedp.ConsoleMessage) {
	if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.Type == chromedp.ConsoleException {
		b.listening.Lock()
		defer b.listening.Unlock()
		b.messages = append(b.messages, fmt.Sprintf("%s: %s (%s)", m.Type, m.Text, m.URL))
	}
}

// pictures is where the test's pictures go.
func pictures(t *testing.T) string {
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

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// js evaluates an expression in the page.
func js[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("evaluate %.80s: %v", expression, err)
	}
	return v
}

func (b *tab) visit(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.url + path))
}

// press clicks what leads to another page, and waits for that.
func (b *tab) press(css string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible)); err != nil {
		b.Fatalf("press %s on %s: %v\n%s", css, b.path(), err, b.text("main"))
	}
}

// fill types into a field, over what stands there.
func (b *tab) fill(css, text string) {
	b.Helper()
	js[any](b, fmt.Sprintf("document.querySelector(%q).select()", css))
	b.do(chromedp.SendKeys(chromedp.CSS(css), kb.Delete+text))
}

func (b *tab) path() string { b.Helper(); return js[string](b, "location.pathname") }

func (b *tab) text(css string) string {
	b.Helper()
	return js[string](b, fmt.Sprintf("(document.querySelector(%q) || {innerText: ''}).innerText", css))
}

// at ends the test unless the page is the one, and says all of the words somewhere.
func (b *tab) at(path string, words ...string) {
	b.Helper()
	text := b.text("main")
	if got := b.path(); got != path {
		b.Fatalf("at %s, want %s:\n%s", got, path, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.Fatalf("%s does not say %q:\n%s", path, w, text)
		}
	}
}

// paint sets the scheme that the page is to be shown in.
func (b *tab) paint(scheme string) {
	b.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// speak has the browser ask for a language.
func (b *tab) speak(language string) {
	b.Helper()
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
}

// picture keeps what the whole page looks like.
func (b *tab) picture(name string) {
	b.Helper()
	shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(b.folder, fmt.Sprintf("%02d-%s.png", b.shot, name)), shot, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func call[P, R any](b *tab, c cdp.Command[P, R], params P) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	}))
}
