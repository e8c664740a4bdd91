package browsertest

import (
	"fmt"
	"sync"

	"github.com/chromedp/chromedp"
)

// last is what a tab says into its own console at the end, so that whatever was said before it has been heard.
const last = "browsertest: the last message"

// listen collects what the console says, and fails the test with it at its end.
func (b *Tab) listen(end func()) {
	console := chromedp.Console(b.ctx)
	var complaints []string
	var listening sync.WaitGroup
	listening.Go(func() {
		for m, err := range console {
			if err != nil || m.Text == last {
				return
			}
			if complains(m) {
				complaints = append(complaints, fmt.Sprintf("%s: %s (%s)", m.Type, m.Text, m.URL))
			}
		}
	})
	b.Cleanup(func() {
		if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](fmt.Sprintf("console.debug(%q)", last))); err != nil {
			end()
		}
		listening.Wait()
		end()
		for _, m := range complaints {
			b.Errorf("the console says %s", m)
		}
	})
}

func complains(m chromedp.ConsoleMessage) bool {
	return m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.Type == chromedp.ConsoleException
}
