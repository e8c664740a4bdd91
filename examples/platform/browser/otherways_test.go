package browser

import (
	"fmt"
	"testing"

	"countersign/tools/browsertest"
	"github.com/chromedp/chromedp"
)

func TestANoticeStopsARecovery(t *testing.T) {
	t.Parallel()
	w := locked(t, 390, 844)
	w.Press(`a[href="/lost-device"]`)
	w.Press(`main form button`)
	link, cancel := w.mails.find(w.Context(), recoveryLink), w.texts.find(w.Context(), cancelLink)
	w.scanner(cancel)
	w.Do(chromedp.Navigate(cancel))
	w.Under("/recovery/acme/", "Stop this recovery?")
	w.Look("recovery-cancel")
	w.Press(`main form button`)
	w.Under("/recovery/", "The recovery is stopped")
	w.Do(chromedp.Navigate(link))
	w.Under("/recovery/acme/", "This leads nowhere any more")
	w.Look("recovery-over")
	w.Visit("/code")
	w.enter(w.fresh())
	w.Under("/home")
}

func TestARecoveryCodeSignsIn(t *testing.T) {
	t.Parallel()
	w := locked(t, 390, 844)
	w.Press(`a[href="/code/recovery"]`)
	w.Under("/code/recovery", "Use a recovery code")
	w.enter("aaaa-bbbb-cccc-dddd")
	w.Under("/code/recovery", "That code is wrong. You have 4 attempts left.")
	w.Look("recovery-code-sign-in-wrong")
	w.enter(w.spares[3])
	w.Under("/home", "That recovery code is used up")
	w.Visit("/settings")
	w.Under("/settings", "9 codes left")
	w.signIn()
	w.Press(`a[href="/code/recovery"]`)
	w.enter(w.spares[3])
	w.Under("/code/recovery", "That code was used already")
}

func TestASupportDeskOfTwo(t *testing.T) {
	t.Parallel()
	w := locked(t, 1280, 1400)
	w.Visit("/support")
	w.Fill("#email", w.email)
	w.Fill("#reason", "Passport shown by video")
	w.Press(`button[value="agent-a"]`)
	w.Under("/support", "Agent A asked", w.email, "Passport shown by video")
	w.Look("support-asked")
	mine := fmt.Sprintf(`li:has(input[value]):has(h3):nth-of-type(%d) `, browsertest.JS[int](w.Tab, fmt.Sprintf(
		`1 + [...document.querySelectorAll('.kinds > li')].findIndex((li) => li.querySelector('h3').textContent === %q)`, w.email)))
	w.Press(mine + `button[value="approve agent-a"]`)
	w.Under("/support", "Countersign refused it (not_allowed)")
	w.Visit("/support")
	w.Press(mine + `button[value="approve agent-b"]`)
	w.Under("/support", "Agent B approved it. The factors are cleared in 24 hours")
	w.Look("support-approved")
	w.Fill("#email", w.email)
	w.Fill("#reason", "Once more")
	w.Fill("#ticket", "T-2")
	w.Press(`button[value="agent-b"]`)
	w.Under("/support", "Countersign refused it (wrong_state)")
	w.Visit("/code")
	w.enter(w.fresh())
	w.Under("/home")
}
