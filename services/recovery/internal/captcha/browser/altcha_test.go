package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/services/recovery/internal/captcha/altcha"
	"github.com/chromedp/chromedp"
)

func proofOfWork(work int) *altcha.Provider {
	shared := func(use string, n int64) []byte { return fmt.Append(nil, use, n) }
	return altcha.New(altcha.Config{Shared: shared, Work: work})
}

func TestTheWidgetSolvesAChallengeByItself(t *testing.T) {
	for _, c := range []struct {
		language, done string
		work           int
	}{{"en", "Verified", altcha.DefaultWork}, {"cs", "Ověřeno", 30}, {"de", "Überprüft", 30}} {
		s, ctx := serve(t, proofOfWork(c.work), c.language), tab(t)
		start := time.Now()
		steps := []chromedp.Action[chromedp.Void]{
			chromedp.Navigate(s.URL + base + "/page"), chromedp.WaitVisible(chromedp.CSS(`[data-state="verified"]`)),
		}
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: solved after %v", c.language, time.Since(start).Round(100*time.Millisecond))
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('altcha-widget').innerText`))
		if err != nil || !strings.Contains(text, c.done) {
			t.Errorf("the widget says %q, %v", text, err)
		}
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("button"))); err != nil {
			t.Fatal(err)
		}
		s.counts(ctx, t)
	}
}

func TestAFormIsNotSentBeforeItsCaptchaIsSolved(t *testing.T) {
	s, ctx := serve(t, proofOfWork(altcha.DefaultWork), "en"), tab(t)
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.Navigate(s.URL + base + "/page"),
		chromedp.WaitVisible(chromedp.CSS(`[data-state="verifying"]`)),
		chromedp.Click(chromedp.CSS("button")),
		chromedp.WaitVisible(chromedp.CSS(`[data-state="verified"]`)),
		chromedp.Click(chromedp.CSS("button")),
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
	s.counts(ctx, t)
}
