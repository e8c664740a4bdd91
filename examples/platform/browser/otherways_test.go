package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestANoticeStopsARecovery(t *testing.T) {
	t.Parallel()
	w := locked(t, 390, 844)
	w.press(`a[href="/lost-device"]`)
	w.press(`main form button`)
	link, cancel := w.mails.find(w.ctx, recoveryLink), w.texts.find(w.ctx, cancelLink)
	w.scanner(cancel)
	w.do(chromedp.Navigate(cancel))
	w.at("/recovery/acme/", "Stop this recovery?")
	w.look("recovery-cancel")
	w.press(`main form button`)
	w.at("/recovery/", "The recovery is stopped")
	w.do(chromedp.Navigate(link))
	w.at("/recovery/acme/", "This leads nowhere any more")
	w.look("recovery-over")
	w.visit("/code")
	w.enter(w.fresh())
	w.at("/home")
}

func TestARecoveryCodeSignsIn(t *testing.T) {
	t.Parallel()
	w := locked(t, 390, 844)
	w.press(`a[href="/code/recovery"]`)
	w.at("/code/recovery", "Use a recovery code")
	w.enter("aaaa-bbbb-cccc-dddd")
	w.at("/code/recovery", "That code is wrong. You have 4 attempts left.")
	w.look("recovery-code-sign-in-wrong")
	w.enter(w.spares[3])
	w.at("/home", "That recovery code is used up")
	w.visit("/settings")
	w.at("/settings", "9 codes left")
	w.signIn()
	w.press(`a[href="/code/recovery"]`)
	w.enter(w.spares[3])
	w.at("/code/recovery", "That code was used already")
}

func TestASupportDeskOfTwo(t *testing.T) {
	t.Parallel()
	w := locked(t, 1280, 1400)
	w.visit("/support")
	w.fill("#email", w.email)
	w.fill("#reason", "Passport shown by video")
	w.press(`button[value="agent-a"]`)
	w.at("/support", "Agent A asked", w.email, "Passport shown by video")
	w.look("support-asked")
	mine := fmt.Sprintf(`li:has(input[value]):has(h3):nth-of-type(%d) `, js[int](w.tab, fmt.Sprintf(
		`1 + [...document.querySelectorAll('.kinds > li')].findIndex((li) => li.querySelector('h3').textContent === %q)`, w.email)))
	w.press(mine + `button[value="approve agent-a"]`)
	w.at("/support", "Countersign refused it (not_allowed)")
	w.visit("/support")
	w.press(mine + `button[value="approve agent-b"]`)
	w.at("/support", "Agent B approved it. The factors are cleared in 24 hours")
	w.look("support-approved")
	w.fill("#email", w.email)
	w.fill("#reason", "Once more")
	w.fill("#ticket", "T-2")
	w.press(`button[value="agent-b"]`)
	w.at("/support", "Countersign refused it (wrong_state)")
	w.visit("/code")
	w.enter(w.fresh())
	w.at("/home")
}
