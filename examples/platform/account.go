package platform

import (
	"errors"

	"countersign/examples/platform/internal/account"
)

func (c *click) start() { c.show(fine, startPage, nil) }

func (c *click) lost() { c.show(missing, lostPage, nil) }

func (c *click) home() { c.show(fine, homePage, nil) }

func (c *click) signUp() {
	if c.v.signedIn {
		c.redirect("/home")
		return
	}
	c.show(fine, signUpPage, newForm())
}

func (c *click) signUpSent() {
	f := c.typed("email")
	password := c.r.PostFormValue("password")
	f.fault("email", emailFault(f.Values["email"]))
	f.fault("password", account.PasswordFault(password))
	if f.faulty() {
		c.show(f.outcome(), signUpPage, f)
		return
	}
	a, err := c.accounts.Add(f.Values["email"], password)
	if err != nil {
		f.fault("email", taken(err))
		c.show(f.outcome(), signUpPage, f)
		return
	}
	c.become(a)
	c.v.tour.reach(signedUp)
	c.v.notice = "Your account is there. A password alone opens it: add a second factor."
	c.begin(nil, c.onForm(signInPage, f))
}

func taken(err error) string {
	if errors.Is(err, account.ErrTaken) {
		return "There is an account with this address: sign in instead"
	}
	return "There are too many accounts on this demo platform: restart it"
}

func (c *click) signIn() {
	if c.v.signedIn {
		c.redirect("/home")
		return
	}
	c.show(fine, signInPage, newForm())
}

func (c *click) signInSent() {
	f := c.typed("email")
	a, ok := c.accounts.Check(f.Values["email"], c.r.PostFormValue("password"))
	if !ok { // which of the two is wrong is nobody's business
		f.fault("password", "Address or password is wrong")
		c.show(f.outcome(), signInPage, f)
		return
	}
	c.become(a)
	c.begin(nil, c.onForm(signInPage, f))
}

// onForm tells what went wrong, on the page that the form came from.
func (c *click) onForm(from page, f form) func(why string) {
	return func(why string) {
		f.fault("", why)
		c.show(f.outcome(), from, f)
	}
}

func (c *click) signOut() {
	c.become(nil)
	c.tell("You have signed out.", "/sign-in")
}
