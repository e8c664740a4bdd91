package decide_test

import (
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/decide"
)

// A deed is one thing that somebody does, or time does.
type deed func(*world)

func wait(d time.Duration) deed { return func(w *world) { w.now = w.now.Add(d) } }

// asks is the user's platform after a good password.
func asks(login string) deed { return asksWith(login, 0) }

func asksWith(login string, passwordAge time.Duration) deed {
	return func(w *world) {
		w.decide(decide.Requested{
			Request: w.by(), Evidence: w.read(), LoginID: login, LoginKnown: true, ReauthenticatedAt: w.now.Add(-passwordAge),
			Key: enrollment.Key{Keyring: "k", Number: 1},
		})
	}
}

func asksUnknown(login string) deed {
	return func(w *world) {
		w.decide(decide.Requested{Request: w.by(), Evidence: w.read(), LoginID: login, ReauthenticatedAt: w.now})
	}
}

func supports(by, ticket string, unavailable ...recovery.Contact) deed {
	return func(w *world) {
		w.decide(decide.SupportRequested{
			Request: w.by(), Evidence: w.read(), By: by, CaseRef: ticket, Reason: "ciphertext", Unavailable: unavailable,
			Key: enrollment.Key{Keyring: "k", Number: 1},
		})
	}
}

// claims is a browser that confirms the newest link.
func claims(browser string) deed {
	return func(w *world) {
		r, _ := w.state.Recovery(w.newest())
		w.claim(browser, r.ID, r.Link.Sending)
	}
}

func claimsLink(browser string, sending uint64) deed {
	return func(w *world) { w.claim(browser, w.newest(), sending) }
}

func claimsOf(browser, name string, sending uint64) deed {
	return func(w *world) { w.claim(browser, w.lookup(name), sending) }
}

func texts(browser string) deed {
	return func(w *world) {
		w.decide(decide.TextAsked{Request: w.by(), Browser: w.browsers[browser], Evidence: w.read()})
	}
}

// enters is a browser with the code of a sending; 0 is a wrong one.
func enters(browser string, sending uint64) deed {
	return func(w *world) {
		w.decide(decide.CodeSubmitted{Request: w.by(), Browser: w.browsers[browser], Evidence: w.read(), Sending: sending})
	}
}

func prints(browser string, right bool) deed {
	return func(w *world) {
		w.decide(decide.RecoveryCodeJudged{Request: w.by(), Browser: w.browsers[browser], Evidence: w.read(), Right: right})
	}
}

// solves is a browser with a CAPTCHA; "" is one that was not solved.
func solves(browser, proof string) deed {
	return func(w *world) {
		w.decide(decide.CaptchaJudged{Request: w.by(), Browser: w.browsers[browser], Evidence: w.read(), Proof: proof})
	}
}

// tooSoon is a browser with a printed code, and with a CAPTCHA, that came before their step was at hand: nobody was asked about them.
func tooSoon(browser string) []deed {
	return []deed{
		func(w *world) {
			w.decide(decide.RecoveryCodeJudged{Request: w.by(), Browser: w.browsers[browser], Evidence: w.read(), Unasked: true})
		},
		func(w *world) {
			w.decide(decide.CaptchaJudged{Request: w.by(), Browser: w.browsers[browser], Evidence: w.read(), Unasked: true})
		},
	}
}

func approves(by string) deed { return approvesOf(by, "") }

func approvesOf(by, name string) deed {
	return func(w *world) {
		w.decide(decide.ApprovalGiven{Request: w.by(), Evidence: w.read(), RecoveryID: w.named(name), By: by, Note: "ciphertext"})
	}
}

func denies(by string) deed {
	return func(w *world) {
		w.decide(decide.DenialGiven{Request: w.by(), RecoveryID: w.newest(), By: by, Note: "ciphertext"})
	}
}

func cancels(by string) deed {
	return func(w *world) {
		w.decide(decide.CancellationRequested{Request: w.by(), RecoveryID: w.newest(), By: by})
	}
}

// follows is somebody who confirms a cancel link.
func follows(name string) deed {
	return func(w *world) { w.decide(decide.CancelledByContact{Request: w.by(), RecoveryID: w.named(name)}) }
}

// expiry and completion are the timers that were set for the times which the case has, or had.
func expiry(name string, at time.Duration) deed {
	return func(w *world) {
		w.decide(decide.ExpiryDue{Request: w.by(), RecoveryID: w.lookup(name), ExpiresAt: noon.Add(at)})
	}
}

func completion(name string, at time.Duration) deed {
	return func(w *world) {
		w.decide(decide.CompletionDue{Request: w.by(), Evidence: w.read(), RecoveryID: w.lookup(name), CompletesAt: noon.Add(at)})
	}
}
