package browser

import "testing"

func TestAWaitIsToldInWords(t *testing.T) {
	t.Parallel()
	w := joined(t, 390, 844)
	w.Visit("/settings/add/email")
	w.Press(`main form button`)
	code := w.mails.code(w.Context())
	w.enter(code)
	w.Under("/settings", "Email is active")
	w.signIn()
	wrong := unlike(w.mails.code(w.Context()))
	for range 4 {
		w.enter(wrong)
		w.Under("/code", "That code is wrong")
	}
	w.enter(wrong)
	w.Under("/code", "This sign-in has ended", "There were too many wrong codes")
	w.said("verify", "Looks at no code for 30 seconds")
	w.Look("ended")
	w.Press(`a[href="/sign-in"].button`)
	w.Fill("#email", w.email)
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.Under("/code", "Codes are not looked at for now", "You can try again in", "during a wait it would be of no use")
	w.Look("waiting")
	w.enter(wrong)
	w.Under("/code", "so codes are not looked at for now. Try again in")
}

// unlike is another code.
func unlike(code string) string {
	other := []byte(code)
	other[0] = '0' + (other[0]-'0'+1)%10
	return string(other)
}
