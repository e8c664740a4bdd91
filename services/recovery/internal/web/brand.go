package web

import (
	"fmt"
	"net/http"

	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/web/contrast"
)

// A brand is the platform's face.
type brand struct {
	Name      string // empty: the platform is unknown
	ReturnURL string
	Colored   bool
	Logo      bool
}

func brandOf(p policy.Policy) brand {
	_, colored := contrast.Parse(p.BrandColor)
	return brand{Name: p.Brand, ReturnURL: p.ReturnURL, Colored: colored, Logo: p.BrandLogo != ""}
}

// lightGrounds and darkGrounds are what the accent is read on: --card, --page and --tint of web.css.
var (
	lightGrounds = []contrast.Color{{R: 0xff, G: 0xff, B: 0xff}, {R: 0xf3, G: 0xf5, B: 0xf4}, {R: 0xe5, G: 0xef, B: 0xed}}
	darkGrounds  = []contrast.Color{{R: 0x1b, G: 0x24, B: 0x22}, {R: 0x12, G: 0x18, B: 0x17}, {R: 0x24, G: 0x31, B: 0x2e}}
)

// brandStyle is the brand's color as a style sheet: the pages' policy allows no style in the page itself.
func (s *site) brandStyle(w http.ResponseWriter, r *http.Request) {
	color, ok := contrast.Parse(s.rules(r.PathValue("platform")).BrandColor)
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = fmt.Fprintf(w, ":root { --band: %[1]s; --button: %[1]s; --on-button: %[2]s; --accent: %[3]s; }\n@media (prefers-color-scheme: dark) { :root { --accent: %[4]s; } }\n",
		color, contrast.On(color), contrast.Readable(color, lightGrounds...), contrast.Readable(color, darkGrounds...))
}

// logoPolicy is for an image that an operator chose: SVG may hold scripts, which must not run when it is opened by itself.
const logoPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

func (s *site) logo(w http.ResponseWriter, r *http.Request) {
	mediaType, image := s.rules(r.PathValue("platform")).Logo()
	if image == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", logoPolicy)
	w.Header().Del("Cross-Origin-Opener-Policy") // HTML's standard lets no sandboxed page have one in a tab of its own
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(image)
}
