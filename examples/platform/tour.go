package platform

// A tour is how far a browser has come in the one-minute tour.
type tour struct{ done int } // steps

// Steps of the tour, in order.
const (
	signedUp = iota + 1
	enrolled
	refusedOnce
	signedInTwice
	disabled

	tourSteps = disabled
)

// reach marks a step and those before it as done.
func (t *tour) reach(step int) { t.done = max(t.done, step) }

// A tourView is the tour as a page shows it.
type tourView struct {
	Steps []tourStep
	Done  int
	Next  *tourStep // nil: the tour is over
}

type tourStep struct {
	Number      int
	Title, Text string
	Done, Now   bool
	Link, Do    string // where the step is done, and what the link says; empty: by signing out first
	SignOut     string // what a button that signs out says
}

func (v *visit) tourView() tourView {
	view := tourView{Done: v.tour.done}
	for i, s := range tourTexts {
		s.Number, s.Done, s.Now = i+1, i < v.tour.done, i == v.tour.done
		view.Steps = append(view.Steps, s)
	}
	if view.Done < tourSteps {
		view.Next = &view.Steps[view.Done]
		v.direct(view.Next)
	}
	return view
}

// direct says what to press now.
func (v *visit) direct(s *tourStep) {
	switch {
	case v.pending.loginID != "" && !v.pending.stepUp && !v.pending.mayEnroll:
		s.Link, s.Do = "/code", "Enter a code"
	case s.Number == signedUp:
		s.Link, s.Do = "/sign-up", "Sign up"
	case !v.signedIn:
		s.Link, s.Do = "/sign-in", "Sign in"
	case s.Number == enrolled, s.Number == disabled:
		s.Link, s.Do = "/settings", "Open security settings"
	default:
		s.SignOut = "Sign out now"
	}
}

var tourTexts = []tourStep{
	{Title: "Sign up", Text: "Any address and password will do. Nothing leaves this machine."},
	{Title: "Add a second factor", Text: "Scan the QR code with an authenticator app. No phone at hand? Take email: the mail lands in the inbox."},
	{Title: "Sign in and get the code wrong", Text: "Sign out, sign in again, and type a wrong code on purpose. See how verify counts."},
	{Title: "Now the right code", Text: "It opens the session, and opens nothing a second time."},
	{Title: "Turn the factor off", Text: "In the security settings. It takes your password and a fresh code: a step‑up."},
}
