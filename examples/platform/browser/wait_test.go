package browser

import "testing"

func TestAWaitIsToldInWords(t *testing.T) {
	t.Parallel()
	w := joined(t, 390, 844)
	w.visit("/settings/add/email")
	w.press(`main form button`)
	code := w.mails.code(w.ctx)
	w.enter(code)
	w.at("/settings", "Email is active")
	w.signIn()
	wrong := unlike(w.mails.code(w.ctx))
	for range 4 {
		w.enter(wrong)
		w.at("/code", "That code is wrong")
	}
	w.enter(wrong)
	w.at("/code", "This sign-in has ended", "There were too many wrong codes")
	w.said("verify", "Looks at no code for 30 seconds")
	w.look("ended")
	w.press(`a[href="/sign-in"].button`)
	w.fill("#email", w.email)
	w.fill("#password", password)
	w.press(`main form button:not([type])`)
	w.at("/code", "Codes are not looked at for now", "You can try again in", "during a wait it would be of no use")
	w.look("waiting")
	w.enter(wrong)
	w.at("/code", "so codes are not looked at for now. Try again in")
}

// unlike is another code.
func unlike(code string) string {
	other := []byte(code)
	other[0] = '0' + (other[0]-'0'+1)%10
	return string(other)
}
