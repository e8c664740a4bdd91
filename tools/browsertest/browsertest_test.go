package browsertest

import (
	"fmt"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

var chromium = New(Config{Root: "../..", Patience: 2 * time.Minute})

func TestMain(m *testing.M) { chromium.Main(m) }

// fine is a page with nothing to complain about; %s stands in its main part.
const fine = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<style>:root { color-scheme: light dark } body { background: #fff; color: #000 }
@media (prefers-color-scheme: dark) { body { background: #000; color: #fff } }</style></head>
<body><main><h1>A page</h1>%s</main></body></html>`

func serve(t *testing.T, show http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(show)
	t.Cleanup(server.Close)
	return server.URL
}

// A witness is a test that may fail.
type witness struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.errors = append(w.errors, fmt.Sprintf(format, args...))
}
func (w *witness) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

func (w *witness) end() {
	for len(w.cleanups) > 0 {
		last := len(w.cleanups) - 1
		f := w.cleanups[last]
		w.cleanups = w.cleanups[:last]
		f()
	}
}

func TestWhatAPageMustNotBe(t *testing.T) {
	for _, c := range []struct{ name, main, want string }{
		{"a page that is fine passes", `<p>Nothing.</p>`, ""},
		{"an error in the console fails the test", `<script>console.error('ouch')</script>`, "the console says error: ouch"},
		{"a warning fails it", `<script>console.warn('mind')</script>`, "the console says warning: mind"},
		{"what nobody caught fails it", `<script>throw new Error('thrown')</script>`, "thrown"},
		{"what the page's policy forbids fails it", `<img src="/logo.png" alt="Logo">`, "Content Security Policy"},
		{"what axe-core finds fails it", `<input name="code">`, "start in dark: label"},
		{"what is to be scrolled sideways fails it", `<p style="width:500px">Wide.</p>`, "start is 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Security-Policy", "img-src data:")
				_, _ = fmt.Fprintf(w, fine, c.main)
			})
			w := &witness{TB: t}
			defer w.end()
			b := chromium.Open(w, Window{Site: site, Width: 390, Height: 844})
			b.Visit("/")
			b.Look("start")
			w.end()
			if said := strings.Join(w.errors, "\n"); (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
				t.Errorf("the test was told %q, want %q", said, c.want)
			}
		})
	}
}

func TestWhatIsSaidLastIsHeard(t *testing.T) {
	site := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, fine, "") })
	w := &witness{TB: t}
	defer w.end()
	b := chromium.Open(w, Window{Site: site})
	b.Visit("/")
	JS[any](b, `for (let i = 0; i < 100; i++) console.error(i)`)
	w.end()
	if len(w.errors) != 100 {
		t.Errorf("%d of 100 errors were heard", len(w.errors))
	}
}

func TestAPictureOfEachSchemeIsKept(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("COUNTERSIGN_PICTURES", folder)
	site := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, fine, "") })
	b := chromium.Open(t, Window{Site: site, Width: 390, Height: 844})
	b.Visit("/")
	b.Look("start")
	b.Picture("once-more")
	for name, want := range map[string]color.Gray{"01-start-light": {255}, "01-start-dark": {0}, "02-once-more": {255}} {
		file, err := os.Open(filepath.Join(folder, t.Name(), name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		if size := picture.Bounds().Size(); size.X != 390 || size.Y != 844 {
			t.Errorf("%s has the size %v", name, size)
		}
		if got := color.GrayModel.Convert(picture.At(1, 1)); got != want {
			t.Errorf("%s is painted in %v, want %v", name, got, want)
		}
	}
}

func TestATabIsOnePersonsBrowser(t *testing.T) {
	site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, fine, fmt.Sprintf("<p>cookie %q, language %s</p>", r.Header.Get("Cookie"), r.Header.Get("Accept-Language")))
	})
	hers, his := chromium.Open(t, Window{Site: site, Language: "cs"}), chromium.Open(t, Window{Site: site, Language: "de"})
	hers.Visit("/")
	JS[any](hers, "document.cookie = 'name=hers'")
	hers.Visit("/again")
	hers.At("/again", `cookie "name=hers"`, "language cs")
	his.Visit("/again")
	his.Under("/a", `cookie ""`, "language de")
}

func TestThePageGivesTheFocus(t *testing.T) {
	site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, fine, `<input id="code" autofocus> <a href="/next">Go on</a>`)
	})
	b := chromium.Open(t, Window{Site: site})
	b.Visit("/")
	b.Focused("#code")
	b.Key("123" + kb.Tab)
	b.Focused("a")
	if b.Has("#code") || !strings.HasPrefix(b.Focus(), "<a ") {
		t.Errorf("the focus is on %s", b.Focus())
	}
	if typed := JS[string](b, "document.getElementById('code').value"); typed != "123" {
		t.Errorf("%q was typed", typed)
	}
}
