package browser

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/captcha/altcha"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
)

const (
	base   = "/recovery"
	atCase = base + "/case"
)

var (
	linkPath   = base + webtest.Link().Path().Reveal()
	cancelPath = base + webtest.CancelLink().Path().Reveal()
	steps      = []recovery.Step{recovery.Link, recovery.Text, recovery.RecoveryCode, recovery.Captcha, recovery.Approval, recovery.WaitingPeriod}
)

// A house is one case and its pages, reached over HTTP.
type house struct {
	*webtest.Cases
	url string

	mu  sync.Mutex
	now time.Time
}

// A look is how a platform's brand is set.
type look struct{ color, logo string }

var (
	blue   = look{"#1f5fbf", `<rect width="40" height="40" rx="9" fill="#1f5fbf"/><path d="M20 8 9 31h6l5-11 5 11h6z" fill="#fff"/>`}
	yellow = look{"#ffd400", `<circle cx="20" cy="20" r="20" fill="#ffd400"/><path d="M12 20h16M20 12v16" stroke="#000" stroke-width="4"/>`}
	plain  = look{}
)

func (l look) policy(platform string) (policy.Policy, bool) {
	p := policy.Default(platform)
	p.Brand, p.BrandColor, p.ReturnURL = "Acme Bank", l.color, "https://acme.example/account"
	if l.logo != "" {
		svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40">` + l.logo + `</svg>`
		p.BrandLogo = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg))
	}
	return p, platform == webtest.Platform
}

func built(t *testing.T, l look, demanded ...recovery.Step) *house {
	t.Helper()
	h := &house{now: time.Now()}
	shared := func(use string, period int64) []byte { return fmt.Append(nil, use, period) }
	provider := altcha.New(altcha.Config{Shared: shared, Work: 60})
	h.Cases = webtest.New(h.clock, provider, demanded...)
	pages, err := web.Handler(web.Config{
		Cases: h.Cases, Policies: l.policy, Captcha: provider, Base: base, Now: h.clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// later has time go by.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}
